#pragma once
/// Ticks moved to the order of the file at once: each column is read from begin to end, and written
/// at as many places as there are instruments. To gather them instrument by instrument takes a
/// cache line for each value.

#include "archive/part_schema.h"
#include "archive/row_order.h"

namespace factorwal::archive {

/// Gives `sorted` the columns of `schema` and the rows of `batches` in the order of `order`, whose
/// places then are those of this batch. It has no instruments: runs have them. What it held before
/// lends its memory: fresh memory would cost as much as the sort.
void sort_ticks(const PartSchema& schema, std::span<const ColumnBatch> batches, RowOrder& order,
                ColumnBatch& sorted);

}  // namespace factorwal::archive
