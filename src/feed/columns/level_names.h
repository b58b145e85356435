#pragma once
/// \file
/// Names of the levels of an order book.

#include <optional>
#include <string>
#include <string_view>

namespace factorwal::feed {

/// One side's price or volume at one level.
struct BookLevel {
  bool bid = false;
  bool volume = false;
  int number = 1;            ///< 1 is the best
  bool may_be_zero = false;  ///< `bid_price_1` is the second best where there is a `bid_price_0`
};

/// Of a name in snake case: `bids[0]_price` (Tardis), `bid_px_00` (Databento), `bid_price_1`,
/// `bid_size_1`, `ask_vol1`, `best_bid_qty`, `bsize`, `申买价一`, `买一量`, `卖2价`. Nothing for
/// others; for `bid_price_0` number 0.
[[nodiscard]] std::optional<BookLevel> book_level(std::string_view name);

/// bid, ask_volume, bid2, ask_volume10.
[[nodiscard]] std::string field_of(const BookLevel& level);

}  // namespace factorwal::feed
