#include "base/posix/descriptors.h"

#include <fcntl.h>
#include <sys/stat.h>

#include <array>
#include <cerrno>
#include <system_error>

namespace factorwal::posix {
namespace {

/// What the system's own words leave open: whose limit it was.
std::string_view hint(int code) {
  switch (code) {
    case EMFILE: return " (the process's limit: ulimit -n)";
    case EFBIG: return " (the process's limit: ulimit -f; or the file system's)";
    default: return {};
  }
}

/// Where a program runs without standard input, output or error, the next file gets their number,
/// and what anybody prints goes into it. While this lives, what is opened gets a higher one.
class StandardDescriptors {
 public:
  StandardDescriptors() noexcept {
    for (int fd = STDIN_FILENO; fd <= STDERR_FILENO; ++fd) {
      if (::fcntl(fd, F_GETFD) >= 0) continue;
      // Neither read nor written: for others the number stays as good as closed.
      const int held = ::open("/", O_PATH | O_CLOEXEC);
      if (held < 0) return;
      if (held <= STDERR_FILENO) {
        held_[static_cast<std::size_t>(held)] = true;
      } else {
        ::close(held);  // another thread took the number meanwhile
      }
    }
  }
  ~StandardDescriptors() {
    const int kept = errno;
    for (int fd = STDIN_FILENO; fd <= STDERR_FILENO; ++fd) {
      if (held_[static_cast<std::size_t>(fd)]) ::close(fd);
    }
    errno = kept;
  }
  StandardDescriptors(const StandardDescriptors&) = delete;
  StandardDescriptors& operator=(const StandardDescriptors&) = delete;

 private:
  std::array<bool, 3> held_{};
};

/// The same file under a number above the standard ones, should another thread have closed one of
/// those while it was opened.
int above_standard(int fd) noexcept {
  if (fd < 0 || fd > STDERR_FILENO) return fd;
  const int higher = ::fcntl(fd, F_DUPFD_CLOEXEC, STDERR_FILENO + 1);
  const int failed = errno;
  ::close(fd);
  errno = failed;
  return higher;
}

}  // namespace

Error os_error(std::string_view operation, const std::string& path, int code) {
  std::string message(operation);
  message += ' ';
  message += path;
  message += ": ";
  message += std::generic_category().message(code);
  message += hint(code);
  return Error{code == ENOENT ? Errc::kNotFound : Errc::kIo, std::move(message), code};
}

std::string parent_of(const std::string& path) {
  const auto slash = path.rfind('/');
  return slash == std::string::npos ? "." : path.substr(0, slash + 1);
}

int open_retrying(const std::string& path, int flags, mode_t mode) {
  const StandardDescriptors standard;
  int fd = -1;
  do {
    fd = ::open(path.c_str(), flags | O_CLOEXEC, mode);
  } while (fd < 0 && errno == EINTR);
  return above_standard(fd);
}

Access access_of(const std::string& directory) {
  struct stat info {};
  if (::stat(directory.c_str(), &info) != 0) return {};
  return {static_cast<mode_t>(0600 | (info.st_mode & 0044)), info.st_gid};
}

void set_group(int fd, const Access& access) {
  struct stat info {};
  if (!access.group || ::fstat(fd, &info) != 0 || info.st_gid == *access.group) return;
  if (::fchown(fd, static_cast<uid_t>(-1), *access.group) == 0) return;
  const auto others = static_cast<mode_t>((info.st_mode & 0004) << 3);
  (void)::fchmod(fd, (info.st_mode & 07707) | others);
}

Result<int> open_regular(std::string_view operation, const std::string& path, int flags) {
  const auto access = (flags & O_CREAT) != 0 ? access_of(parent_of(path)) : Access{};
  // O_NONBLOCK has no meaning for regular files.
  const int fd = open_retrying(path, flags | O_NONBLOCK, access.mode);
  // A socket cannot be opened, nor a device without a driver, nor a directory for writing, nor a
  // link that is not to be followed, or leads round in a circle.
  if (fd < 0 && errno != ENXIO && errno != ENODEV && errno != EISDIR && errno != ELOOP) {
    return os_error(operation, path, errno);
  }
  struct stat info {};
  if (fd >= 0 && ::fstat(fd, &info) != 0) {
    const int failed = errno;
    ::close(fd);
    return os_error("stat", path, failed);
  }
  if (fd >= 0 && S_ISREG(info.st_mode)) {
    if (info.st_size == 0) set_group(fd, access);
    return fd;
  }
  if (fd >= 0) ::close(fd);
  return Error{Errc::kCorruption, path + ": not a regular file", 0};
}

}  // namespace factorwal::posix
