#pragma once
/// \file
/// What the names in a header usually mean.

#include <optional>
#include <span>
#include <string>
#include <string_view>

namespace factorwal::feed {

/// A column's part in a tick when it is not a field.
enum class ColumnRole { kNone, kInstrument, kStamp, kDate, kTimeOfDay, kMilliseconds };

/// Without the brackets of MetaTrader's `<DATE>`, a unit behind a Chinese name, and a Chinese name
/// behind an English one (`price/价格`).
[[nodiscard]] std::string_view bare_name(std::string_view name);

/// Of the bare name: `BidPrice1`, `bid-price1` and `Bid Price1` all become `bid_price1`.
[[nodiscard]] std::string snake_case(std::string_view name);

/// The role that a name tells without doubt; `rank` orders the names of one role, best first.
struct RoleGuess {
  ColumnRole role = ColumnRole::kNone;
  int rank = 0;
};
[[nodiscard]] RoleGuess role_of(std::string_view name);
/// The market that a symbol is of.
[[nodiscard]] bool names_an_exchange(std::string_view name);
/// The day that a session belongs to, for running totals.
[[nodiscard]] bool names_a_trading_day(std::string_view name);
/// What was traded, where the file has a price and no volume: size, qty, quantity.
[[nodiscard]] bool names_a_size(std::string_view name);

/// The canonical field that a name means (case and separators aside), if it is one of those that
/// ticks and bars usually have.
[[nodiscard]] std::optional<std::string> known_field(std::string_view name);
/// The same in a header whose levels may count from 0: `bid_price_0` is the best bid.
[[nodiscard]] std::optional<std::string> known_field(std::string_view name,
                                                     std::span<const std::string> header);

}  // namespace factorwal::feed
