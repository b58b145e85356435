#pragma once
/// \file
/// The positions of a batch of rows.

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "factorwal/export.h"
#include "factorwal/feed/position.h"
#include "factorwal/feed/source_position.h"

namespace factorwal::feed {

/// The bytes that `append_source_position` makes of one.
struct PositionBytes {
  std::array<std::byte, kSourcePositionBytes> bytes;
  std::uint32_t size = 0;
  [[nodiscard]] std::span<const std::byte> span() const noexcept {
    return std::span(bytes).first(size);
  }
};

/// Positions of rows, which mostly follow each other: those are kept as one.
class FACTORWAL_EXPORT PositionList {
 public:
  void push_back(const FeedPosition& position);
  /// `first`, and those of the `count - 1` rows behind it. Requires: no checksum.
  void push_back_rows(const FeedPosition& first, std::size_t count);
  void clear() noexcept;  ///< keeps the memory
  [[nodiscard]] std::size_t size() const noexcept { return size_; }
  [[nodiscard]] FeedPosition operator[](std::size_t index) const;
  [[nodiscard]] FeedPosition front() const { return (*this)[0]; }
  /// The bytes of all, in order; `reading` as `append_source_position` takes it. Requires: room for
  /// `size()`.
  void encode(std::uint32_t reading, std::span<PositionBytes> out) const;

 private:
  struct Run {
    std::size_t begin = 0;  ///< in the list
    FeedPosition first;     ///< without a checksum's value
  };
  [[nodiscard]] bool goes_on(const FeedPosition& position) const noexcept;

  std::vector<Run> runs_;
  std::vector<RowsCheck> checks_;  ///< of the runs that have any, one a row of the list
  std::size_t size_ = 0;
};

}  // namespace factorwal::feed
