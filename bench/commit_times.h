#pragma once
/// When which records became durable, seen from below: the operating system's files, with the
/// commit frames that pass through them noted. The log itself is as it always is.

#include <cstring>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "base/forwarding_file.h"
#include "base/forwarding_file_system.h"
#include "wal/format/wal_format.h"

namespace factorwal::bench {

struct CommitTime {
  std::uint64_t upto;  ///< records with sequences up to this one are durable ...
  std::uint64_t begin;
  std::uint64_t end;  ///< ... since then; both as the clock that was given counts
};

class CommitTimes final : public ForwardingFileSystem {
 public:
  using ReadClock = std::uint64_t (*)();
  /// `durable`: a commit ends with its sync; otherwise with its write.
  CommitTimes(ReadClock clock, bool durable, std::size_t expected)
      : clock_(clock), durable_(durable) {
    commits_.reserve(expected);
  }
  /// Read it when nobody writes any more.
  [[nodiscard]] const std::vector<CommitTime>& commits() const { return commits_; }
  [[nodiscard]] std::uint64_t bytes() const { return bytes_; }

  Result<std::unique_ptr<File>> create(const std::string& path) override {
    auto file = ForwardingFileSystem::create(path);
    if (!file) return file.error();
    return std::unique_ptr<File>(new TimedFile(*this, std::move(*file)));
  }

 private:
  /// Only the log's writer writes frames; segments in preparation pass through unnoted.
  class TimedFile final : public ForwardingFile {
   public:
    TimedFile(CommitTimes& times, std::unique_ptr<File> file)
        : ForwardingFile(std::move(file)), times_(times) {}
    Status write_at(std::uint64_t offset, ByteView bytes) override {
      const auto upto = last_sequence(bytes);
      if (upto == 0) return ForwardingFile::write_at(offset, bytes);
      if (pending_ == 0) begin_ = times_.clock_();
      auto done = ForwardingFile::write_at(offset, bytes);
      times_.bytes_ += bytes.size();
      pending_ = upto;
      if (!times_.durable_) note();
      return done;
    }
    Status sync() override {
      auto done = ForwardingFile::sync();
      if (pending_ != 0 && done) note();
      return done;
    }

   private:
    void note() {
      times_.commits_.push_back({std::exchange(pending_, 0), begin_, times_.clock_()});
    }
    static std::uint64_t last_sequence(ByteView bytes) {
      if (bytes.size() < wal::kFrameHeaderBytes) return 0;
      if (load<std::uint32_t>(bytes.data()) != wal::kFrameMagic) return 0;
      const auto count = load<std::uint32_t>(bytes.data() + wal::kFrameRecordCountOffset);
      const auto first = load<std::uint64_t>(bytes.data() + wal::kFrameFirstSequenceOffset);
      return count == 0 ? 0 : first + count - 1;
    }
    CommitTimes& times_;
    std::uint64_t pending_ = 0;
    std::uint64_t begin_ = 0;
  };

  const ReadClock clock_;
  const bool durable_;
  std::vector<CommitTime> commits_;
  std::uint64_t bytes_ = 0;
};

}  // namespace factorwal::bench
