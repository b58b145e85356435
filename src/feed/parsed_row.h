#pragma once
/// \file
/// The parts of a good row.

#include <cstdint>
#include <span>
#include <string_view>

#include "factorwal/types.h"

namespace factorwal::feed {

/// A cell that does not tell the trading day: the instrument's last one goes on.
inline constexpr std::int64_t kSameTradingDay = -1;

/// Views into the row's source; valid until its next row.
struct ParsedRow {
  std::string_view instrument_id;
  std::string_view exchange;  ///< where the layout has one
  TimestampNs timestamp_ns = 0;
  std::int64_t trading_day = 0;  ///< the column's digits; 0 without a column
  std::span<double> values;
};

}  // namespace factorwal::feed
