#pragma once
/// Sums of rows, by which an archive and a log are compared whatever order their rows come in.

#include <map>
#include <vector>

#include "factorwal/column_batch.h"

namespace factorwal::archive {

/// Rows of so many sequences have one sum.
inline constexpr Sequence kBlockSequences = 65'536;

struct RowSum {
  std::uint64_t rows = 0;
  std::uint64_t sum = 0;  ///< of the rows' hashes
  friend bool operator==(const RowSum&, const RowSum&) = default;
};

class RowSums {
 public:
  /// Rows before `first` are summed apart: the other side may not have them.
  explicit RowSums(Sequence first = 0) : first_(first) {}
  /// Names, times, sequences and the bits of numbers; numbers that are missing do not count, so
  /// that a column without any is as good as none.
  void add(const ColumnBatch& batch);
  /// By number of block.
  [[nodiscard]] const std::map<Sequence, RowSum>& blocks() const noexcept { return blocks_; }
  [[nodiscard]] const std::map<Sequence, RowSum>& blocks_before() const noexcept {
    return blocks_before_;
  }

 private:
  Sequence first_;
  std::map<Sequence, RowSum> blocks_;
  std::map<Sequence, RowSum> blocks_before_;
};

}  // namespace factorwal::archive
