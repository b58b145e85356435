#pragma once
/// Which producers the calling thread sends through: one of each persister it has sent to.

#include <memory>

#include "persist/producer.h"

namespace factorwal::persist {

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
