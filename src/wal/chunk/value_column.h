#pragma once
/// One column of a chunk's values: what they are expected to be, and how far off each is.

#include "wal/chunk/integer_column.h"
#include "wal/chunk/relation.h"

namespace factorwal::wal {

/// Rows of one chunk of ticks, at most; of scalar updates eight times as many.
inline constexpr std::size_t kTickChunkRows = 128;
inline constexpr std::size_t kChunkRowsMax = 1024;

/// Memory for one column at work.
struct ColumnScratch {
  alignas(64) std::uint64_t residuals[kChunkRowsMax];  // NOLINT(*-avoid-c-arrays)
  alignas(64) std::int64_t integers[kChunkRowsMax];    // NOLINT(*-avoid-c-arrays)
  alignas(64) double expected[kChunkRowsMax];          // NOLINT(*-avoid-c-arrays)
};

/// No column of `rows` values is longer, or touches more.
[[nodiscard]] constexpr std::size_t value_column_bound(std::size_t rows) noexcept {
  return 32 + 2 * column_bound(rows);
}

/// Stores column `index` as `expectation` says, and returns its end; null when the expectation is
/// kDecimal and not all values are decimals.
[[nodiscard]] std::byte* store_value_column(std::byte* target, const ColumnBlock& block,
                                            std::size_t index, const Expectation& expectation,
                                            ColumnScratch& scratch);

/// Gives the first rows of column `index` back, which has `stored`; the columns before it are
/// there. False when the bytes are none.
[[nodiscard]] bool load_value_column(Cursor& from, const ColumnBlock& block, std::size_t index,
                                     std::size_t stored, ColumnScratch& scratch);

/// Passes over column `index`; false when the bytes are none.
[[nodiscard]] bool pass_value_column(Cursor& from, std::size_t rows, std::size_t index);

}  // namespace factorwal::wal
