#pragma once
/// What a run says while it goes: the progress line, and when storage fails or works again. On a
/// thread of its own, so that it is said also while the run waits for its input or for space.

#include <atomic>
#include <condition_variable>
#include <mutex>
#include <string>
#include <thread>

#include "factorwal/engine.h"
#include "terminal.h"

namespace factorwal::tool {

class RunWatch {
 public:
  /// `engine` must stay open until `end`.
  explicit RunWatch(Engine& engine);
  ~RunWatch() { end(); }
  RunWatch(const RunWatch&) = delete;
  RunWatch& operator=(const RunWatch&) = delete;

  /// How many ticks were accepted so far.
  void note_ticks(std::uint64_t ticks) noexcept { ticks_.store(ticks, std::memory_order_relaxed); }
  /// A message between progress lines.
  void say(std::string_view message);
  /// No more of it. Says what was not said yet of storage.
  void end();

 private:
  void run();
  void look();
  void show_progress(const StorageHealth& health);
  void tell(std::string_view message);

  Engine& engine_;
  const std::chrono::steady_clock::time_point begun_;
  std::atomic<std::uint64_t> ticks_{0};
  std::mutex mutex_;
  std::condition_variable changed_;
  bool ended_ = false;         // guarded by mutex_
  ProgressLine progress_;      // guarded by mutex_
  StorageHealth told_;         // guarded by mutex_
  std::uint64_t outages_ = 0;  // guarded by mutex_
  std::thread thread_;
};

}  // namespace factorwal::tool
