#pragma once
/// Rows of a chunk, sorted, into one new part for each day and data set.

#include <array>
#include <vector>

#include "archive/chunk.h"
#include "archive/store.h"

namespace factorwal::archive {

/// Keeps the memory of one chunk for the next, and the encodings of a day.
class ChunkWriter {
 public:
  ChunkWriter(Store& store, const ArchiveOptions& options) : store_(store), options_(options) {}
  /// `columns` are those of all parts of ticks, with the chunk's own.
  [[nodiscard]] Result<std::vector<NewPart>> write(const Chunk& chunk,
                                                   const std::vector<TickColumn>& columns,
                                                   const std::vector<Definition>& definitions);

 private:
  /// What was chosen for the columns of a day, from samples as large as a row group.
  struct DayEncodings {
    std::int32_t day = 0;
    std::vector<TickColumn> columns;
    std::vector<ColumnEncoding> encodings;  // none yet
  };
  /// Those of the chunk's last day are kept for the next chunk.
  [[nodiscard]] Result<std::vector<ColumnEncoding>> encodings_of(const PartSchema& schema,
                                                                 const RowSource& source,
                                                                 const RowOrder& order);
  [[nodiscard]] Status write_set(const Chunk& chunk, const PartSchema& schema,
                                 const PartMetadata& metadata, std::vector<NewPart>& parts);

  Store& store_;
  const ArchiveOptions& options_;
  ColumnBatch sorted_;  // of ticks
  std::array<DayEncodings, kDataSets.size()> chosen_;
};

/// Rows for the choice of encodings: what a row group may hold, from two places.
[[nodiscard]] std::vector<RowGroup> sample_rows(const PartSchema& schema, const RowSource& source,
                                                const RowOrder& order);

}  // namespace factorwal::archive
