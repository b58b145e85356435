#pragma once
/// \file
/// How each column of a file writes its numbers, decided from the first rows.

#include <cstddef>
#include <span>
#include <string>
#include <vector>

#include "factorwal/feed/options.h"
#include "feed/number.h"

namespace factorwal::feed {

using SampleRows = std::span<const std::vector<std::string>>;

/// By FeedOptions for all columns, or by column: kThousands where every filled cell is a number
/// with or without commas before every third digit, and one of them, or of another such column,
/// can be nothing else (1,234.5 or 1,234,567; 1,234 alone may be 1.234).
[[nodiscard]] std::vector<NumberForm> number_forms(std::size_t column_count, SampleRows sample,
                                                   const FeedOptions& options);

/// Every cell of the column is a number of that form, or missing.
[[nodiscard]] bool are_numbers(SampleRows sample, std::size_t column, NumberForm form);

/// The first cell that is no number of that form; empty if there is none.
[[nodiscard]] std::string first_odd_cell(SampleRows sample, std::size_t column, NumberForm form);

struct NumberCheck {
  SampleRows sample;
  std::span<const std::string> header;
  std::span<const NumberForm> forms;  ///< by column
  std::vector<bool> required;         ///< its cells must be numbers: known, mapped or asked for
  std::vector<bool> asked;            ///< FeedOptions::columns names it
  const FeedOptions& options;
};

/// What 51,5 or 1,234 in a required column may be, or that an asked one has no numbers; said before
/// anything is logged. Only options that read all required columns are proposed. Empty: all clear.
[[nodiscard]] std::string unclear_numbers(const NumberCheck& check);

}  // namespace factorwal::feed
