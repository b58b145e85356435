#include "measure/sync_ladder.h"

#include <fcntl.h>
#include <fmt/core.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <system_error>

#include "measure/interruption.h"

namespace factorwal::measure {
namespace {

constexpr std::size_t kKiB = 1024;
constexpr std::array kSizes = {4 * kKiB, 16 * kKiB, 64 * kKiB, 256 * kKiB, 1024 * kKiB};
constexpr std::size_t kFileBytes = 16 * 1024 * kKiB;
constexpr std::size_t kLadderRounds = 5;

/// A file that is written over and over, as the blocks of a segment that was made ahead are.
class WrittenFile {
 public:
  explicit WrittenFile(const std::string& path)
      : path_(path), fd_(::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600)) {}
  ~WrittenFile() {
    if (fd_ >= 0) ::close(fd_);
  }
  WrittenFile(const WrittenFile&) = delete;
  WrittenFile& operator=(const WrittenFile&) = delete;

  Status fill(const std::atomic<bool>& stop) {
    if (fd_ < 0) return failed("make");
    constexpr auto kPiece = kSizes.back();
    for (std::size_t at = 0; at < kFileBytes; at += kPiece) {
      if (auto done = expect_not_interrupted(stop); !done) return done;
      if (auto done = write(kPiece); !done) return done;
    }
    return ::fsync(fd_) == 0 ? Status{} : failed("sync");
  }

  Status write(std::size_t count) {
    if (next_ + count > kFileBytes) next_ = 0;
    for (std::size_t done = 0; done < count;) {
      const auto taken =
          ::pwrite(fd_, bytes_.data() + done, count - done, static_cast<off_t>(next_ + done));
      if (taken < 0 && errno == EINTR) continue;
      if (taken <= 0) return failed("write");
      done += static_cast<std::size_t>(taken);
    }
    next_ += count;
    return {};
  }

  Status sync() { return ::fdatasync(fd_) == 0 ? Status{} : failed("sync"); }

 private:
  [[nodiscard]] Status failed(const char* operation) const {
    const int code = errno;
    return Error{
        Errc::kIo,
        std::string(operation) + " " + path_ + ": " + std::generic_category().message(code), code};
  }

  std::string path_;
  int fd_;
  std::size_t next_ = 0;
  std::vector<char> bytes_ = std::vector<char>(kSizes.back(), 'w');
};

Status write_and_sync(WrittenFile& file, std::size_t bytes, double seconds,
                      const std::atomic<bool>& stop, std::vector<double>& times_us) {
  const auto begun = Clock::now();
  do {
    if (auto done = expect_not_interrupted(stop); !done) return done;
    const auto before = Clock::now();
    if (auto done = file.write(bytes); !done) return done;
    if (auto done = file.sync(); !done) return done;
    times_us.push_back(microseconds_since(before));
  } while (seconds_since(begun) < seconds);
  return {};
}

}  // namespace

Result<std::vector<SyncStep>> measure_syncs(const std::string& path, double seconds,
                                            const std::atomic<bool>& stop,
                                            const std::function<void(std::string_view)>& tell) {
  tell("syncs");
  WrittenFile file(path);
  if (auto done = file.fill(stop); !done) return done.error();
  std::array<std::vector<double>, kSizes.size()> times_us;
  const auto slice = seconds / static_cast<double>(kSizes.size() * kLadderRounds);
  for (std::size_t round = 0; round < kLadderRounds; ++round) {
    for (std::size_t i = 0; i < kSizes.size(); ++i) {
      tell(fmt::format("syncs of {} KiB", kSizes[i] / kKiB));
      auto done = write_and_sync(file, kSizes[i], slice, stop, times_us[i]);
      if (!done) return done.error();
    }
  }
  ::unlink(path.c_str());
  std::vector<SyncStep> steps;
  for (std::size_t i = 0; i < kSizes.size(); ++i) {
    steps.push_back({kSizes[i], spread_of(std::move(times_us[i]))});
  }
  return steps;
}

}  // namespace factorwal::measure
