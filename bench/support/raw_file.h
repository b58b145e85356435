#pragma once
/// The limit of a disk: records of a fixed size into a file that was written before, one pwrite and
/// one fdatasync a commit.

#include <fcntl.h>
#include <unistd.h>

#include "support.h"

namespace factorwal::bench {

class RawFile {
 public:
  static constexpr std::size_t kRecordBytes = 24;

  /// `records_max`: of a commit.
  RawFile(const std::string& directory, std::uint64_t records_max)
      : bytes_(std::max(records_max * kRecordBytes, std::size_t{1} << 20), 'r') {
    const auto path = directory + "/raw";
    fd_ = ::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0644);
    if (fd_ < 0) die("open " + path);
    for (std::size_t at = 0; at < kFileBytes; at += bytes_.size()) {
      write(at, std::min(bytes_.size(), kFileBytes - at));
    }
    if (::fsync(fd_) != 0) die("sync " + path);
  }
  ~RawFile() { ::close(fd_); }
  RawFile(const RawFile&) = delete;
  RawFile& operator=(const RawFile&) = delete;

  void commit(std::uint64_t records) {
    const auto bytes = records * kRecordBytes;
    if (next_ + bytes > kFileBytes) next_ = 0;
    write(next_, bytes);
    if (::fdatasync(fd_) != 0) die("sync raw");
    next_ += bytes;
  }

 private:
  static constexpr std::size_t kFileBytes = std::size_t{64} << 20;

  void write(std::size_t at, std::size_t count) {
    if (::pwrite(fd_, bytes_.data(), count, static_cast<off_t>(at)) !=
        static_cast<ssize_t>(count)) {
      die("write raw");
    }
  }
  std::vector<char> bytes_;
  int fd_ = -1;
  std::size_t next_ = 0;
};

}  // namespace factorwal::bench
