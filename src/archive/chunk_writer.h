#pragma once
/// Rows of a chunk, sorted, into one new part for each day and data set.

#include <vector>

#include "archive/chunk.h"
#include "archive/store.h"

namespace factorwal::archive {

/// `columns` are those of all parts of ticks, with the chunk's own.
[[nodiscard]] Result<std::vector<NewPart>> write_chunk(Store& store, const Chunk& chunk,
                                                       const std::vector<TickColumn>& columns,
                                                       const std::vector<Definition>& definitions,
                                                       const ArchiveOptions& options);

/// Rows for the choice of encodings: what a row group may hold, from two places.
[[nodiscard]] std::vector<RowGroup> sample_rows(const PartSchema& schema, const RowSource& source,
                                                const RowOrder& order);

}  // namespace factorwal::archive
