#pragma once
/// Descriptors, and who may read what is made with them.

#include <sys/types.h>
#include <unistd.h>

#include <optional>
#include <string>
#include <string_view>

#include "base/no_cancellation.h"
#include "factorwal/result.h"

namespace factorwal::posix {

/// kNotFound for ENOENT, kIo otherwise.
[[nodiscard]] Error os_error(std::string_view operation, const std::string& path, int code);

class Descriptor {
 public:
  explicit Descriptor(int fd) noexcept : fd_(fd) {}
  ~Descriptor() {
    const NoCancellation whole;
    if (fd_ >= 0) ::close(fd_);
  }
  Descriptor(const Descriptor&) = delete;
  Descriptor& operator=(const Descriptor&) = delete;
  [[nodiscard]] int get() const noexcept { return fd_; }
  void release() noexcept { fd_ = -1; }

 private:
  int fd_;
};

/// With its slash; "." if there is none.
[[nodiscard]] std::string parent_of(const std::string& path);

/// Every descriptor of the library is made here: none is 0, 1 or 2. -1 and errno on failure.
[[nodiscard]] int open_retrying(const std::string& path, int flags, mode_t mode = 0644);

/// Who may read a new file besides its owner: those who may list a directory. The kernel takes the
/// process's umask from `mode`.
struct Access {
  mode_t mode = 0600;
  std::optional<gid_t> group;
};
[[nodiscard]] Access access_of(const std::string& directory);

/// Gives a file that was opened with `access.mode` to the directory's group. Where that is not
/// permitted, its group is anybody's: it may read what others may.
void set_group(int fd, const Access& access);

/// A file of a data directory, or of its rings. Anybody may have put something else in its place:
/// an open must not wait for the other end of a FIFO, nor take what a device gives for what was
/// written.
[[nodiscard]] Result<int> open_regular(std::string_view operation, const std::string& path,
                                       int flags);

}  // namespace factorwal::posix
