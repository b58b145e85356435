#include "base/posix/new_file.h"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>

#include "base/posix/descriptors.h"
#include "base/posix/space.h"

namespace factorwal::posix {
namespace {

Error closed(int fd, Error error) {
  ::close(fd);
  return error;
}

Status fill_new(int fd, const std::string& path, const NewFile& made) {
  if (exceeds_file_size_limit(made.bytes)) return os_error("allocate", path, EFBIG);
  if (::ftruncate(fd, static_cast<off_t>(made.bytes)) != 0) {
    return os_error("allocate", path, errno);
  }
  if (auto done = allocate_space(fd, path, 0, made.allocated); !done) return done;
  auto rest = made.content;
  while (!rest.empty()) {
    const auto count = ::pwrite(fd, rest.data(), rest.size(),
                                static_cast<off_t>(made.content.size() - rest.size()));
    if (count < 0 && errno == EINTR) continue;
    if (count <= 0) return os_error("write", path, count < 0 ? errno : EIO);
    rest = rest.subspan(static_cast<std::size_t>(count));
  }
  return {};
}

}  // namespace

Result<int> make_new_file(const std::string& path, const NewFile& made) {
  const auto access = made.readers_of.empty() ? Access{} : access_of(made.readers_of);
  const int nameless = open_retrying(parent_of(path), O_RDWR | O_TMPFILE, access.mode);
  if (nameless >= 0) {
    set_group(nameless, access);
    if (auto done = fill_new(nameless, path, made); !done) return closed(nameless, done.error());
    const auto link = "/proc/self/fd/" + std::to_string(nameless);
    if (::linkat(AT_FDCWD, link.c_str(), AT_FDCWD, path.c_str(), AT_SYMLINK_FOLLOW) == 0) {
      return nameless;
    }
    const int failed = errno;
    ::close(nameless);
    if (failed == EEXIST) return os_error("create", path, failed);
  }
  const int fd = open_retrying(path, O_RDWR | O_CREAT | O_EXCL, access.mode);
  if (fd < 0) return os_error("create", path, errno);
  set_group(fd, access);
  if (auto done = fill_new(fd, path, made); !done) {
    ::unlink(path.c_str());
    return closed(fd, done.error());
  }
  return fd;
}

}  // namespace factorwal::posix
