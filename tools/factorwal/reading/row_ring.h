#pragma once
/// The last N rows of many, in the space of N.

#include <cstddef>
#include <utility>
#include <vector>

#include "reading/row.h"

namespace factorwal::tool {

class RowRing {
 public:
  explicit RowRing(std::size_t capacity) : capacity_(capacity) {}

  /// Takes the content of `row`, and gives back old space in it.
  void push(Row& row) {
    if (capacity_ == 0) return;
    if (rows_.size() < capacity_) {
      rows_.push_back(row);
      return;
    }
    std::swap(rows_[next_], row);
    next_ = (next_ + 1) % capacity_;
  }
  [[nodiscard]] std::size_t size() const noexcept { return rows_.size(); }

  /// Oldest first; empty afterwards.
  template <class Take>
  void drain(Take take) {
    for (std::size_t i = 0; i < rows_.size(); ++i) take(rows_[(next_ + i) % rows_.size()]);
    rows_.clear();
    next_ = 0;
  }

 private:
  std::size_t capacity_;
  std::size_t next_ = 0;  // the oldest, once full
  std::vector<Row> rows_;
};

}  // namespace factorwal::tool
