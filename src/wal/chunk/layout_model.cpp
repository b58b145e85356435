#include "wal/chunk/layout_model.h"

#include <cmath>

#include "wal/chunk/relation_search.h"

namespace factorwal::wal {
namespace {

// A search takes some ten microseconds: a few a chunk, then ever fewer.
constexpr unsigned kSearchesPerChunk = 4;
constexpr std::uint32_t kLongestPause = 2048;
/// What takes fewer bits a value is good enough.
constexpr std::size_t kGoodBits = 3;
constexpr std::size_t kGoodBitsAtLeast = 64;

/// While instruments begin, their factors are missing: nothing is learned from these.
bool mostly_there(const ColumnBlock& block, std::size_t index) noexcept {
  const auto* values = block.column(index);
  std::size_t missing = 0;
  for (std::size_t i = 0; i < block.rows; ++i) missing += std::isfinite(values[i]) ? 0U : 1U;
  return missing * 8 <= block.rows;
}

}  // namespace

std::byte* LayoutModel::store_columns(std::byte* target, const ColumnBlock& block,
                                      ColumnScratch& scratch) {
  unsigned searches = 0;
  for (std::size_t index = 0; index < columns_.size(); ++index) {
    auto& column = columns_[index];
    auto* end = store_column(target, block, index, scratch);
    const auto bytes = static_cast<std::size_t>(end - target);
    const bool good = bytes * 8 <= block.rows * kGoodBits + kGoodBitsAtLeast;
    if (column.chunks_to_search > 0) {
      --column.chunks_to_search;
    } else if (!good && searches < kSearchesPerChunk && mostly_there(block, index)) {
      ++searches;
      column.expectation = search_relation(block, index, column.expectation, target, scratch);
      column.chunks_to_search = column.pause;
      if (column.pause < kLongestPause) column.pause *= 4;
      end = store_column(target, block, index, scratch);
    }
    target = end;
  }
  return target;
}

std::byte* LayoutModel::store_column(std::byte* target, const ColumnBlock& block, std::size_t index,
                                     ColumnScratch& scratch) {
  auto& expectation = columns_[index].expectation;
  auto* end = store_value_column(target, block, index, expectation, scratch);
  if (end != nullptr) return end;
  // Decimals of more digits, or none at all: then the chunk is stored without.
  auto other = expectation;
  while (other.digits < kDigitsMax) {
    ++other.digits;
    end = store_value_column(target, block, index, other, scratch);
    if (end == nullptr) continue;
    expectation = other;
    return end;
  }
  return store_value_column(target, block, index, {}, scratch);
}

}  // namespace factorwal::wal
