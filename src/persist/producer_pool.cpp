#include "persist/producer_pool.h"

#include <algorithm>
#include <bit>

#include "persist/core.h"

namespace factorwal::persist {
namespace {

constexpr std::size_t kChannelBytesMin = std::size_t{64} << 10;
// Rings are made several at a time once there are some: each time the list of rings is stored.
constexpr std::size_t kRingsAtOnce = 32;
constexpr std::size_t kFewProducers = 4;
// Small and free, for the next thread that comes.
constexpr std::size_t kSpareRings = 1;

std::size_t capacity_of(std::size_t channel_bytes) {
  return std::bit_ceil(std::clamp(channel_bytes, kChannelBytesMin, kChannelBytesMax));
}

}  // namespace

ProducerPool::ProducerPool(Core& core)
    : core_(core),
      capacity_(capacity_of(core.config().channel_bytes)),
      kind_(core.config().channel) {}

ProducerPool::~ProducerPool() {
  const std::lock_guard lock(mutex_);
  for (const auto& producer : producers_) producer->end();
}

Result<std::shared_ptr<Producer>> ProducerPool::lease() { return lease(capacity_); }

Result<std::shared_ptr<Producer>> ProducerPool::lease_whole(std::size_t channel_bytes) {
  auto leased = lease(capacity_of(channel_bytes));
  if (!leased) return leased;
  if ((*leased)->make_whole()) return leased;
  // Shared memory has not that much: a new one is made, as a file if need be.
  (*leased)->give_back();
  const std::lock_guard making(making_mutex_);
  const auto capacity = capacity_of(channel_bytes);
  leased = make(capacity, capacity);
  if (!leased) return leased;
  if (auto done = (*leased)->make_whole(); !done) return done.error();
  return leased;
}

ProducerPool::Leased ProducerPool::lease(std::size_t capacity) {
  if (auto free = lease_free(capacity)) return free;
  const std::lock_guard making(making_mutex_);
  if (auto free = lease_free(capacity)) return free;  // made by whom this has waited for
  auto made = make(capacity, kChannelBytesMin);
  if (!made) note_failure(made.error());
  return made;
}

std::shared_ptr<Producer> ProducerPool::lease_free(std::size_t capacity) {
  const std::lock_guard lock(mutex_);
  for (const auto& producer : producers_) {
    if (!producer->try_lease()) continue;
    if (producer->ring().capacity() >= capacity && !producer->condemned()) return producer;
    producer->give_back();
  }
  return nullptr;
}

ProducerPool::Leased ProducerPool::make(std::size_t capacity, std::size_t usable) {
  // A shutdown removes the rings that there are then: none comes after it.
  if (closed_.load()) return Error{Errc::kClosed, "the persister is shut down", 0};
  if (auto done = check_channel_bytes(core_.config().channel_bytes); !done) return done.error();
  const auto known = count_.load();
  if (known + kRingsAtOnce > kProducersMax) {
    return Error{Errc::kInvalidArgument,
                 std::to_string(known) + " threads send already; let some of them end, or share",
                 0};
  }
  const bool several = usable < capacity && known >= kFewProducers;
  auto made = core_.log().rings.make(kind_.load(), capacity, usable,
                                     several ? std::min(known, kRingsAtOnce) : 1);
  if (!made) return made.error();
  const std::lock_guard lock(mutex_);
  if (const auto& why = made->front().fallback; !why.empty()) fallback_ = why;
  std::shared_ptr<Producer> first;
  for (auto& memory : *made) {
    auto producer = seat_for(std::move(memory));
    if (first == nullptr) {
      first = std::move(producer);
    } else {
      producer->give_back();
    }
  }
  return first;
}

/// A producer for a new ring, leased: one whose ring was given back, or a new one. mutex_ must be
/// held.
std::shared_ptr<Producer> ProducerPool::seat_for(channel::RingMemory memory) {
  for (const auto& producer : producers_) {
    if (producer->has_ring()) continue;
    producer->begin(std::move(memory));
    return producer;
  }
  const auto id = static_cast<std::uint32_t>(producers_.size());
  producers_.push_back(std::make_shared<Producer>(core_, id, core_.ticket_tag()));
  producers_.back()->begin(std::move(memory));
  count_.store(producers_.size());
  return producers_.back();
}

void ProducerPool::close() {
  const std::lock_guard making(making_mutex_);
  closed_.store(true);
}

std::shared_ptr<Producer> ProducerPool::find(std::uint32_t id) const {
  const std::lock_guard lock(mutex_);
  return id < producers_.size() ? producers_[id] : nullptr;
}

std::uint64_t ProducerPool::bytes_held() const {
  const std::lock_guard lock(mutex_);
  std::uint64_t bytes = 0;
  for (const auto& producer : producers_) {
    if (producer->has_ring()) bytes += producer->ring().bytes_held();
  }
  return bytes;
}

Status ProducerPool::status() const {
  const std::lock_guard lock(mutex_);
  return status_;
}

std::string ProducerPool::fallback() const {
  const std::lock_guard lock(mutex_);
  return fallback_;
}

void ProducerPool::note_failure(const Error& error) {
  if (const std::unique_lock lock(mutex_, std::try_to_lock); lock.owns_lock()) status_ = error;
}

void ProducerPool::refresh(std::vector<std::shared_ptr<Producer>>& known) {
  if (count_.load() == known.size()) return;
  const std::lock_guard lock(mutex_);
  known = producers_;
}

/// Leased, so that no thread gets them.
std::vector<std::shared_ptr<Producer>> ProducerPool::claim_surplus() {
  const std::lock_guard lock(mutex_);
  std::vector<std::shared_ptr<Producer>> surplus;
  std::size_t small = 0;
  for (const auto& producer : producers_) {
    if (!producer->try_lease()) continue;
    const bool spare = !producer->condemned() && ++small <= kSpareRings;
    if (spare || !producer->is_drained()) {
      producer->give_back();
    } else {
      surplus.push_back(producer);
    }
  }
  return surplus;
}

Status ProducerPool::trim() {
  const auto surplus = claim_surplus();
  trim_memory();
  if (surplus.empty()) return {};
  if (auto done = remove(surplus); !done) {
    for (const auto& producer : surplus) producer->give_back();
    return done;
  }
  const std::lock_guard lock(mutex_);
  for (const auto& producer : surplus) producer->give_ring_back();
  return {};
}

void ProducerPool::trim_memory() {
  const std::lock_guard lock(mutex_);
  for (const auto& producer : producers_) {
    if (producer->has_ring()) producer->trim();
  }
}

Status ProducerPool::remove_all() {
  std::vector<std::shared_ptr<Producer>> all;
  {
    const std::lock_guard lock(mutex_);
    std::ranges::copy_if(producers_, std::back_inserter(all),
                         [](const auto& producer) { return producer->has_ring(); });
  }
  return remove(all);
}

Status ProducerPool::remove(std::span<const std::shared_ptr<Producer>> producers) {
  std::vector<channel::RegisteredRing> rings;
  for (const auto& producer : producers) rings.push_back(producer->registered());
  return core_.log().forget(rings);
}

void ProducerPool::leave(Producer& producer, const Error& why) {
  producer.condemn();
  kind_.store(ChannelKind::kFile);
  if (const std::unique_lock lock(mutex_, std::try_to_lock); lock.owns_lock()) {
    fallback_ = why.message + "; new rings are files in the data directory";
  }
}

bool ProducerPool::condemn_removed() {
  const std::lock_guard lock(mutex_);
  bool any = false;
  for (const auto& producer : producers_) {
    if (!producer->has_ring() || producer->condemned()) continue;
    const auto named = producer->memory().has_name();
    if (named && *named) continue;
    any = true;
    producer->condemn();
    kind_.store(ChannelKind::kFile);
    const auto path =
        channel::ring_path(core_.log().files(), core_.log().directory, producer->registered());
    fallback_ = path +
                " was removed while in use (systemd-logind does that to the files of a user "
                "at their last logout: RemoveIPC in logind.conf); new rings are files in the "
                "data directory";
  }
  return any;
}

}  // namespace factorwal::persist
