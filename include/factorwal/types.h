#pragma once
/// \file
/// The small value types that every other header speaks in.
///
/// In all headers of factorwal: not thread-safe unless said; times are nanoseconds since the Unix
/// epoch, UTC, unless the name says otherwise; a missing number is NaN.

#include <cstdint>
#include <functional>
#include <limits>

namespace factorwal {

/// An event time: nanoseconds since the Unix epoch, UTC.
using TimestampNs = std::int64_t;

/// The position of a record in the log: dense, from 1; 0 means "none yet".
using Sequence = std::uint64_t;

/// The interned form of an instrument id. Valid within the engine or persister that gave it,
/// and, because the log defines it, in every later run on the same data directory.
struct InstrumentHandle {
  std::uint32_t index = std::numeric_limits<std::uint32_t>::max();
  [[nodiscard]] constexpr bool valid() const noexcept {
    return index != std::numeric_limits<std::uint32_t>::max();
  }
  friend constexpr bool operator==(InstrumentHandle, InstrumentHandle) = default;
};

/// The interned form of a factor id. Same lifetime as InstrumentHandle.
struct FactorHandle {
  std::uint32_t index = std::numeric_limits<std::uint32_t>::max();
  [[nodiscard]] constexpr bool valid() const noexcept {
    return index != std::numeric_limits<std::uint32_t>::max();
  }
  friend constexpr bool operator==(FactorHandle, FactorHandle) = default;
};

/// What a send gives back: the producer that sent and the count of its sends so far (from 1).
/// `wait_durable` takes it.
struct Ticket {
  std::uint32_t producer = 0;
  std::uint64_t ordinal = 0;
  friend constexpr bool operator==(Ticket, Ticket) = default;
};

}  // namespace factorwal

template <>
struct std::hash<factorwal::InstrumentHandle> {
  std::size_t operator()(factorwal::InstrumentHandle handle) const noexcept {
    return std::hash<std::uint32_t>{}(handle.index);
  }
};

template <>
struct std::hash<factorwal::FactorHandle> {
  std::size_t operator()(factorwal::FactorHandle handle) const noexcept {
    return std::hash<std::uint32_t>{}(handle.index);
  }
};
