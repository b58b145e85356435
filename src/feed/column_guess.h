#pragma once
/// \file
/// For a header that does not fit: the options that probably would make it fit.

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "factorwal/feed/options.h"

namespace factorwal::feed {

struct GuessInput {
  std::string_view file;
  std::span<const std::string> header;
  std::span<const std::vector<std::string>> sample;  ///< the first rows; may be empty
  bool need_instrument = false;
  bool need_stamp = false;
};

/// What FeedOptions would have to say; empty when nothing looks like what is needed.
struct Guess {
  std::vector<ColumnMapping> map;
  std::string instrument;
};
[[nodiscard]] Guess guess_columns(const GuessInput& input);

/// e.g. `--map instrument_id=InstrumentCode,timestamp_ns=TradeTime --instrument X`, with the words
/// of the caller; quoted for a shell where a name needs it.
[[nodiscard]] std::string to_text(const Guess& guess, const FeedWords& words);
[[nodiscard]] std::string map_option(const FeedWords& words, const std::string& pairs);

/// The first line of a file looks like data: no name that is known, mostly numbers.
[[nodiscard]] bool looks_headerless(std::span<const std::string> first_line);

/// `"a", "b"`, cut after some.
[[nodiscard]] std::string quoted_list(std::span<const std::string> names);

}  // namespace factorwal::feed
