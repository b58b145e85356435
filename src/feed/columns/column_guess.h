#pragma once
/// \file
/// For a header that does not fit: the options that probably would make it fit.

#include <cstddef>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "factorwal/feed/options.h"
#include "feed/number.h"

namespace factorwal::feed {

struct GuessInput {
  std::string_view file;
  std::span<const std::string> header;
  std::span<const std::vector<std::string>> sample;  ///< the first rows; may be empty
  bool need_instrument = false;
  bool need_stamp = false;
  std::vector<bool> used{};           ///< by column: it has a meaning already
  std::vector<bool> no_field{};       ///< by column: it is not to be a field
  std::vector<std::string> fields{};  ///< canonical: those that have a column
  std::vector<NumberForm> numbers{};  ///< by column; empty: all plain
  bool several_files = false;
};

/// What FeedOptions would have to say. Every column named was seen to fit in all rows of the
/// sample. Several stamps or instruments: equally likely, so that the user has to choose.
struct Guess {
  std::vector<std::string> instruments;
  std::vector<std::string> stamps;
  std::vector<ColumnMapping> fields;
  /// Of every row, where no column has it, and no text of `texts` may be it.
  std::string instrument_id;
  bool from_name = false;          ///< of each of several files
  std::vector<std::string> texts;  ///< where nothing else tells: columns that may be it
};
[[nodiscard]] Guess guess_columns(const GuessInput& input);

/// e.g. `--map instrument_id=InstrumentCode,timestamp_ns=TradeTime --instrument X`, with the words
/// of the caller, quoted for a shell where a name needs it; choices are parted by ` or `. Empty
/// where the guess is.
[[nodiscard]] std::string to_text(const Guess& guess, const FeedWords& words);
/// Which of `guess.texts` is the instrument, and how to answer.
[[nodiscard]] std::string question_of(const Guess& guess, const FeedWords& words);
[[nodiscard]] std::string map_option(const FeedWords& words, const std::string& pairs);

/// What FeedOptions::map can call the column: its name, or its number where a name is no help.
[[nodiscard]] std::string option_name(std::span<const std::string> header, std::size_t column);

/// The first line of a file looks like data: no name that is known, mostly numbers.
[[nodiscard]] bool looks_headerless(std::span<const std::string> first_line);

/// `"a", "b"`, cut after some.
[[nodiscard]] std::string quoted_list(std::span<const std::string> names);

}  // namespace factorwal::feed
