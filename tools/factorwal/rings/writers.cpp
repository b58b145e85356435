#include "rings/writers.h"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>

namespace factorwal::rings {

// The kernel grants a read lease on a file only while nobody has it open for writing, and a shared
// mapping keeps the file open, whoever has closed the descriptor. A lock or a pid would be asked
// more easily, but a ring holds neither, and a pid means nothing in another container. The lease is
// given back at once: nobody opens a ring for writing a second time, so it delays nobody.
std::optional<bool> has_writer(const std::string& path) {
  // What is no regular file has no leases, and a FIFO is not waited for.
  const int fd = ::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);
  if (fd < 0) return std::nullopt;
  std::optional<bool> found;
  if (::fcntl(fd, F_SETLEASE, F_RDLCK) == 0) {
    ::fcntl(fd, F_SETLEASE, F_UNLCK);
    found = false;
  } else if (errno == EAGAIN) {
    found = true;
  }
  ::close(fd);
  return found;
}

}  // namespace factorwal::rings
