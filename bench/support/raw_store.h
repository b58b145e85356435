#pragma once
/// The limit of a machine: records of a fixed size through a ring into a file that was written
/// before, one pwrite and one fdatasync a commit, from a thread of its own. No checksum, no frames.

#include <fcntl.h>
#include <unistd.h>

#include <atomic>
#include <condition_variable>
#include <cstring>
#include <mutex>
#include <thread>

#include "support.h"

namespace factorwal::bench {

class RawStore {
 public:
  struct Commit {
    std::uint64_t upto;
    std::int64_t end_ns;
  };
  static constexpr std::uint64_t kInFlight = 65536;  ///< records sent and not durable, at most

  RawStore(const std::string& directory, std::size_t record_bytes, std::uint64_t records)
      : record_bytes_(record_bytes), total_(records), ring_(kInFlight * record_bytes) {
    const auto path = directory + "/raw";
    fd_ = ::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0644);
    if (fd_ < 0) die("open " + path);
    for (std::uint64_t at = 0; at < records; at += kInFlight)
      write(at, std::min(kInFlight, records - at));
    if (::fsync(fd_) != 0) die("sync " + path);
    thread_ = std::thread([this] { commit_all(); });
  }
  ~RawStore() {
    if (thread_.joinable()) thread_.join();
    ::close(fd_);
  }
  RawStore(const RawStore&) = delete;
  RawStore& operator=(const RawStore&) = delete;

  void send(const void* record) {
    if (sent_ - durable_.load(std::memory_order_acquire) == kInFlight) wait_for_space();
    std::memcpy(&ring_[sent_ % kInFlight * record_bytes_], record, record_bytes_);
    tail_.store(++sent_);
    if (idle_.load()) wake();
  }
  /// Waits until all records are durable. Requires: as many were sent as announced.
  const std::vector<Commit>& finish() {
    thread_.join();
    return commits_;
  }

 private:
  void wake() {
    const std::lock_guard lock(mutex_);
    arrived_.notify_one();
  }
  void wait_for_space() {
    // Half of the ring, so that filling and committing overlap.
    auto durable = durable_.load(std::memory_order_acquire);
    while (sent_ - durable > kInFlight / 2) {
      durable_.wait(durable);
      durable = durable_.load(std::memory_order_acquire);
    }
  }
  std::uint64_t wait_for_records(std::uint64_t durable) {
    for (int i = 0; i < 200; ++i) {
      if (const auto count = tail_.load(std::memory_order_acquire) - durable; count > 0)
        return count;
      __builtin_ia32_pause();
    }
    std::unique_lock lock(mutex_);
    idle_.store(true);
    arrived_.wait(lock, [&] { return tail_.load() != durable; });
    idle_.store(false);
    return tail_.load() - durable;
  }
  void write(std::uint64_t first, std::uint64_t count) {
    const auto begin = first % kInFlight;
    const auto straight = std::min(count, kInFlight - begin);
    write_piece(first, begin, straight);
    if (straight < count) write_piece(first + straight, 0, count - straight);
  }
  void write_piece(std::uint64_t first, std::uint64_t begin, std::uint64_t count) {
    const auto bytes = count * record_bytes_;
    if (::pwrite(fd_, &ring_[begin * record_bytes_], bytes,
                 static_cast<off_t>(first * record_bytes_)) != static_cast<ssize_t>(bytes)) {
      die("write raw");
    }
  }
  void commit_all() {
    for (std::uint64_t durable = 0; durable < total_;) {
      const auto count = std::min(wait_for_records(durable), kInFlight / 2);
      write(durable, count);
      if (::fdatasync(fd_) != 0) die("sync raw");
      durable += count;
      commits_.push_back({durable, now_ns()});
      durable_.store(durable, std::memory_order_release);
      durable_.notify_one();
    }
  }

  const std::size_t record_bytes_;
  const std::uint64_t total_;
  std::vector<char> ring_;
  int fd_ = -1;
  std::uint64_t sent_ = 0;
  alignas(64) std::atomic<std::uint64_t> tail_{0};
  alignas(64) std::atomic<std::uint64_t> durable_{0};
  alignas(64) std::atomic<bool> idle_{false};
  std::mutex mutex_;
  std::condition_variable arrived_;
  std::vector<Commit> commits_;
  std::thread thread_;
};

}  // namespace factorwal::bench
