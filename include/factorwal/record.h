#pragma once
/// \file
/// What the log gives back: one record at a time, with names resolved.

#include <cstddef>
#include <cstdint>
#include <limits>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "factorwal/export.h"
#include "factorwal/types.h"

namespace factorwal {

enum class RecordType : std::uint8_t {
  kUpdate,         ///< one factor's value
  kVectorUpdate,   ///< one factor's vector
  kSnapshot,       ///< every factor of an instrument; replaces its earlier values
  kTick,           ///< a tick's fields and the factor values it made
  kTime,           ///< `advance_time`
  kPosition,       ///< how far a source has been read
  kOperatorState,  ///< the operators of one instrument, as of one of its ticks
};

/// "update", "vector_update", ...
[[nodiscard]] FACTORWAL_EXPORT std::string_view to_string(RecordType type) noexcept;

/// A time that is not known, e.g. of a snapshot of an instrument that has no events.
inline constexpr TimestampNs kNoTimestamp = std::numeric_limits<TimestampNs>::min();

/// Which of its instrument's ticks one is, from 1. Lost ticks count as well.
struct TickNumber {
  std::uint64_t ordinal = 0;
  /// False: earlier ticks are lost and nobody knows how many, so that `ordinal` is the greatest
  /// that it can be. Stays so for all later ticks of the instrument, until it begins again at 1.
  bool counted = true;
  friend bool operator==(const TickNumber&, const TickNumber&) = default;
};

/// The columns of a tick record: fields in, factors out.
struct TickLayout {
  std::vector<std::string> fields;
  std::vector<std::string> factors;
  std::string factor_text;  ///< canonical factor set; empty when the factors are user objects
  friend bool operator==(const TickLayout&, const TickLayout&) = default;
};

/// The interned form of a TickLayout.
struct LayoutHandle {
  std::uint32_t index = std::numeric_limits<std::uint32_t>::max();
  friend constexpr bool operator==(LayoutHandle, LayoutHandle) = default;
};

struct FactorValue {
  FactorHandle factor;
  std::string_view factor_id;
  double value = 0;
};

/// One record. Which members hold something depends on `type`. Views stay valid until the reader
/// moves on.
struct LogRecord {
  RecordType type = RecordType::kUpdate;
  Sequence sequence = 0;  ///< 0 for kOperatorState, which has none
  InstrumentHandle instrument;
  std::string_view instrument_id;
  FactorHandle factor;  ///< kUpdate, kVectorUpdate
  std::string_view factor_id;
  TimestampNs timestamp_ns = kNoTimestamp;
  double value = 0;                      ///< kUpdate
  std::span<const double> values;        ///< kVectorUpdate; kTick, kOperatorState: factor values
  std::span<const FactorValue> factors;  ///< kSnapshot
  std::uint64_t checkpoint_id = 0;       ///< kSnapshot
  LayoutHandle layout_handle;            ///< kTick, kOperatorState
  const TickLayout* layout = nullptr;    ///< kTick, kOperatorState
  std::span<const double> fields;        ///< kTick: inputs, in the layout's order
  TickNumber tick_number;                ///< kTick; kOperatorState: of the last tick in it
  std::span<const std::byte> position;   ///< kTick, kPosition: the source's position
  std::span<const std::byte> state;      ///< kOperatorState
};

}  // namespace factorwal
