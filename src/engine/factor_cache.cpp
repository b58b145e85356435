#include "factorwal/factor_cache.h"

#include <cxxabi.h>
#include <algorithm>
#include <bit>
#include <limits>

#include "base/check.h"

namespace factorwal {

// A sequence lock over words that are all atomic, so that a torn read is seen and not undefined.
// Data words are stored with release and loaded with acquire: that keeps them between the two
// accesses of the version without fences, and costs nothing on x86.
struct FactorCache::Cell {
  std::atomic<std::uint64_t> version;  // odd while it is being written
  std::atomic<std::uint64_t> instrument;
  std::atomic<std::uint64_t> timestamp;
  std::atomic<std::uint64_t> tick_count;
  std::atomic<std::uint64_t> update;
  // factor_count_ words follow.
  [[nodiscard]] std::atomic<std::uint64_t>* values() noexcept { return &update + 1; }
  [[nodiscard]] const std::atomic<std::uint64_t>* values() const noexcept { return &update + 1; }
};

namespace {

constexpr std::size_t kHeadWords = 5;

}  // namespace

constexpr FactorCache::Place FactorCache::place(std::size_t chunk) noexcept {
  const auto group = chunk / kFirstBlock + 1;
  return {static_cast<std::size_t>(std::bit_width(group)) - 1,
          chunk - kFirstBlock * (std::bit_floor(group) - 1)};
}

FactorCache::FactorCache(std::size_t factor_count, std::size_t history, std::uint32_t handle_tag)
    : factor_count_(factor_count),
      cell_words_(kHeadWords + factor_count),
      history_(history == 0 ? 0 : std::bit_ceil(history)),
      handle_tag_(handle_tag),
      ring_(new Word[history_ * cell_words_]()) {
  static_assert(sizeof(Cell) == kHeadWords * sizeof(std::uint64_t));
  static_assert(place(std::numeric_limits<std::uint32_t>::max() / kChunkCells).block < kBlocks);
  scratch_.values.reserve(factor_count_);  // not after a tick is accepted
}

FactorCache::~FactorCache() {
  for (std::size_t i = 0; i < kBlocks; ++i) {
    const std::unique_ptr<std::atomic<Word*>[]> block(blocks_[i].load(std::memory_order_relaxed));
    if (!block) continue;
    for (std::size_t at = 0; at < kFirstBlock << i; ++at) delete[] block[at].load();
  }
}

FactorCache::Cell* FactorCache::cell(InstrumentHandle instrument) const noexcept {
  if (!instrument.valid() || instrument.tag != handle_tag_) return nullptr;
  const auto [block, at] = place(instrument.index / kChunkCells);
  auto* const chunks = blocks_[block].load(std::memory_order_acquire);
  if (chunks == nullptr) return nullptr;
  auto* const words = chunks[at].load(std::memory_order_acquire);
  if (words == nullptr) return nullptr;
  return reinterpret_cast<Cell*>(words + (instrument.index % kChunkCells) * cell_words_);
}

FactorCache::Cell& FactorCache::make_cell(InstrumentHandle instrument) {
  if (auto* found = cell(instrument)) return *found;
  FACTORWAL_CHECK(instrument.valid() && instrument.tag == handle_tag_);
  const auto [block, at] = place(instrument.index / kChunkCells);
  if (blocks_[block].load(std::memory_order_relaxed) == nullptr) {
    blocks_[block].store(new std::atomic<Word*>[kFirstBlock << block](), std::memory_order_release);
  }
  blocks_[block].load(std::memory_order_relaxed)[at].store(new Word[kChunkCells * cell_words_](),
                                                           std::memory_order_release);
  return *cell(instrument);
}

void FactorCache::write(Cell& target, InstrumentHandle instrument, TimestampNs timestamp_ns,
                        std::uint64_t tick_count, std::uint64_t update,
                        std::span<const double> values) {
  const auto version = target.version.load(std::memory_order_relaxed);
  target.version.store(version + 1, std::memory_order_relaxed);
  target.instrument.store(instrument.index, std::memory_order_release);
  target.timestamp.store(static_cast<std::uint64_t>(timestamp_ns), std::memory_order_release);
  target.tick_count.store(tick_count, std::memory_order_release);
  target.update.store(update, std::memory_order_release);
  auto* words = target.values();
  for (std::size_t i = 0; i < values.size(); ++i) {
    words[i].store(std::bit_cast<std::uint64_t>(values[i]), std::memory_order_release);
  }
  target.version.store(version + 2, std::memory_order_release);
}

bool FactorCache::read(const Cell& source, CachedFactors& out) const {
  out.values.resize(factor_count_);
  for (;;) {
    const auto before = source.version.load(std::memory_order_acquire);
    if (before == 0) return false;
    if (before % 2 == 0) {
      out.instrument = {
          static_cast<std::uint32_t>(source.instrument.load(std::memory_order_acquire)),
          handle_tag_};
      out.timestamp_ns = static_cast<TimestampNs>(source.timestamp.load(std::memory_order_acquire));
      out.tick_count = source.tick_count.load(std::memory_order_acquire);
      out.update = source.update.load(std::memory_order_acquire);
      const auto* words = source.values();
      for (std::size_t i = 0; i < factor_count_; ++i) {
        out.values[i] = std::bit_cast<double>(words[i].load(std::memory_order_acquire));
      }
      if (source.version.load(std::memory_order_relaxed) == before) return true;
    }
  }
}

bool FactorCache::read(InstrumentHandle instrument, CachedFactors& out) const {
  const auto* found = cell(instrument);
  return found != nullptr && read(*found, out);
}

void FactorCache::for_each(const std::function<void(const CachedFactors&)>& visit) const {
  CachedFactors item;
  const auto end = instruments_end_.load(std::memory_order_acquire);
  for (std::uint32_t i = 0; i < end; ++i) {
    if (read(InstrumentHandle{i, handle_tag_}, item)) visit(item);
  }
}

std::uint64_t FactorCache::update_count() const noexcept {
  return updates_.load(std::memory_order_acquire);
}

FactorCache::PollResult FactorCache::poll(
    std::uint64_t since, const std::function<void(const CachedFactors&)>& visit) const {
  PollResult result;
  const auto end = update_count();
  CachedFactors item;
  auto next = since + 1;
  if (end >= history_ && next + history_ <= end) {
    result.missed = end - history_ + 1 - next;
    next = end - history_ + 1;
  }
  for (; next <= end; ++next) {
    if (history_ == 0) {
      ++result.missed;
      continue;
    }
    const auto& cell_of =
        *reinterpret_cast<const Cell*>(ring_.get() + (next & (history_ - 1)) * cell_words_);
    // A newer number in the cell means that the writer has come round meanwhile.
    if (read(cell_of, item) && item.update == next) {
      visit(item);
    } else {
      ++result.missed;
    }
  }
  result.next = std::max(since, end);
  return result;
}

std::uint64_t FactorCache::subscribe(Callback callback) {
  const std::lock_guard lock(callbacks_mutex_);
  const auto subscription = next_subscription_++;
  callbacks_.emplace_back(subscription, std::move(callback));
  callback_count_.store(callbacks_.size());
  return subscription;
}

void FactorCache::unsubscribe(std::uint64_t subscription) {
  const std::lock_guard lock(callbacks_mutex_);
  std::erase_if(callbacks_, [&](const auto& entry) { return entry.first == subscription; });
  callback_count_.store(callbacks_.size());
}

void FactorCache::publish(InstrumentHandle instrument, TimestampNs timestamp_ns,
                          std::uint64_t tick_count, std::span<const double> values) {
  const auto update = updates_.load(std::memory_order_relaxed) + 1;
  write(make_cell(instrument), instrument, timestamp_ns, tick_count, update, values);
  if (history_ > 0) {
    auto& slot = *reinterpret_cast<Cell*>(ring_.get() + (update & (history_ - 1)) * cell_words_);
    write(slot, instrument, timestamp_ns, tick_count, update, values);
  }
  if (instrument.index >= instruments_end_.load(std::memory_order_relaxed)) {
    instruments_end_.store(instrument.index + 1, std::memory_order_release);
  }
  updates_.store(update, std::memory_order_release);
  if (callback_count_.load(std::memory_order_relaxed) == 0) return;
  scratch_.instrument = instrument;
  scratch_.timestamp_ns = timestamp_ns;
  scratch_.tick_count = tick_count;
  scratch_.update = update;
  scratch_.values.assign(values.begin(), values.end());
  call_back();
}

// The tick is accepted, and its caller must hear so: an exception stays here. A thread that is
// cancelled in a callback has to unwind to its end, so that one passes.
void FactorCache::call_back() {
  const std::lock_guard lock(callbacks_mutex_);
  for (const auto& [subscription, callback] : callbacks_) {
    try {
      callback(scratch_);
    } catch (const abi::__forced_unwind&) {
      throw;
    } catch (...) {
      note_failure(subscription);
    }
  }
}

void FactorCache::note_failure(std::uint64_t subscription) noexcept {
  const std::lock_guard lock(failures_mutex_);
  if (failures_.count++ > 0) return;
  failures_.first = std::current_exception();
  failures_.subscription = subscription;
  failures_.update = scratch_.update;
}

FactorCache::CallbackFailures FactorCache::callback_failures() const {
  const std::lock_guard lock(failures_mutex_);
  return failures_;
}

}  // namespace factorwal
