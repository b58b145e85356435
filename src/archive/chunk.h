#pragma once
/// The rows of a range of sequences, in memory: what one commit archives.

#include <array>
#include <vector>

#include "archive/log_source.h"

namespace factorwal::archive {

struct Chunk {
  Sequence first = 0;
  Sequence last = 0;
  std::array<std::vector<ColumnBatch>, kDataSets.size()> batches;  ///< by data set
  [[nodiscard]] std::uint64_t row_count() const;
};

/// Into `chunk`, from `first` to `last` at most: to where the rows of a data set take `bytes_max`
/// bytes. Each data set is read once. What the chunk held before lends its memory.
[[nodiscard]] Status read_chunk(LogSource& source, Sequence first, Sequence last,
                                std::size_t bytes_max, Chunk& chunk);

[[nodiscard]] std::size_t bytes_of(const ColumnBatch& batch);

}  // namespace factorwal::archive
