#pragma once
/// \file
/// What the names of files say about their rows.

#include <string>
#include <string_view>

namespace factorwal::feed {

/// The instrument of a file that has one: its name without folders, endings, dates, and the words
/// for kinds of data at either end: `BTCUSDT` of `x/BTCUSDT-1m-2024-01.csv.gz`, `rb2105` of
/// `rb2105_20210104.csv`. Empty when nothing is left, and for standard input.
[[nodiscard]] std::string instrument_of_name(std::string_view path);

/// Nobody but an instrument is called so: capitals and digits, and no word like DATA; or
/// SHFE.rb.HOT and its like.
[[nodiscard]] bool is_plain_instrument(std::string_view id);

/// Whether it ends with what may be a year (`BTC-USD_2020`): an id that it is no part of would be
/// another one each year.
[[nodiscard]] bool may_end_with_year(std::string_view id) noexcept;

}  // namespace factorwal::feed
