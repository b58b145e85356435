#pragma once
/// \file
/// The answer to a tick.

#include <span>

#include "factorwal/persister.h"

namespace factorwal {

struct [[nodiscard]] TickResult {
  SendStatus status = SendStatus::kAccepted;
  /// Factor values in the order of the factors; NaN is missing. Valid until the next tick. Empty
  /// when the tick was not accepted.
  std::span<const double> values;
  Ticket ticket;
  [[nodiscard]] bool accepted() const noexcept { return status == SendStatus::kAccepted; }
  explicit operator bool() const noexcept { return accepted(); }
};

}  // namespace factorwal
