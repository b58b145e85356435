#pragma once
/// Looks for the relation that stores a column in the fewest bytes.

#include "wal/chunk/value_column.h"

namespace factorwal::wal {

/// The best found for column `index`, or `known` if nothing is better. `buffer` has
/// `value_column_bound` bytes and is overwritten.
[[nodiscard]] Expectation search_relation(const ColumnBlock& block, std::size_t index,
                                          const Expectation& known, std::byte* buffer,
                                          ColumnScratch& scratch);

}  // namespace factorwal::wal
