#pragma once
/// A column of numbers that go up, more or less evenly, in each series: times, ordinals.
/// docs/format.md, "Columns".

#include "wal/chunk/value_column.h"

namespace factorwal::wal {

[[nodiscard]] constexpr std::size_t number_column_bound(std::size_t rows) noexcept {
  return 32 + column_bound(rows);
}

/// Numbers wrap, so that any two have a difference. `begins`: rows at which a series begins; the
/// first is 0. There is a row at least.
[[nodiscard]] std::byte* store_numbers(std::byte* target, std::span<const std::uint64_t> numbers,
                                       std::span<const std::uint32_t> begins,
                                       ColumnScratch& scratch);
[[nodiscard]] bool load_numbers(Cursor& from, std::span<std::uint64_t> numbers,
                                std::span<const std::uint32_t> begins);
[[nodiscard]] bool pass_numbers(Cursor& from, std::size_t rows);

}  // namespace factorwal::wal
