#pragma once
/// \file
/// Column batches through the Arrow C data and stream interfaces: pyarrow, polars, DuckDB and
/// others take them without copying and without a library between.
///
/// A batch is a struct array of these columns. A missing number is null, never NaN; times that are
/// not known are null.
///
/// | Data set | Columns |
/// |---|---|
/// | ticks | `instrument_id`, `timestamp`, `sequence`, inputs, factors |
/// | updates | `instrument_id`, `factor_id`, `timestamp`, `sequence`, `value` |
/// | vectors | `instrument_id`, `factor_id`, `timestamp`, `sequence`, `values` |
/// | snapshots | `instrument_id`, `timestamp`, `sequence`, `checkpoint_id`, `values` |
///
/// `sequence` is there unless the query did without. Ids are utf8 behind dictionaries with int32
/// places, times timestamp[ns, UTC], sequences and checkpoint ids uint64, numbers float64; `values`
/// is a large list of vectors, and of snapshots a map from factor id to number.

#include <memory>

#include "factorwal/arrow_c.h"
#include "factorwal/batch_stream.h"
#include "factorwal/column_batch.h"
#include "factorwal/export.h"
#include "factorwal/history.h"
#include "factorwal/result.h"

namespace factorwal {

/// Moves a batch into `array` and its type into `schema`: numbers, times, sequences and places are
/// not copied, texts of dictionaries and the offsets of maps are. The caller releases both, in any
/// order, from any thread. kInvalidArgument when columns of the batch differ in length, a place
/// leads beyond its dictionary, or a map has 2^31 items or more; then both are released, and the
/// batch is as it was.
[[nodiscard]] FACTORWAL_EXPORT Status export_batch(ColumnBatch&& batch, ArrowArray& array,
                                                   ArrowSchema& schema);

/// Moves a stream of batches into `stream`: a batch with each `get_next`, a released array at the
/// end. A failure is EINVAL, ENOMEM or EIO with a text in `get_last_error`; where something is
/// damaged, the end is a failure, EIO, once all that is still there has been given. The caller
/// releases it.
FACTORWAL_EXPORT void export_stream(std::unique_ptr<BatchStream> batches, ArrowArrayStream& stream);
FACTORWAL_EXPORT void export_stream(History&& history, ArrowArrayStream& stream);

}  // namespace factorwal
