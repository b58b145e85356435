#include "base/posix/lock_file.h"

#include <fcntl.h>
#include <signal.h>
#include <unistd.h>

#include <cerrno>
#include <charconv>

#include "base/fork_guard.h"
#include "base/posix/descriptors.h"
#include "base/posix/space.h"

namespace factorwal::posix {
namespace {

class PosixLock final : public FileLock {
 public:
  explicit PosixLock(int fd) : fd_(fd) { close_in_child(fd); }
  ~PosixLock() override {
    if (guard_.forked()) {
      fd_.release();  // closed already; the number may be another file's by now
    } else {
      forget_in_child(fd_.get());
    }
  }

 private:
  ForkGuard guard_;
  Descriptor fd_;  // closing it gives the lock back
};

struct flock whole_file(short type) {
  struct flock lock {};
  lock.l_type = type;
  lock.l_whence = SEEK_SET;
  return lock;
}

bool has_ended(std::int64_t pid) {
  return pid > 0 && ::kill(static_cast<pid_t>(pid), 0) != 0 && errno == ESRCH;
}

/// The pid in a lock file that another holds. It takes the lock first and writes its pid then, so
/// there is a moment without one; -1 if that moment does not end.
std::int64_t read_pid(int fd) {
  for (int tries = 0; tries < 200; ++tries) {
    char text[32] = {};
    const auto count = ::pread(fd, text, sizeof text - 1, 0);
    std::int64_t pid = 0;
    // Whole only with its line end.
    if (count > 0 && text[count - 1] == '\n') std::from_chars(text, text + count, pid);
    if (pid > 0) return pid;
    ::usleep(500);
  }
  return -1;
}

/// 0, or the error. A process that forks and is killed may leave a child that has not come to close
/// its copy of the descriptor: that is over in a moment.
int take_lock(int fd) {
  for (int tries = 0;; ++tries) {
    auto request = whole_file(F_WRLCK);
    if (::fcntl(fd, F_OFD_SETLK, &request) == 0) return 0;
    const int failed = errno;
    if (failed != EAGAIN && failed != EACCES) return failed;
    if (tries == 400 || !has_ended(read_pid(fd))) return failed;
    ::usleep(5000);
  }
}

std::string holder_text(std::int64_t pid) {
  if (pid <= 0) return "a process that does not tell its number";
  return "process " + std::to_string(pid) +
         (has_ended(pid) ? ", which has ended, through a child of it, or in another container"
                         : "");
}

/// 0, or the error.
int write_pid(int fd) {
  const auto text = std::to_string(::getpid()) + "\n";
  if (exceeds_file_size_limit(text.size())) return EFBIG;
  if (::ftruncate(fd, 0) != 0) return errno;
  const auto count = ::pwrite(fd, text.data(), text.size(), 0);
  if (count < 0) return errno;
  return count == static_cast<ssize_t>(text.size()) ? 0 : ENOSPC;
}

}  // namespace

Result<std::unique_ptr<FileLock>> take_lock_file(const std::string& path) {
  const NoCancellation whole;
  const auto fd = open_regular("open lock", path, O_RDWR | O_CREAT | O_NOFOLLOW);
  if (!fd) return fd.error();
  auto held = std::make_unique<PosixLock>(*fd);
  if (const int failed = take_lock(*fd); failed != 0) {
    if (failed != EAGAIN && failed != EACCES) return os_error("lock", path, failed);
    return Error{
        Errc::kLocked,
        path + ": in use by " + holder_text(read_pid(*fd)) + "; end it, or use another directory",
        0};
  }
  if (const int wrong = write_pid(*fd); wrong != 0) return os_error("write lock", path, wrong);
  return std::unique_ptr<FileLock>(std::move(held));
}

Result<std::int64_t> holder_of_lock_file(const std::string& path) {
  const NoCancellation whole;
  const auto opened = open_regular("open lock", path, O_RDONLY | O_NOFOLLOW);
  if (!opened) {
    if (opened.error().code == Errc::kNotFound) return std::int64_t{0};
    return opened.error();
  }
  const Descriptor fd(*opened);
  auto request = whole_file(F_RDLCK);
  if (::fcntl(fd.get(), F_OFD_GETLK, &request) != 0) return os_error("test lock", path, errno);
  if (request.l_type == F_UNLCK) return std::int64_t{0};
  return read_pid(fd.get());
}

}  // namespace factorwal::posix
