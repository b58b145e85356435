#include "doctor/sync_probe.h"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <csignal>
#include <cstdlib>
#include <numeric>
#include <system_error>

namespace factorwal::doctor {
namespace {

constexpr std::size_t kPageBytes = 4096;
constexpr std::size_t kFileBytes = std::size_t{1} << 20;

Error failed(const std::string& operation, const std::string& directory) {
  const int code = errno;
  return Error{Errc::kIo,
               operation + " in " + directory + ": " + std::generic_category().message(code), code};
}

class Descriptor {
 public:
  explicit Descriptor(int fd) noexcept : fd_(fd) {}
  ~Descriptor() {
    if (fd_ >= 0) ::close(fd_);
  }
  Descriptor(const Descriptor&) = delete;
  Descriptor& operator=(const Descriptor&) = delete;
  [[nodiscard]] int get() const noexcept { return fd_; }

 private:
  int fd_;
};

int open_nameless(const std::string& directory) {
  const int fd = ::open(directory.c_str(), O_TMPFILE | O_RDWR | O_CLOEXEC, 0600);
  if (fd >= 0 || (errno != EOPNOTSUPP && errno != EISDIR && errno != EINVAL)) return fd;
  // Where a file must have a name it has it for a moment in which no signal ends the process.
  sigset_t all;
  sigset_t before;
  sigfillset(&all);
  ::pthread_sigmask(SIG_SETMASK, &all, &before);
  auto name = directory + "/.factorwal-doctor-XXXXXX";
  const int named = ::mkostemp(name.data(), O_CLOEXEC);
  const int code = errno;
  if (named >= 0) ::unlink(name.c_str());
  ::pthread_sigmask(SIG_SETMASK, &before, nullptr);
  errno = code;
  return named;
}

bool write_page(int fd, std::size_t offset, std::byte content) {
  std::array<std::byte, kPageBytes> page;
  page.fill(content);
  return ::pwrite(fd, page.data(), page.size(), static_cast<off_t>(offset)) ==
         static_cast<ssize_t>(page.size());
}

/// The file has no name: without /proc it cannot be opened a second time.
std::optional<bool> lock_excludes(int fd) {
  const auto path = "/proc/self/fd/" + std::to_string(fd);
  const Descriptor other(::open(path.c_str(), O_RDWR | O_CLOEXEC));
  if (other.get() < 0) return std::nullopt;
  struct flock whole {};
  whole.l_type = F_WRLCK;
  whole.l_whence = SEEK_SET;
  if (::fcntl(fd, F_OFD_SETLK, &whole) != 0) return false;
  const bool kept_out = ::fcntl(other.get(), F_OFD_SETLK, &whole) != 0;
  whole.l_type = F_UNLCK;
  (void)::fcntl(fd, F_OFD_SETLK, &whole);
  return kept_out;
}

}  // namespace

SyncTimes summarize(std::vector<double> sync_us) {
  std::sort(sync_us.begin(), sync_us.end());
  const auto at = [&](double part) {
    return sync_us[static_cast<std::size_t>(part * static_cast<double>(sync_us.size() - 1))];
  };
  const auto total = std::accumulate(sync_us.begin(), sync_us.end(), 0.0);
  SyncTimes times;
  times.count = sync_us.size();
  times.rate = total > 0 ? static_cast<double>(sync_us.size()) / total * 1e6 : 0;
  times.p50_us = at(0.5);
  times.p99_us = at(0.99);
  times.max_us = sync_us.back();
  return times;
}

Result<ProbeResult> probe_sync(const std::string& directory, std::chrono::milliseconds time,
                               const std::atomic<bool>& stop) {
  const Descriptor file(open_nameless(directory));
  if (file.get() < 0) return failed("create a file", directory);
  ProbeResult result;
  result.locks_exclude = lock_excludes(file.get());
  for (std::size_t at = 0; at < kFileBytes; at += kPageBytes) {
    if (!write_page(file.get(), at, std::byte{1})) return failed("write a file", directory);
  }
  if (::fsync(file.get()) != 0) return failed("sync a file", directory);

  std::vector<double> sync_us;
  const auto end = std::chrono::steady_clock::now() + time;
  for (std::size_t i = 0; i == 0 || std::chrono::steady_clock::now() < end; ++i) {
    if (stop) return Error{Errc::kTimeout, "interrupted; nothing was left behind", 0};
    const auto content = static_cast<std::byte>(i / (kFileBytes / kPageBytes));
    const auto begin = std::chrono::steady_clock::now();
    if (!write_page(file.get(), i * kPageBytes % kFileBytes, content)) {
      return failed("write a file", directory);
    }
    if (::fdatasync(file.get()) != 0) return failed("sync a file", directory);
    sync_us.push_back(
        std::chrono::duration<double, std::micro>(std::chrono::steady_clock::now() - begin)
            .count());
  }
  result.sync = summarize(std::move(sync_us));
  return result;
}

}  // namespace factorwal::doctor
