#pragma once
/// \file
/// Ticks as CSV.

#include <cstdio>

#include "factorwal/result.h"
#include "feed/tick_generator.h"

namespace factorwal::feed {

/// Writes generated ticks with the header
/// `instrument_id,timestamp_ns,last_price,volume,turnover,open_interest,bid_price1,bid_volume1,
/// ask_price1,ask_volume1`; missing is an empty cell, doubles have the shortest form that reads
/// back to the same bits. kIo when `out` fails; a reader that went away (a closed pipe) counts as
/// that.
Status write_csv(std::FILE* out, const GeneratorOptions& options);

}  // namespace factorwal::feed
