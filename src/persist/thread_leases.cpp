#include "persist/thread_leases.h"

#include <vector>

#include "base/caught_error.h"
#include "base/no_cancellation.h"
#include "persist/core.h"

namespace factorwal::persist {
namespace {

struct Lease {
  std::uint64_t core;
  std::shared_ptr<Producer> producer;
};

/// What a thread knows of its producers. Without a destructor: it can be used until the thread is
/// gone, by the destructors of other thread_locals and of static objects as well.
struct Slot {
  std::uint64_t core = 0;  // of `producer`, which the last send went through
  Producer* producer = nullptr;
  std::vector<Lease>* leases = nullptr;
  std::atomic<bool> leasing{false};  // a signal handler that interrupts it must not wait for it
  bool ended = false;
};
static_assert(std::is_trivially_destructible_v<Slot>);
constinit thread_local Slot slot;

/// Gives the producers back when the thread ends.
struct AtThreadEnd {
  ~AtThreadEnd() {
    slot.ended = true;
    slot.core = 0;
    slot.producer = nullptr;
    for (const auto& lease : *slot.leases) lease.producer->give_back();
    delete slot.leases;  // NOLINT(cppcoreguidelines-owning-memory)
    slot.leases = nullptr;
  }
};

std::vector<Lease>& leases() {
  if (slot.leases == nullptr) {
    slot.leases = new std::vector<Lease>;  // NOLINT(cppcoreguidelines-owning-memory)
    thread_local const AtThreadEnd at_thread_end;
    (void)at_thread_end;
  }
  return *slot.leases;
}

Producer* remember(std::uint64_t core, Producer* producer) {
  slot.producer = producer;
  slot.core = core;
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
  if (slot.core == core.id() && !slot.producer->condemned()) {
    producer_ = slot.producer;
    return;
  }
  const NoCancellation whole;  // rings are made, on files and in lists
  if (slot.ended) {
    if (auto leased = core.producers().lease()) borrowed_ = std::move(*leased);
    producer_ = borrowed_.get();
  } else if (!slot.leasing.exchange(true)) {
    try {
      producer_ = find_or_lease(core);
    } catch (...) {
      core.producers().note_failure(caught_error());
    }
    slot.leasing.store(false);
  }
  if (producer_ == nullptr) status_ = core.no_producer();
}

Sender::~Sender() {
  if (borrowed_) borrowed_->give_back();
}

}  // namespace factorwal::persist
