#pragma once
/// Event times on the command line and in tables.

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "factorwal/result.h"
#include "factorwal/types.h"

namespace factorwal::tool {

/// Nanoseconds since the Unix epoch, or ISO 8601: UTC unless an offset is given.
[[nodiscard]] Result<TimestampNs> parse_time(std::string_view text);

/// A point in time, or the begin of a day.
struct AskedTime {
  TimestampNs time_ns = 0;          ///< of a day: in UTC
  std::optional<std::int32_t> day;  ///< since 1970-01-01, where the text is a date alone
};
[[nodiscard]] Result<AskedTime> parse_time_or_day(std::string_view text);

/// How many digits of a second `time_ns` needs: 0, 3, 6 or 9.
[[nodiscard]] int fraction_digits(TimestampNs time_ns);
/// `2021-01-04T09:30:00.500Z`; "" for kNoTimestamp.
[[nodiscard]] std::string iso_time(TimestampNs time_ns, int digits);
[[nodiscard]] std::string iso_time(TimestampNs time_ns);

}  // namespace factorwal::tool
