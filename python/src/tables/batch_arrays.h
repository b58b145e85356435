#pragma once
/// A column batch as numpy arrays.

#include <nanobind/nanobind.h>

#include <memory>
#include <string>
#include <vector>

#include "factorwal/column_batch.h"
#include "tables/table_chunk.h"

namespace factorwal::python {

/// Name to array, in the order of Arrow's columns; views into the batch, which they keep. Ids are
/// pairs (places, list of texts). Of ticks and updates: other data sets have columns of lists,
/// which numpy has not.
[[nodiscard]] nanobind::dict batch_arrays(const std::shared_ptr<const ColumnBatch>& batch);

/// The same of a table's rows. `columns`: the names of ids, times and values.
[[nodiscard]] nanobind::dict chunk_arrays(const std::vector<std::string>& columns,
                                          const std::shared_ptr<const TableChunk>& chunk);

}  // namespace factorwal::python
