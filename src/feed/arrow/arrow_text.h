#pragma once
/// \file
/// Numbers, dates and times of Arrow's types as texts.

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>

namespace factorwal::feed {

/// `2020-03-02`. A year that has not four digits gives what no reader takes for a date.
std::size_t write_date(std::int64_t days, std::span<char> into);
/// `09:30:00.000000001`; 24 hours and more, and less than none, give what no reader takes for one.
std::size_t write_time(std::int64_t seconds, std::int64_t nanoseconds, std::span<char> into);
/// `-123.45`: a decimal of `limbs` (little-endian, two's complement).
[[nodiscard]] std::string decimal_text(std::span<const std::uint64_t> limbs, int scale);

[[nodiscard]] double half_to_double(std::uint16_t bits) noexcept;

}  // namespace factorwal::feed
