#pragma once
/// \file
/// Headers of several lines, as pandas writes them for frames with columns of several levels.

#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "factorwal/feed/options.h"

namespace factorwal::feed {

/// `Price,Close,Volume`, `Ticker,AAPL,AAPL`, `Datetime,,` and then data: the options that read such
/// a file, e.g. `--skip-lines 3 --header Datetime,Close,Volume --instrument AAPL`. Empty: the rows
/// below the header are data, or of nothing that is known.
[[nodiscard]] std::string several_header_lines(std::span<const std::string> header,
                                               std::uint64_t header_line,
                                               std::span<const std::vector<std::string>> sample,
                                               const FeedWords& words);

}  // namespace factorwal::feed
