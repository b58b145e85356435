#include "persist/producer.h"

#include <algorithm>
#include <chrono>

#include "persist/core.h"

namespace factorwal::persist {
namespace {

// A waiter looks again at least this often; the persister wakes it earlier.
constexpr std::chrono::milliseconds kSpaceRecheck{1};
constexpr std::size_t kPair = 12;  // of a snapshot: u32 factor, f64 value

}  // namespace

std::size_t Producer::entry_bytes_max() const noexcept {
  return std::min(ring_.entry_bytes_max(), wal::kRecordBytesMax);
}

std::size_t Producer::vector_length_max() const noexcept {
  return std::min(kVectorLengthMax, (entry_bytes_max() - sizeof(VectorEntry)) / sizeof(double));
}

std::size_t Producer::snapshot_factors_max() const noexcept {
  return std::min(kSnapshotFactorsMax, (entry_bytes_max() - sizeof(SnapshotEntry)) / kPair);
}

Producer::Place Producer::reserve(std::size_t size) {
  if (size > entry_bytes_max()) return {SendStatus::kTooLarge, nullptr};
  if (const auto refused = core_->refusal(); refused != SendStatus::kAccepted) {
    return {refused, nullptr};
  }
  if (auto* entry = ring_.reserve(size)) return {SendStatus::kAccepted, entry};
  return wait_for_space(size);
}

Producer::Place Producer::wait_for_space(std::size_t size) {
  if (core_->config_.when_full == FactorWalConfig::WhenFull::kRefuse) {
    core_->refusals_.fetch_add(1, std::memory_order_relaxed);
    core_->hurry();  // a commit makes space; nothing else that waits might start one
    return {SendStatus::kFull, nullptr};
  }
  core_->waits_.fetch_add(1, std::memory_order_relaxed);
  core_->space_waiters_.fetch_add(1);
  core_->wake();  // after it has counted: the persister looks at the count when it wakes
  std::unique_lock lock(core_->space_mutex_);
  Place place{SendStatus::kAccepted, nullptr};
  for (;;) {
    place.status = core_->refusal();
    if (place.status != SendStatus::kAccepted) break;
    place.entry = ring_.reserve(size);
    if (place.entry != nullptr) break;
    core_->space_cv_.wait_for(lock, kSpaceRecheck);
  }
  core_->space_waiters_.fetch_sub(1);
  return place;
}

SendResult Producer::publish() {
  // Counted before it is visible: once the closed bit is set, the count is final, and the
  // persister waits until it has seen that many. The read-modify-write also orders this send
  // before the look at wake_at_, against the persister's store there before its last look at the
  // count: one of the two sees the other.
  const auto before = core_->accepted_.fetch_add(1);
  if ((before & Core::kClosedBit) != 0) return {SendStatus::kClosed, {}};
  ring_.publish();
  // One sender claims the waking; the others need not line up at the mutex.
  auto wake_at = core_->wake_at_.load();
  if (before + 1 >= wake_at && core_->wake_at_.compare_exchange_strong(wake_at, Core::kNever)) {
    core_->wake();
  }
  return {SendStatus::kAccepted, {id_, ++sent_}};
}

bool Producer::knows(InstrumentHandle instrument, FactorHandle factor) const noexcept {
  const auto& names = core_->log().names;
  return instrument.index < names.instruments.size() && factor.index < names.factors.size();
}

SendResult Producer::send_update(InstrumentHandle instrument, FactorHandle factor, double value,
                                 TimestampNs timestamp) {
  if (!knows(instrument, factor)) return {SendStatus::kMismatch, {}};
  const auto [status, at] = reserve(sizeof(UpdateEntry));
  if (at == nullptr) return {status, {}};
  const UpdateEntry entry{
      {sizeof(UpdateEntry), EntryKind::kUpdate}, instrument.index, factor.index, timestamp, value};
  std::memcpy(at, &entry, sizeof entry);
  return publish();
}

SendResult Producer::send_vector_update(InstrumentHandle instrument, FactorHandle factor,
                                        std::span<const double> values, TimestampNs timestamp) {
  if (!knows(instrument, factor)) return {SendStatus::kMismatch, {}};
  if (values.size() > kVectorLengthMax) return {SendStatus::kTooLarge, {}};
  const auto size = entry_bytes(sizeof(VectorEntry), values.size_bytes());
  const auto [status, at] = reserve(size);
  if (at == nullptr) return {status, {}};
  const VectorEntry entry{{static_cast<std::uint32_t>(size), EntryKind::kVectorUpdate},
                          instrument.index,
                          factor.index,
                          timestamp,
                          values.size()};
  std::memcpy(at, &entry, sizeof entry);
  std::ranges::copy(std::as_bytes(values), at + sizeof entry);
  return publish();
}

SendResult Producer::send_snapshot(InstrumentHandle instrument, TimestampNs timestamp,
                                   std::uint64_t checkpoint_id, ByteView pairs) {
  if (pairs.size() / kPair > kSnapshotFactorsMax) return {SendStatus::kTooLarge, {}};
  const auto size = entry_bytes(sizeof(SnapshotEntry), pairs.size());
  const auto [status, at] = reserve(size);
  if (at == nullptr) return {status, {}};
  const SnapshotEntry entry{{static_cast<std::uint32_t>(size), EntryKind::kSnapshot},
                            instrument.index,
                            static_cast<std::uint32_t>(pairs.size() / kPair),
                            checkpoint_id,
                            timestamp};
  std::memcpy(at, &entry, sizeof entry);
  std::ranges::copy(pairs, at + sizeof entry);
  return publish();
}

SendResult Producer::send_time(TimestampNs timestamp) {
  const auto [status, at] = reserve(sizeof(TimeEntry));
  if (at == nullptr) return {status, {}};
  const TimeEntry entry{{sizeof(TimeEntry), EntryKind::kTime}, timestamp};
  std::memcpy(at, &entry, sizeof entry);
  return publish();
}

SendResult Producer::send_position(ByteView position) {
  const auto size = entry_bytes(sizeof(PositionEntry), position.size());
  const auto [status, at] = reserve(size);
  if (at == nullptr) return {status, {}};
  const PositionEntry entry{{static_cast<std::uint32_t>(size), EntryKind::kPosition},
                            position.size()};
  std::memcpy(at, &entry, sizeof entry);
  std::ranges::copy(position, at + sizeof entry);
  return publish();
}

Producer::TickPlace Producer::reserve_tick(std::size_t value_count, std::size_t position_bytes) {
  const auto [status, at] =
      reserve(entry_bytes(sizeof(TickEntry), value_count * sizeof(double) + position_bytes));
  return {status, at};
}

SendResult Producer::publish_tick(std::byte* at, InstrumentHandle instrument, LayoutHandle layout,
                                  TimestampNs timestamp, std::uint64_t ordinal,
                                  std::span<const double> fields, std::span<const double> factors,
                                  ByteView position) {
  const auto count = fields.size() + factors.size();
  const TickEntry entry{{static_cast<std::uint32_t>(entry_bytes(
                             sizeof(TickEntry), count * sizeof(double) + position.size())),
                         EntryKind::kTick},
                        instrument.index,
                        layout.index,
                        timestamp,
                        ordinal,
                        static_cast<std::uint32_t>(count),
                        static_cast<std::uint32_t>(position.size())};
  std::memcpy(at, &entry, sizeof entry);
  at = std::ranges::copy(std::as_bytes(fields), at + sizeof entry).out;
  at = std::ranges::copy(std::as_bytes(factors), at).out;
  std::ranges::copy(position, at);
  return publish();
}

Result<InstrumentHandle> Producer::instrument(std::string_view id) {
  if (const auto it = instruments_.find(id); it != instruments_.end()) {
    return InstrumentHandle{it->second};
  }
  if (auto done = wal::check_id("instrument id", id); !done) return done.error();
  const auto index = core_->log().names.instruments.intern(id);
  instruments_.emplace(id, index);
  return InstrumentHandle{index};
}

Result<FactorHandle> Producer::factor(std::string_view id) {
  if (const auto it = factors_.find(id); it != factors_.end()) return FactorHandle{it->second};
  if (auto done = wal::check_id("factor id", id); !done) return done.error();
  const auto index = core_->log().names.factors.intern(id);
  factors_.emplace(id, index);
  return FactorHandle{index};
}

}  // namespace factorwal::persist
