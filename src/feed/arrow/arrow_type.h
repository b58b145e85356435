#pragma once
/// \file
/// What the type of an Arrow column says.

#include <cstdint>
#include <memory>
#include <string>

#include "factorwal/arrow_c.h"

namespace factorwal::feed {

enum class ArrowKind : std::uint8_t {
  kNull,
  kBool,
  kInt8,
  kInt16,
  kInt32,
  kInt64,
  kUint8,
  kUint16,
  kUint32,
  kUint64,
  kHalf,
  kFloat,
  kDouble,
  kDecimal,
  kText,       ///< offsets of 32 bits
  kLargeText,  ///< offsets of 64 bits
  kTextView,
  kDate,
  kTime,
  kTimestamp,
  kOther,  ///< neither a number nor a text nor a time
};

struct ArrowType {
  ArrowKind kind = ArrowKind::kOther;
  std::string name;             ///< for messages, e.g. timestamp[us, UTC]
  std::int64_t per_second = 1;  ///< of times and timestamps; dates in milliseconds have 1,000
  bool has_zone = false;        ///< a timestamp's numbers are of UTC
  int width_bytes = 8;          ///< of a decimal, date or time
  int scale = 0;                ///< of a decimal
  std::shared_ptr<const ArrowType> values;  ///< behind a dictionary, whose places are `kind`

  /// Of what a cell is, dictionary or not.
  [[nodiscard]] const ArrowType& value_type() const noexcept { return values ? *values : *this; }
  [[nodiscard]] bool is_date() const noexcept { return value_type().kind == ArrowKind::kDate; }
  [[nodiscard]] bool is_time() const noexcept { return value_type().kind == ArrowKind::kTime; }
  [[nodiscard]] bool is_timestamp() const noexcept {
    return value_type().kind == ArrowKind::kTimestamp;
  }
  /// A date, a time of day, or both.
  [[nodiscard]] bool is_temporal() const noexcept {
    return is_date() || is_time() || is_timestamp();
  }
  [[nodiscard]] bool is_text() const noexcept {
    const ArrowKind of = value_type().kind;
    return of == ArrowKind::kText || of == ArrowKind::kLargeText || of == ArrowKind::kTextView;
  }
  [[nodiscard]] bool is_other() const noexcept { return value_type().kind == ArrowKind::kOther; }
};

/// Never fails: a type that is not known is kOther.
[[nodiscard]] ArrowType arrow_type(const ArrowSchema& schema);

}  // namespace factorwal::feed
