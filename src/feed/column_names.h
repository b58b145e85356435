#pragma once
/// \file
/// What the names in a header usually mean.

#include <optional>
#include <string>
#include <string_view>

namespace factorwal::feed {

/// A column's part in a tick when it is not a field.
enum class ColumnRole { kNone, kInstrument, kStamp, kDate, kTimeOfDay, kMilliseconds };

/// `BidPrice1`, `bid-price1` and `Bid Price1` all become `bid_price1`.
[[nodiscard]] std::string snake_case(std::string_view name);

/// The role that a name tells without doubt; `rank` orders the names of one role, best first.
struct RoleGuess {
  ColumnRole role = ColumnRole::kNone;
  int rank = 0;
};
[[nodiscard]] RoleGuess role_of(std::string_view name);

/// The canonical field that a name means (case and separators aside), if it is one of those that
/// ticks and bars usually have.
[[nodiscard]] std::optional<std::string> known_field(std::string_view name);

}  // namespace factorwal::feed
