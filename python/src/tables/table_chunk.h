#pragma once
/// Rows of factor values, column by column, in one piece of memory.

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "factorwal/feed/stream.h"
#include "factorwal/types.h"

namespace factorwal::python {

/// Made by one thread, then read by any. Touches no Python object.
class TableChunk {
 public:
  /// Room for so many rows of `width` values; memory is touched as rows come.
  TableChunk(std::size_t capacity, std::size_t width);

  /// As many of the rows from `first` to `end` as there is room for; returns how many. `values`:
  /// one row after another, from row 0 on.
  std::size_t append(const feed::TickBatch& ticks, std::size_t first, std::size_t end,
                     std::span<const double> values);
  [[nodiscard]] bool is_full() const noexcept { return size_ == capacity_; }

  [[nodiscard]] std::size_t size() const noexcept { return size_; }
  [[nodiscard]] std::size_t width() const noexcept { return width_; }
  [[nodiscard]] const std::uint32_t* instruments() const noexcept;  ///< places in `ids`
  [[nodiscard]] const TimestampNs* times() const noexcept;
  [[nodiscard]] const double* values(std::size_t column) const noexcept;

  using Ids = std::shared_ptr<const std::vector<std::string>>;
  void set_ids(Ids ids) noexcept { ids_ = std::move(ids); }
  [[nodiscard]] const Ids& ids() const noexcept { return ids_; }

 private:
  struct Free {
    std::size_t bytes;
    void operator()(std::byte* memory) const noexcept;
  };
  [[nodiscard]] double* column(std::size_t place) const noexcept;

  std::size_t capacity_;
  std::size_t width_;
  std::size_t stride_;  ///< bytes from a column to the next
  std::size_t size_ = 0;
  std::unique_ptr<std::byte, Free> memory_;  ///< times, values, instruments
  Ids ids_;
};

}  // namespace factorwal::python
