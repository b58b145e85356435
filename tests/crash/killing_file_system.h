#pragma once
/// The operating system's files, with a real SIGKILL of this process right before or right after a
/// call that a name picks out: "commit.write", "manifest.rename", ... So a test stops a writer at
/// the same place every time, and nothing that the process still held is written after it.

#include <signal.h>
#include <unistd.h>

#include <atomic>
#include <string>
#include <utility>

#include "base/forwarding_file.h"
#include "base/forwarding_file_system.h"
#include "wal/reading/frame.h"

namespace factorwal::test {

struct KillPoint {
  std::string name;  ///< empty: never
  bool after = false;
  std::uint64_t nth = 1;
};

class KillingFileSystem final : public ForwardingFileSystem {
 public:
  explicit KillingFileSystem(KillPoint point) : point_(std::move(point)) {}

  Result<std::unique_ptr<File>> create(const std::string& path) override {
    return at(place(path) + ".create", [&]() -> Result<std::unique_ptr<File>> {
      auto file = ForwardingFileSystem::create(path);
      if (!file) return file.error();
      return std::unique_ptr<File>(new KillingFile(*this, std::move(*file), place(path)));
    });
  }
  Status rename(const std::string& source, const std::string& target) override {
    return at(place(target) + ".rename",
              [&] { return ForwardingFileSystem::rename(source, target); });
  }
  Status remove(const std::string& path) override {
    return at(place(path) + ".remove", [&] { return ForwardingFileSystem::remove(path); });
  }
  Status sync_directory(const std::string& path) override {
    return at("directory.sync", [&] { return ForwardingFileSystem::sync_directory(path); });
  }
  Result<std::unique_ptr<MappedFile>> map_new(const std::string& path,
                                              const NewFile& made) override {
    return at("ring.map", [&] { return ForwardingFileSystem::map_new(path, made); });
  }
  Result<std::unique_ptr<File>> create_new(const std::string& path, const NewFile& made) override {
    return at("ring.map", [&] { return ForwardingFileSystem::create_new(path, made); });
  }

  /// Every name that there is.
  static std::vector<std::string> names() {
    return {"segment.create",  "segment.zero",    "segment.rename", "segment.header",
            "segment.sync",    "commit.write",    "snapshot.write", "frontier.write",
            "close.write",     "manifest.create", "manifest.write", "manifest.sync",
            "manifest.rename", "register.create", "register.write", "register.sync",
            "register.rename", "register.remove", "ring.map",       "ring.remove",
            "directory.sync"};
  }

 private:
  static std::string place(const std::string& path) {
    if (path.find("MANIFEST") != std::string::npos) return "manifest";
    if (path.find("RINGS") != std::string::npos) return "register";
    if (path.find(".ring") != std::string::npos) return "ring";
    return "segment";
  }

  template <class Body>
  std::invoke_result_t<Body> at(const std::string& name, Body body) {
    const bool here = name == point_.name && ++count_ == point_.nth;
    if (here && !point_.after) ::kill(::getpid(), SIGKILL);
    auto result = body();
    if (here && point_.after) ::kill(::getpid(), SIGKILL);
    return result;
  }

  class KillingFile final : public ForwardingFile {
   public:
    KillingFile(KillingFileSystem& files, std::unique_ptr<File> file, std::string place)
        : ForwardingFile(std::move(file)), files_(files), place_(std::move(place)) {}
    Status write_at(std::uint64_t offset, ByteView bytes) override {
      return files_.at(what(offset, bytes),
                       [&] { return ForwardingFile::write_at(offset, bytes); });
    }
    Status sync() override {
      return files_.at(place_ + ".sync", [&] { return ForwardingFile::sync(); });
    }

   private:
    [[nodiscard]] std::string what(std::uint64_t offset, ByteView bytes) const {
      if (place_ != "segment") return place_ + ".write";
      const auto length = wal::peek_frame_length(bytes);
      if (!length)
        return offset == 0 && bytes[0] != std::byte{0} ? "segment.header" : "segment.zero";
      switch (static_cast<wal::FrameKind>(bytes[wal::kFrameKindOffset])) {
        case wal::FrameKind::kFrontier: return "frontier.write";
        case wal::FrameKind::kClose: return "close.write";
        case wal::FrameKind::kCommit: break;
      }
      const auto flags = static_cast<std::uint8_t>(bytes[wal::kFrameFlagsOffset]);
      return (flags & wal::kFrameHasState) != 0 ? "snapshot.write" : "commit.write";
    }
    KillingFileSystem& files_;
    const std::string place_;
  };

  const KillPoint point_;
  std::atomic<std::uint64_t> count_{0};
};

}  // namespace factorwal::test
