#include "feed/bytes/file_bytes.h"

#include <fcntl.h>
#include <poll.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <system_error>

#include "factorwal/feed.h"

namespace factorwal::feed {
namespace {

constexpr std::size_t kWindowBytes = std::size_t{64} << 10;

std::string error_text(const std::string& what, int errno_value) {
  return what + ": " + std::generic_category().message(errno_value);
}

}  // namespace

FileBytes::FileBytes(const std::string& path, const std::atomic<bool>* stop)
    : name_(display_name(path)),
      stop_(stop),
      buffer_(std::make_unique_for_overwrite<char[]>(kWindowBytes)) {}

FileBytes::~FileBytes() {
  if (owns_fd_) ::close(fd_);
}

Result<std::unique_ptr<FileBytes>> FileBytes::open(const std::string& path,
                                                   const std::atomic<bool>* stop) {
  std::unique_ptr<FileBytes> file(new FileBytes(path, stop));
  file->fd_ = path == "-" ? STDIN_FILENO : ::open(path.c_str(), O_RDONLY | O_CLOEXEC);
  if (file->fd_ < 0) {
    const int error = errno;
    return file->failure(error == ENOENT ? Errc::kNotFound : Errc::kIo,
                         error_text("cannot open", error), error);
  }
  file->owns_fd_ = path != "-";
  struct stat about {};
  file->regular_ = ::fstat(file->fd_, &about) == 0 && S_ISREG(about.st_mode);
  return file;
}

/// Until a pipe has something to read, or has ended.
Status FileBytes::wait() const {
  constexpr int kLookMs = 100;
  for (;;) {
    if (stop_ != nullptr && stop_->load(std::memory_order_relaxed)) {
      return failure(Errc::kClosed, "stopped while waiting for more");
    }
    pollfd ready{fd_, POLLIN, 0};
    const int count = ::poll(&ready, 1, kLookMs);
    if (count > 0) return {};
    if (count < 0 && errno != EINTR) {
      const int error = errno;
      return failure(Errc::kIo, error_text("cannot wait", error), error);
    }
  }
}

Result<std::size_t> FileBytes::read_file(char* into, std::size_t size) {
  for (;;) {
    if (!regular_) {
      // What ended once is not asked again: a terminal would wait for a second Ctrl-D.
      if (ended_) return std::size_t{0};
      if (Status ready = wait(); !ready) return ready.error();
    }
    const ssize_t got = ::read(fd_, into, size);
    if (got < 0 && (errno == EINTR || errno == EAGAIN)) continue;
    if (got < 0) {
      const int error = errno;
      return failure(Errc::kIo, error_text("cannot read", error), error);
    }
    ended_ = got == 0;
    return static_cast<std::size_t>(got);
  }
}

Result<std::size_t> FileBytes::read(std::span<char> into) {
  if (begin_ == end_) return read_file(into.data(), into.size());
  const std::size_t size = std::min(into.size(), end_ - begin_);
  std::memcpy(into.data(), buffer_.get() + begin_, size);
  begin_ += size;
  return size;
}

Status FileBytes::fill() {
  if (begin_ > 0) {
    std::memmove(buffer_.get(), buffer_.get() + begin_, end_ - begin_);
    end_ -= begin_;
    begin_ = 0;
  }
  Result<std::size_t> got = read_file(buffer_.get() + end_, kWindowBytes - end_);
  if (!got) return got.error();
  end_ += *got;
  return {};
}

Status FileBytes::fill_to(std::size_t size) {
  ended_ = ended_ && !regular_;
  while (end_ - begin_ < size && !ended_) {
    if (Status filled = fill(); !filled) return filled;
  }
  return {};
}

}  // namespace factorwal::feed
