#pragma once
/// Which producers the calling thread sends through: one of each persister it has sent to.

#include <memory>
#include <vector>

#include "persist/core.h"

namespace factorwal::persist {

struct Lease {
  std::uint64_t core;
  std::shared_ptr<Producer> producer;
};

/// What a thread knows of its producers. Without a destructor: it can be used until the thread is
/// gone, by the destructors of other thread_locals and of static objects as well.
struct ThreadSlot {
  std::uint64_t core = 0;  // of `producer`, which the last send went through
  Producer* producer = nullptr;
  std::vector<Lease>* leases = nullptr;
  std::atomic<bool> leasing{false};  // a signal handler that interrupts it must not wait for it
  bool ended = false;
};
static_assert(std::is_trivially_destructible_v<ThreadSlot>);
extern constinit thread_local ThreadSlot thread_slot;

/// The producer of the calling thread's last send, if that was through this persister and it still
/// serves; null otherwise. Requires: this is no child process.
[[nodiscard]] inline Producer* producer_at_hand(const Core& core) noexcept {
  if (thread_slot.core != core.id() || thread_slot.producer->condemned()) return nullptr;
  return thread_slot.producer;
}

/// The way of one send. A thread keeps its producer from its first send on. While it ends (another
/// thread_local's destructor, static destruction) it has none any more, and borrows one a send.
class Sender {
 public:
  explicit Sender(Core& core);
  ~Sender();
  Sender(const Sender&) = delete;
  Sender& operator=(const Sender&) = delete;

  [[nodiscard]] Producer* get() const noexcept { return producer_; }
  /// Why there is none.
  [[nodiscard]] SendStatus status() const noexcept { return status_; }

 private:
  Producer* producer_ = nullptr;
  SendStatus status_ = SendStatus::kAccepted;
  std::shared_ptr<Producer> borrowed_;
};

}  // namespace factorwal::persist
