#include "persist/producer.h"

#include <algorithm>
#include <chrono>

#include "base/no_cancellation.h"
#include "channel/layout_code.h"
#include "persist/quick_update.h"

namespace factorwal::persist {

using channel::entry_bytes;
using channel::EntryKind;
using channel::PositionEntry;
using channel::SnapshotEntry;
using channel::TickEntry;
using channel::TimeEntry;
using channel::UpdateEntry;
using channel::VectorEntry;

namespace {

// A waiter looks again at least this often; the persister wakes it earlier.
constexpr std::chrono::milliseconds kSpaceRecheck{1};
constexpr std::size_t kPair = channel::kSnapshotPairBytes;

/// Word by word, as the entry's sum reads it right after: it would wait for a word that two stores
/// have made. The last word is filled up, for which an entry has the room.
void store_position(std::byte* at, ByteView position) noexcept {
  constexpr std::size_t kWord = sizeof(std::uint64_t);
  const auto* from = position.data();
  for (auto words = position.size() / kWord; words > 0; --words, from += kWord, at += kWord) {
    store(at, load<std::uint64_t>(from));
    asm volatile("" : : : "memory");  // nor wider stores in its place
  }
  const auto rest = position.size() % kWord;
  if (rest == 0) return;
  std::uint64_t last = 0;
  for (std::size_t i = rest; i > 0; --i) {
    last = last << 8U | std::to_integer<std::uint64_t>(from[i - 1]);
  }
  store(at, last);
}

}  // namespace

void Producer::begin(channel::RingMemory memory) {
  memory_ = std::move(memory);
  ring_.emplace(memory_.bytes, memory_.ring.identity, memory_.file != nullptr);
  pages_.emplace(memory_, ring_->capacity());
  ring_->set_ready(pages_->claimed());
  if (memory_.file) file_.emplace(*memory_.file, *ring_);
  // What the log says already needs no definition here.
  const auto& logged = core_->logged_names();
  defined_instruments_.assign(logged.instruments);
  defined_factors_.assign(logged.factors);
  defined_layouts_.assign(logged.layouts);
  marked_ordinal_ = 0;
  trimmed_at_ = 0;
  condemned_.store(false);
  use_.store(Use::kLeased);
}

bool Producer::try_lease() noexcept {
  auto expected = Use::kFree;
  return use_.compare_exchange_strong(expected, Use::kLeased);
}

void Producer::give_back() noexcept {
  auto expected = Use::kLeased;
  use_.compare_exchange_strong(expected, Use::kFree);
}

Status Producer::make_whole() {
  auto done = pages_->claim_whole();
  ring_->set_ready(pages_->claimed());
  return done;
}

void Producer::give_ring_back() {
  sent_before_ = taken();
  use_.store(Use::kNoRing);
  file_.reset();
  pages_.reset();
  ring_.reset();
  memory_ = {};
}

void Producer::trim() {
  // A sender that comes round soon would only have to take it again.
  const auto published = ring_->published();
  const bool slow = published - std::exchange(trimmed_at_, published) < ring_->capacity() / 4;
  if (slow) pages_->give_back(ring_->released());
}

void Producer::release() {
  if (file_) {
    // Not released then, so that the file never says less than the process: the next commit tries
    // again.
    if (auto done = file_->write_release(); !done)
      return core_->producers().note_failure(done.error());
  }
  ring_->release();
}

void Producer::end() {
  alive_.store(false);
  use_.store(Use::kNoRing);
  file_.reset();
  pages_.reset();
  ring_.reset();
  memory_ = {};
  instruments_ = {};
  factors_ = {};
}

std::size_t Producer::entry_bytes_max() const noexcept {
  return std::min(ring_->entry_bytes_max(), wal::kRecordBytesMax);
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
  if (auto* entry = ring_->reserve(size)) return {SendStatus::kAccepted, entry};
  return reserve_slowly(size);
}

Producer::Place Producer::reserve_slowly(std::size_t size) {
  const NoCancellation whole;
  const auto needed = ring_->find_space(size);
  if (needed == 0) return wait_for_space(size);
  if (auto done = pages_->claim(needed); !done) {
    if (registered().kind == ChannelKind::kShm) core_->producers().leave(*this, done.error());
    core_->producers().note_failure(done.error());
    return {SendStatus::kNoChannel, nullptr};
  }
  ring_->set_ready(pages_->claimed());
  return {SendStatus::kAccepted, ring_->reserve(size)};
}

Producer::Place Producer::wait_for_space(std::size_t size) {
  if (core_->config_.when_full == FactorWalConfig::WhenFull::kRefuse) {
    core_->refusals_.fetch_add(1, std::memory_order_relaxed);
    // A commit makes space; nothing else that waits might start one. Failing storage makes none.
    if (!core_->degraded()) core_->hurry();
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
    if (ring_->find_space(size) != 0) break;
    if (core_->stepped_) {
      lock.unlock();
      (void)core_->step();
      lock.lock();
      continue;
    }
    core_->space_cv_.wait_for(lock, kSpaceRecheck);
  }
  lock.unlock();
  core_->space_waiters_.fetch_sub(1);
  return place.status == SendStatus::kAccepted ? reserve(size) : place;
}

SendResult Producer::publish(EntryKind kind) {
  const auto before = core_->count_record();
  if ((before & Core::kClosedBit) != 0) return {SendStatus::kClosed, {}};
  // The order of these numbers is the order of acceptance, over all rings.
  const auto ordinal = show(kind, core_->first_stamp_ + before);
  if (!ordinal) return {SendStatus::kStopped, {}};
  core_->wake_when_due(before + 1);
  return {SendStatus::kAccepted, {id_, sent_before_ + *ordinal}};
}

std::optional<std::uint64_t> Producer::show(EntryKind kind, std::uint64_t stamp) {
  if (!file_) return ring_->publish(kind, stamp);
  // A thread that ended here would leave a record that is counted and never comes.
  const NoCancellation whole;
  const auto ordinal = ring_->seal(kind, stamp);
  if (auto done = file_->write_sealed(); !done && !core_->goes_on_without(done.error())) return {};
  ring_->show();
  return ordinal;
}

SendStatus Producer::define(InstrumentHandle instrument) {
  if (defined_instruments_.contains(instrument.index)) return SendStatus::kAccepted;
  const auto id = core_->log().names.instruments.name(instrument.index);
  if (!id) return SendStatus::kMismatch;
  return define_new(defined_instruments_, EntryKind::kInstrument, instrument.index, as_bytes(*id));
}

SendStatus Producer::define(FactorHandle factor) {
  if (defined_factors_.contains(factor.index)) return SendStatus::kAccepted;
  const auto id = core_->log().names.factors.name(factor.index);
  if (!id) return SendStatus::kMismatch;
  return define_new(defined_factors_, EntryKind::kFactor, factor.index, as_bytes(*id));
}

SendStatus Producer::define(LayoutHandle layout) {
  if (defined_layouts_.contains(layout.index)) return SendStatus::kAccepted;
  const auto* found = core_->log().names.layouts.get(layout.index);
  if (found == nullptr) return SendStatus::kMismatch;
  Bytes content;
  channel::put_layout(content, *found);
  return define_new(defined_layouts_, EntryKind::kLayout, layout.index, content);
}

SendStatus Producer::define_new(HandleSet& defined, EntryKind kind, std::uint32_t handle,
                                ByteView content) {
  const auto size = entry_bytes(sizeof(channel::DefinitionEntry), content.size());
  const auto [status, at] = reserve(size);
  if (at == nullptr) return status;
  const channel::DefinitionEntry entry{{}, handle, static_cast<std::uint32_t>(content.size())};
  std::memcpy(at, &entry, sizeof entry);
  std::ranges::copy(content, at + sizeof entry);
  // Not counted: it wakes nobody, and its record follows.
  if (!show(kind, 0)) return SendStatus::kStopped;
  defined.insert(handle);
  return SendStatus::kAccepted;
}

SendResult Producer::send_update(InstrumentHandle instrument, FactorHandle factor, double value,
                                 TimestampNs timestamp) {
  if (SendResult sent; quick_update(instrument, factor, value, timestamp, sent)) return sent;
  const Turn turn(*this);
  if (!turn.mine()) return {SendStatus::kBusy, {}};
  if (const auto known = define(instrument, factor); known != SendStatus::kAccepted) {
    return {known, {}};
  }
  const auto [status, at] = reserve(sizeof(UpdateEntry));
  if (at == nullptr) return {status, {}};
  const UpdateEntry entry{{}, instrument.index, factor.index, timestamp, value};
  std::memcpy(at, &entry, sizeof entry);
  return publish(EntryKind::kUpdate);
}

SendResult Producer::send_vector_update(InstrumentHandle instrument, FactorHandle factor,
                                        std::span<const double> values, TimestampNs timestamp) {
  const Turn turn(*this);
  if (!turn.mine()) return {SendStatus::kBusy, {}};
  if (values.size() > kVectorLengthMax) return {SendStatus::kTooLarge, {}};
  if (const auto known = define(instrument, factor); known != SendStatus::kAccepted) {
    return {known, {}};
  }
  const auto size = entry_bytes(sizeof(VectorEntry), values.size_bytes());
  const auto [status, at] = reserve(size);
  if (at == nullptr) return {status, {}};
  const VectorEntry entry{{}, instrument.index, factor.index, timestamp, values.size()};
  std::memcpy(at, &entry, sizeof entry);
  std::ranges::copy(std::as_bytes(values), at + sizeof entry);
  return publish(EntryKind::kVectorUpdate);
}

SendResult Producer::send_snapshot(InstrumentHandle instrument, TimestampNs timestamp,
                                   std::uint64_t checkpoint_id, ByteView pairs) {
  const Turn turn(*this);
  if (!turn.mine()) return {SendStatus::kBusy, {}};
  if (pairs.size() / kPair > kSnapshotFactorsMax) return {SendStatus::kTooLarge, {}};
  auto known = define(instrument);
  for (std::size_t i = 0; i < pairs.size() && known == SendStatus::kAccepted; i += kPair) {
    known = define(FactorHandle{load<std::uint32_t>(pairs.data() + i)});
  }
  if (known != SendStatus::kAccepted) return {known, {}};
  const auto size = entry_bytes(sizeof(SnapshotEntry), pairs.size());
  const auto [status, at] = reserve(size);
  if (at == nullptr) return {status, {}};
  const SnapshotEntry entry{{},
                            instrument.index,
                            static_cast<std::uint32_t>(pairs.size() / kPair),
                            checkpoint_id,
                            timestamp};
  std::memcpy(at, &entry, sizeof entry);
  std::ranges::copy(pairs, at + sizeof entry);
  return publish(EntryKind::kSnapshot);
}

SendResult Producer::send_time(TimestampNs timestamp) {
  const Turn turn(*this);
  if (!turn.mine()) return {SendStatus::kBusy, {}};
  const auto [status, at] = reserve(sizeof(TimeEntry));
  if (at == nullptr) return {status, {}};
  const TimeEntry entry{{}, timestamp};
  std::memcpy(at, &entry, sizeof entry);
  return publish(EntryKind::kTime);
}

SendResult Producer::send_position(ByteView position) {
  const Turn turn(*this);
  if (!turn.mine()) return {SendStatus::kBusy, {}};
  const auto size = entry_bytes(sizeof(PositionEntry), position.size());
  const auto [status, at] = reserve(size);
  if (at == nullptr) return {status, {}};
  const PositionEntry entry{{}, position.size()};
  std::memcpy(at, &entry, sizeof entry);
  std::ranges::copy(position, at + sizeof entry);
  return publish(EntryKind::kPosition);
}

Producer::TickPlace Producer::reserve_tick(InstrumentHandle instrument, LayoutHandle layout,
                                           std::size_t value_count, std::size_t position_bytes) {
  if (sending_.load(std::memory_order_relaxed)) return {SendStatus::kBusy, nullptr};
  begin_sending();  // until it is published
  auto status = define(instrument);
  if (status == SendStatus::kAccepted) status = define(layout);
  Place place{status, nullptr};
  if (status == SendStatus::kAccepted) {
    place = reserve(entry_bytes(sizeof(TickEntry), value_count * sizeof(double) + position_bytes));
  }
  if (place.entry == nullptr) end_sending();
  return {place.status, place.entry};
}

SendResult Producer::publish_tick(std::byte* at, InstrumentHandle instrument, LayoutHandle layout,
                                  TimestampNs timestamp, TickNumber number,
                                  std::span<const double> fields, std::span<const double> factors,
                                  ByteView position) {
  const auto count = fields.size() + factors.size();
  // As TickEntry has it; not as a whole, which would wait for its parts on the stack.
  store(at + offsetof(TickEntry, instrument), instrument.index | std::uint64_t{layout.index} << 32);
  store(at + offsetof(TickEntry, timestamp_ns), timestamp);
  store(at + offsetof(TickEntry, ordinal), number.ordinal);
  store(at + offsetof(TickEntry, value_count), count | std::uint64_t{position.size()} << 32);
  at += sizeof(TickEntry);
  at = std::ranges::copy(std::as_bytes(fields), at).out;
  at = std::ranges::copy(std::as_bytes(factors), at).out;
  store_position(at, position);
  const auto sent = publish(number.counted ? EntryKind::kTick : EntryKind::kUncountedTick);
  end_sending();
  return sent;
}

Result<InstrumentHandle> Producer::instrument(std::string_view id) {
  if (const auto it = instruments_.find(id); it != instruments_.end()) {
    return InstrumentHandle{it->second};
  }
  if (auto done = wal::check_id("instrument id", id); !done) return done.error();
  const auto index = core_->log().names.instruments.try_intern(id);
  if (!index) return index.error();
  instruments_.emplace(id, *index);
  return InstrumentHandle{*index};
}

Result<FactorHandle> Producer::factor(std::string_view id) {
  if (const auto it = factors_.find(id); it != factors_.end()) return FactorHandle{it->second};
  if (auto done = wal::check_id("factor id", id); !done) return done.error();
  const auto index = core_->log().names.factors.try_intern(id);
  if (!index) return index.error();
  factors_.emplace(id, *index);
  return FactorHandle{*index};
}

}  // namespace factorwal::persist
