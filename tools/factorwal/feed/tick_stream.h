#pragma once
/// \file
/// Rows of ticks, one after the other, wherever they come from.

#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>

#include "factorwal/result.h"
#include "factorwal/tick.h"
#include "feed/feed_position.h"
#include "feed/feed_report.h"

namespace factorwal::feed {

enum class FeedStep : std::uint8_t { kRow = 1, kEnd = 2, kFailed = 3 };

/// One row. `values` is valid until the next call; `instrument_id` as long as the stream.
struct TickRow {
  std::string_view instrument_id;
  std::uint32_t instrument_index = 0;  ///< dense, by first appearance in this stream
  TimestampNs timestamp_ns = 0;
  std::span<const double> values;  ///< of the schema's length and order; NaN is missing
  std::size_t file_index = 0;
  std::uint64_t row_number = 0;  ///< in its file, from 0; counts bad rows too
  FeedPosition position;         ///< where to go on after this row
  std::uint64_t line = 0;        ///< in its file, from 1; 0 where there is none
};

class TickStream {
 public:
  TickStream() = default;
  TickStream(const TickStream&) = delete;
  TickStream& operator=(const TickStream&) = delete;
  virtual ~TickStream() = default;

  [[nodiscard]] virtual const TickSchema& schema() const = 0;
  /// kRow fills `row`. After kFailed, `error()` says why, and every later call gives kFailed.
  [[nodiscard]] virtual FeedStep next(TickRow& row) = 0;
  [[nodiscard]] virtual const Error& error() const = 0;
  [[nodiscard]] virtual const FeedReport& report() const = 0;
};

}  // namespace factorwal::feed
