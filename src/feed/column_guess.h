#pragma once
/// \file
/// For a header that does not fit: the options that probably would make it fit.

#include <span>
#include <string>
#include <string_view>

#include "factorwal/feed/options.h"

namespace factorwal::feed {

struct GuessInput {
  std::string_view file;
  std::span<const std::string> header;
  std::span<const std::string> first_row;  ///< may be empty
  bool need_instrument = false;
  bool need_stamp = false;
  const FeedWords& words;
};

/// e.g. `map instrument_id=InstrumentCode,timestamp_ns=TradeTime,last_price=LastPx`; empty when
/// nothing in the header looks like what is needed.
[[nodiscard]] std::string guess_options(const GuessInput& input);

/// The first line of a file looks like data: no name that is known, mostly numbers.
[[nodiscard]] bool looks_headerless(std::span<const std::string> first_line);

/// `"a", "b", "c"`, cut after 40 names.
[[nodiscard]] std::string quoted_list(std::span<const std::string> names);

}  // namespace factorwal::feed
