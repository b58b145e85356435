#pragma once
/// \file
/// Made-up ticks, to try things with.

#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <memory>
#include <optional>

#include "factorwal/export.h"
#include "factorwal/feed/position.h"
#include "factorwal/feed/stream.h"
#include "factorwal/result.h"

namespace factorwal::feed {

struct GeneratorOptions {
  std::uint64_t seed = 1;
  std::uint64_t row_count = 100'000;
  std::size_t instrument_count = 4;  ///< 1 to 10,000
};

/// Rows of several instruments in order of time, with the columns of `TickSchema::quotes()`. Kinds
/// of instruments take turns: SHFE rebar, CFFEX index future, Shanghai stock, Binance perpetual,
/// each with its tick size, spread, lot sizes, pace and trading hours. Some cells are missing, some
/// books one-sided. Integer arithmetic, and one division per value at the end.
/// With `resume`, goes on after the rows that a generator of the same seed and number of
/// instruments gave; kNotFound for a position of anything else.
[[nodiscard]] FACTORWAL_EXPORT Result<std::unique_ptr<TickStream>> make_tick_generator(
    GeneratorOptions options, std::optional<FeedPosition> resume = std::nullopt);

/// Writes generated ticks with the header
/// `instrument_id,timestamp_ns,last_price,volume,turnover,open_interest,bid_price1,bid_volume1,
/// ask_price1,ask_volume1`; missing is an empty cell, doubles have the shortest form that reads
/// back to the same bits. kIo when `out` fails; a reader that went away (a closed pipe) counts as
/// that.
FACTORWAL_EXPORT Status write_csv(std::FILE* out, const GeneratorOptions& options);

}  // namespace factorwal::feed
