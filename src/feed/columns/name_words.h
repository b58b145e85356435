#pragma once
/// \file
/// What the name of a column says, word by word.

#include <initializer_list>
#include <span>
#include <string>
#include <string_view>

namespace factorwal::feed {

using NameParts = std::span<const std::string_view>;

/// Whether a name consists of such words alone, with one of each of `needed` among them:
/// `LastPrice`, `last_price`, `LAST PRICE` and `lastprice` all are `last` and `price`. A name with
/// any other word in it means something else: `price_limit` is no price.
[[nodiscard]] bool made_of(std::string_view name, std::initializer_list<NameParts> needed,
                           NameParts around);

/// The words in lower case, parted by spaces: `bids 0 price` of `bids[0].price`.
[[nodiscard]] std::string words_of(std::string_view name);

}  // namespace factorwal::feed
