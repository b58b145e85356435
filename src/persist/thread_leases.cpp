#include "persist/thread_leases.h"

#include "base/caught_error.h"
#include "base/no_cancellation.h"

namespace factorwal::persist {

constinit thread_local ThreadSlot thread_slot;

namespace {

/// Gives the producers back when the thread ends.
struct AtThreadEnd {
  ~AtThreadEnd() {
    thread_slot.ended = true;
    thread_slot.core = 0;
    thread_slot.producer = nullptr;
    for (const auto& lease : *thread_slot.leases) lease.producer->give_back();
    delete thread_slot.leases;  // NOLINT(cppcoreguidelines-owning-memory)
    thread_slot.leases = nullptr;
  }
};

std::vector<Lease>& leases() {
  if (thread_slot.leases == nullptr) {
    thread_slot.leases = new std::vector<Lease>;  // NOLINT(cppcoreguidelines-owning-memory)
    thread_local const AtThreadEnd at_thread_end;
    (void)at_thread_end;
  }
  return *thread_slot.leases;
}

Producer* remember(std::uint64_t core, Producer* producer) {
  thread_slot.producer = producer;
  thread_slot.core = core;
  return producer;
}

/// The thread's producer of that persister, which is leased if there is none.
Producer* find_or_lease(Core& core) {
  auto& all = leases();
  // Of persisters that are gone, and those that their rings have been taken from.
  std::erase_if(all, [](const Lease& lease) {
    if (lease.producer->alive() && !lease.producer->condemned()) return false;
    lease.producer->give_back();
    return true;
  });
  for (const auto& lease : all) {
    if (lease.core == core.id()) return remember(core.id(), lease.producer.get());
  }
  auto leased = core.producers().lease();
  if (!leased) return nullptr;
  all.push_back({core.id(), std::move(*leased)});
  return remember(core.id(), all.back().producer.get());
}

}  // namespace

Sender::Sender(Core& core) {
  if (core.forked()) {
    status_ = SendStatus::kForked;
    return;
  }
  producer_ = producer_at_hand(core);
  if (producer_ != nullptr) return;
  const NoCancellation whole;  // rings are made, on files and in lists
  if (thread_slot.ended) {
    if (auto leased = core.producers().lease()) borrowed_ = std::move(*leased);
    producer_ = borrowed_.get();
  } else if (!thread_slot.leasing.exchange(true)) {
    try {
      producer_ = find_or_lease(core);
    } catch (...) {
      core.producers().note_failure(caught_error());
    }
    thread_slot.leasing.store(false);
  }
  if (producer_ == nullptr) status_ = core.no_producer();
}

Sender::~Sender() {
  if (borrowed_) borrowed_->give_back();
}

}  // namespace factorwal::persist
