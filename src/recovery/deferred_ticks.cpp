#include "recovery/deferred_ticks.h"

#include <algorithm>
#include <atomic>
#include <thread>
#include <utility>

#include "base/floating_point_guard.h"
#include "base/quiet_thread.h"

namespace factorwal::recovery {
namespace {

// So many that a thousand instruments have dozens each, in memory that a large cache holds.
constexpr std::size_t kWaitingBytes = std::size_t{8} << 20;
constexpr std::size_t kTicksMax = std::size_t{1} << 17;
// For fewer a thread's start is not worth while.
constexpr std::size_t kTicksPerThread = 4096;
constexpr std::size_t kQueuesAtOnce = 64;
constexpr unsigned kThreadsMax = 8;

/// A user's operators may share what is not made for several threads.
unsigned threads_for(const graph::Plan& plan) {
  if (!plan.prototypes().empty()) return 1;
  return std::clamp(std::thread::hardware_concurrency(), 1U, kThreadsMax);
}

}  // namespace

DeferredTicks::DeferredTicks(const graph::Plan& plan)
    : field_count_(plan.field_count()),
      ticks_max_(std::clamp(kWaitingBytes / (sizeof(Tick) + field_count_ * sizeof(double)),
                            std::size_t{1}, kTicksMax)),
      threads_max_(threads_for(plan)) {}

void DeferredTicks::add(InstrumentHandle handle, Instrument& instrument, const LogRecord& tick,
                        std::span<const double> fields) {
  if (ticks_.size() == ticks_max_) run_all();
  if (handle.index >= queues_.size()) queues_.resize(std::size_t{handle.index} + 1);
  fields_.insert(fields_.end(), fields.begin(), fields.end());
  const auto added = static_cast<std::uint32_t>(ticks_.size());
  ticks_.push_back({tick.sequence});
  auto& queue = queues_[handle.index];
  if (queue.first == kNone) {
    queue.first = added;
  } else {
    ticks_[queue.last].next = added;
  }
  queue.last = added;
  queue.instrument = &instrument;
  if (!std::exchange(queue.listed, true)) waiting_.push_back(handle.index);
  ++instrument.ordinal;
  instrument.timestamp_ns = std::max(instrument.timestamp_ns, tick.timestamp_ns);
}

void DeferredTicks::run(Queue& queue) noexcept {
  auto& instrument = *queue.instrument;
  for (auto at = std::exchange(queue.first, kNone); at != kNone; at = ticks_[at].next) {
    if (const auto next = ticks_[at].next; next != kNone) __builtin_prefetch(fields_of(next));
    instrument.graph.evaluate_as({fields_of(at), field_count_}, {}, ticks_[at].sequence,
                                 instrument.values);
  }
}

void DeferredTicks::run_some(std::span<const std::uint32_t> handles) noexcept {
  for (std::size_t i = 0; i < handles.size(); ++i) {
    graph::fetch_ahead([&](std::size_t ahead) -> const graph::InstrumentGraph* {
      return i + ahead < handles.size() ? &queues_[handles[i + ahead]].instrument->graph : nullptr;
    });
    run(queues_[handles[i]]);
  }
}

void DeferredTicks::run(InstrumentHandle handle) {
  if (handle.index >= queues_.size() || queues_[handle.index].first == kNone) return;
  const FloatingPointGuard guard;
  run(queues_[handle.index]);
}

void DeferredTicks::run_all() {
  share_out();
  for (const auto handle : waiting_) queues_[handle].listed = false;
  waiting_.clear();
  ticks_.clear();
  fields_.clear();
}

void DeferredTicks::share_out() {
  std::atomic<std::size_t> next{0};
  const auto work = [&] {
    const FloatingPointGuard guard;
    for (;;) {
      const auto begin = next.fetch_add(kQueuesAtOnce);
      if (begin >= waiting_.size()) return;
      run_some(std::span(waiting_).subspan(begin).first(
          std::min(kQueuesAtOnce, waiting_.size() - begin)));
    }
  };
  const auto threads = std::min<std::size_t>(threads_max_, ticks_.size() / kTicksPerThread);
  std::vector<std::thread> others;
  others.reserve(threads);
  while (others.size() + 1 < threads) {
    auto started = start_quiet_thread(work);
    if (!started) break;  // this one does their work as well
    others.push_back(std::move(*started));
  }
  work();
  for (auto& other : others) other.join();
}

}  // namespace factorwal::recovery
