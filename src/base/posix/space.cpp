#include "base/posix/space.h"

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/stat.h>

#include <cerrno>
#include <charconv>
#include <optional>

#include "base/posix/descriptors.h"
#include "base/quiet_thread.h"

namespace factorwal::posix {
namespace {

/// Bytes of memory that can be had without taking them from programs that run; nothing where the
/// system does not tell.
std::optional<std::uint64_t> available_memory() {
  const Descriptor fd(open_retrying("/proc/meminfo", O_RDONLY));
  char text[1024] = {};
  if (fd.get() < 0 || ::read(fd.get(), text, sizeof text - 1) <= 0) return std::nullopt;
  constexpr std::string_view kName = "MemAvailable:";
  const std::string_view all(text);
  auto at = all.find(kName);
  if (at == std::string_view::npos) return std::nullopt;
  at = all.find_first_not_of(' ', at + kName.size());
  if (at == std::string_view::npos) return std::nullopt;
  std::uint64_t kib = 0;
  std::from_chars(text + at, text + all.size(), kib);
  return kib * 1024;
}

}  // namespace

bool exceeds_file_size_limit(std::uint64_t end) {
  if (thread_is_quiet) return false;
  struct rlimit limit {};
  return ::getrlimit(RLIMIT_FSIZE, &limit) == 0 && limit.rlim_cur != RLIM_INFINITY &&
         end > limit.rlim_cur;
}

/// The link count alone: to ask for the time of modification as well makes some file systems write
/// it at the next change, and a sync then has an inode more to write.
Result<bool> is_linked(int fd, const std::string& path) {
  struct statx links {};
  if (::statx(fd, "", AT_EMPTY_PATH, STATX_NLINK, &links) == 0 &&
      (links.stx_mask & STATX_NLINK) != 0) {
    return links.stx_nlink > 0;
  }
  struct stat info {};
  if (::fstat(fd, &info) != 0) return os_error("stat", path, errno);
  return info.st_nlink > 0;
}

Status discard_space(int fd, const std::string& path, std::uint64_t offset, std::uint64_t bytes) {
  const NoCancellation whole;
  int failed = 0;
  do {
    failed = ::fallocate(fd, FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE, static_cast<off_t>(offset),
                         static_cast<off_t>(bytes));
  } while (failed != 0 && errno == EINTR);
  return failed == 0 ? Status{} : os_error("give space back of", path, errno);
}

Status allocate_space(int fd, const std::string& path, std::uint64_t offset, std::uint64_t bytes) {
  const NoCancellation whole;
  if (exceeds_file_size_limit(offset + bytes)) return os_error("allocate", path, EFBIG);
  int failed = 0;
  do {
    failed = ::posix_fallocate(fd, static_cast<off_t>(offset), static_cast<off_t>(bytes));
  } while (failed == EINTR);
  return failed == 0 ? Status{} : os_error("allocate", path, failed);
}

Status require_memory(const std::string& path, std::uint64_t bytes) {
  constexpr std::uint64_t kAlwaysTaken = std::uint64_t{64} << 20;
  if (bytes <= kAlwaysTaken) return {};
  const auto available = available_memory();
  if (!available || bytes <= *available / 2) return {};
  return Error{Errc::kIo,
               "allocate " + path + ": " + std::to_string(bytes) + " bytes of memory, of " +
                   std::to_string(*available) + " that are available; at most half of them",
               ENOMEM};
}

void populate(std::span<std::byte> bytes) {
  constexpr int kPopulateForWriting = 23;  // MADV_POPULATE_WRITE of Linux 5.14
  (void)::madvise(bytes.data(), bytes.size(), kPopulateForWriting);
}

}  // namespace factorwal::posix
