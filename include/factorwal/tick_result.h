#pragma once
/// \file
/// The answer to a tick.

#include <cstddef>
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

/// The answer to a batch of ticks.
struct [[nodiscard]] TicksResult {
  std::size_t accepted_count = 0;  ///< of the first ticks, without a gap
  /// The answer to the first tick that was not accepted, at `accepted_count`; else kAccepted.
  SendStatus status = SendStatus::kAccepted;
  Ticket ticket;  ///< of the last accepted one
  [[nodiscard]] bool accepted() const noexcept { return status == SendStatus::kAccepted; }
  explicit operator bool() const noexcept { return accepted(); }
};

}  // namespace factorwal
