#pragma once
/// Values as text: for machines (CSV, JSON) and for people (tables, messages).

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>

#include "factorwal/record.h"
#include "factorwal/types.h"

namespace factorwal::tool {

// ---- For machines

/// The shortest form that reads back to the same bits; "inf", "-inf"; nothing for NaN.
void append_number(std::string& out, double value);
void append_number(std::string& out, std::uint64_t value);
void append_number(std::string& out, std::int64_t value);
/// The same as JSON: null for NaN, "inf" and "-inf" as strings.
void append_json_number(std::string& out, double value);
void append_json_array(std::string& out, std::span<const double> values);
/// With quotes.
void append_json_string(std::string& out, std::string_view text);
/// A cell after RFC 4180: quoted when it must be.
void append_csv_text(std::string& out, std::string_view text);

/// Lower-case digits.
[[nodiscard]] std::string to_hex(std::span<const std::byte> bytes);

// ---- For people

/// Ten significant digits; "" for NaN.
[[nodiscard]] std::string readable_number(double value);
/// "1,234,567"
[[nodiscard]] std::string grouped(std::uint64_t value);
/// Of an instrument's tick: "17"; "<=17" behind ticks that are lost and were never counted.
[[nodiscard]] std::string tick_number(const TickNumber& number);
/// "1 row", "1,234 rows"
[[nodiscard]] std::string counted(std::uint64_t count, std::string_view noun);
/// "1.2 GiB"
[[nodiscard]] std::string readable_bytes(std::uint64_t bytes);
/// Safe on a terminal: control bytes become \xNN.
[[nodiscard]] std::string printable(std::string_view text);
/// Terminal columns that UTF-8 text takes.
[[nodiscard]] std::size_t display_width(std::string_view text);

}  // namespace factorwal::tool
