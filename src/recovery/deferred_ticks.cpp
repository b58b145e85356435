#include "recovery/deferred_ticks.h"

#include <algorithm>
#include <utility>

#include "base/floating_point_guard.h"
#include "base/quiet_thread.h"

namespace factorwal::recovery {
namespace {

// So many that a thousand instruments have dozens each, in memory that a large cache holds.
constexpr std::size_t kBatchBytes = std::size_t{4} << 20;
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

void DeferredTicks::Batch::clear() noexcept {
  for (const auto handle : waiting) queues[handle].listed = false;
  waiting.clear();
  ticks.clear();
  fields.clear();
}

DeferredTicks::DeferredTicks(const graph::Plan& plan)
    : field_count_(plan.field_count()),
      ticks_max_(std::clamp(kBatchBytes / (sizeof(Tick) + field_count_ * sizeof(double)),
                            std::size_t{1}, kTicksMax)),
      threads_max_(threads_for(plan)) {}

void DeferredTicks::add(InstrumentHandle handle, Instrument& instrument, const LogRecord& tick,
                        std::span<const double> fields) {
  if (batch_.ticks.size() == ticks_max_) start();
  auto& [queues, waiting, ticks, all_fields] = batch_;
  if (handle.index >= queues.size()) queues.resize(std::size_t{handle.index} + 1);
  all_fields.insert(all_fields.end(), fields.begin(), fields.end());
  const auto added = static_cast<std::uint32_t>(ticks.size());
  ticks.push_back({tick.sequence});
  auto& queue = queues[handle.index];
  if (queue.first == kNone) {
    queue.first = added;
  } else {
    ticks[queue.last].next = added;
  }
  queue.last = added;
  queue.instrument = &instrument;
  if (!std::exchange(queue.listed, true)) waiting.push_back(handle.index);
  ++instrument.ordinal;
  instrument.timestamp_ns = std::max(instrument.timestamp_ns, tick.timestamp_ns);
}

void DeferredTicks::run(InstrumentHandle handle) {
  finish();
  if (handle.index >= batch_.queues.size()) return;
  const FloatingPointGuard guard;
  run_queue(batch_, batch_.queues[handle.index]);
}

void DeferredTicks::run_all() {
  start();
  finish();
}

void DeferredTicks::start() {
  finish();
  std::swap(batch_, running_);
  const auto threads = std::min<std::size_t>(threads_max_, running_.ticks.size() / kTicksPerThread);
  threads_.reserve(threads);
  while (threads_.size() + 1 < threads) {
    auto started = start_quiet_thread([this] { work(); });
    if (!started) break;  // the others do its work as well
    threads_.push_back(std::move(*started));
  }
}

DeferredTicks::~DeferredTicks() {
  next_ = running_.waiting.size();
  join();
}

void DeferredTicks::join() noexcept {
  for (auto& thread : threads_) thread.join();
  threads_.clear();
}

void DeferredTicks::finish() noexcept {
  work();
  join();
  running_.clear();
  next_ = 0;
}

void DeferredTicks::work() noexcept {
  const FloatingPointGuard guard;
  for (;;) {
    const auto begin = next_.fetch_add(kQueuesAtOnce);
    if (begin >= running_.waiting.size()) return;
    const auto left = std::span(running_.waiting).subspan(begin);
    run_some(running_, left.first(std::min(kQueuesAtOnce, left.size())));
  }
}

void DeferredTicks::run_some(Batch& batch, std::span<const std::uint32_t> handles) const noexcept {
  for (std::size_t i = 0; i < handles.size(); ++i) {
    graph::fetch_ahead([&](std::size_t ahead) -> const graph::InstrumentGraph* {
      if (i + ahead >= handles.size()) return nullptr;
      return &batch.queues[handles[i + ahead]].instrument->graph;
    });
    run_queue(batch, batch.queues[handles[i]]);
  }
}

void DeferredTicks::run_queue(Batch& batch, Queue& queue) const noexcept {
  const auto fields_of = [&](std::uint32_t tick) {
    return std::span(batch.fields).subspan(std::size_t{tick} * field_count_, field_count_);
  };
  for (auto at = std::exchange(queue.first, kNone); at != kNone; at = batch.ticks[at].next) {
    if (const auto next = batch.ticks[at].next; next != kNone) {
      __builtin_prefetch(fields_of(next).data());
    }
    queue.instrument->graph.evaluate_as(fields_of(at), {}, batch.ticks[at].sequence,
                                        queue.instrument->values);
  }
}

}  // namespace factorwal::recovery
