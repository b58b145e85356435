#pragma once
/// \file
/// A checksum of all rows of a file so far, cheap to keep with every row: of two neighbours only a
/// few bytes differ.

#include <cstddef>
#include <cstdint>
#include <span>

#include "factorwal/feed/position.h"

namespace factorwal::feed {

/// Each row's hash is seeded with that of the row before it, so that any change of an earlier row
/// changes all later ones. Line ends and packing do not count.
class RowsHash {
 public:
  void add(std::span<const char> row) noexcept;
  [[nodiscard]] std::uint64_t row_count() const noexcept { return row_count_; }
  [[nodiscard]] RowsCheck check() const noexcept {
    return {blocks_, static_cast<std::uint16_t>(hash_)};
  }

 private:
  std::uint64_t row_count_ = 0;
  std::uint64_t hash_ = 0;
  std::uint64_t blocks_ = 0;
};

}  // namespace factorwal::feed
