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

/// The interned form of an instrument id, for the engine or persister that gave it, as long as it
/// is open: take it again after every open. A number alone would be another instrument in another
/// run, because the log defines an id with the first record that uses it, and a process that is
/// killed may have given numbers that its log never saw. So a handle carries the tag of the open
/// log that gave it, and every call refuses one of another open, or one that was made by hand.
/// Handles in the records of a RecordStream have no tag: they number that stream's ids.
struct InstrumentHandle {
  std::uint32_t index = std::numeric_limits<std::uint32_t>::max();
  std::uint32_t tag = 0;  ///< of the open log, not 0; 0: of none
  [[nodiscard]] constexpr bool valid() const noexcept {
    return index != std::numeric_limits<std::uint32_t>::max();
  }
  friend constexpr bool operator==(InstrumentHandle, InstrumentHandle) = default;
};

/// The interned form of a factor id, as InstrumentHandle is of an instrument's.
struct FactorHandle {
  std::uint32_t index = std::numeric_limits<std::uint32_t>::max();
  std::uint32_t tag = 0;
  [[nodiscard]] constexpr bool valid() const noexcept {
    return index != std::numeric_limits<std::uint32_t>::max();
  }
  friend constexpr bool operator==(FactorHandle, FactorHandle) = default;
};

/// What a send gives back: the producer that sent and the count of its sends so far (from 1). The
/// `wait_durable` of the persister or engine that gave it takes it, and refuses one of another, or
/// of an earlier open: what was accepted before an open is durable behind it.
struct Ticket {
  std::uint32_t producer = 0;
  std::uint32_t tag = 0;  ///< of the persister, in this process; 0: of none
  std::uint64_t ordinal = 0;
  friend constexpr bool operator==(Ticket, Ticket) = default;
};

}  // namespace factorwal

template <>
struct std::hash<factorwal::InstrumentHandle> {
  std::size_t operator()(factorwal::InstrumentHandle handle) const noexcept {
    return std::hash<std::uint64_t>{}(std::uint64_t{handle.tag} << 32 | handle.index);
  }
};

template <>
struct std::hash<factorwal::FactorHandle> {
  std::size_t operator()(factorwal::FactorHandle handle) const noexcept {
    return std::hash<std::uint64_t>{}(std::uint64_t{handle.tag} << 32 | handle.index);
  }
};
