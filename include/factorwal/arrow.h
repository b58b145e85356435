#pragma once
/// \file
/// Column batches through the Arrow C data and stream interfaces: pyarrow, polars, DuckDB and
/// others take them without copying and without a library between. The structures are those of the
/// interfaces' specification, under its guards, so that this header goes together with Arrow's own.
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

#include <cstdint>
#include <memory>

#include "factorwal/batch_stream.h"
#include "factorwal/column_batch.h"
#include "factorwal/export.h"
#include "factorwal/history.h"
#include "factorwal/result.h"

// NOLINTBEGIN: as the specification has them, for C and C++
#ifdef __cplusplus
extern "C" {
#endif

#ifndef ARROW_C_DATA_INTERFACE
#define ARROW_C_DATA_INTERFACE

#define ARROW_FLAG_DICTIONARY_ORDERED 1
#define ARROW_FLAG_NULLABLE 2
#define ARROW_FLAG_MAP_KEYS_SORTED 4

/// The type of an array.
struct ArrowSchema {
  const char* format;
  const char* name;
  const char* metadata;
  int64_t flags;
  int64_t n_children;
  struct ArrowSchema** children;
  struct ArrowSchema* dictionary;
  void (*release)(struct ArrowSchema*);  ///< null: released already
  void* private_data;
};

/// The values of an array.
struct ArrowArray {
  int64_t length;
  int64_t null_count;
  int64_t offset;
  int64_t n_buffers;
  int64_t n_children;
  const void** buffers;
  struct ArrowArray** children;
  struct ArrowArray* dictionary;
  void (*release)(struct ArrowArray*);  ///< null: released already
  void* private_data;
};

#endif  // ARROW_C_DATA_INTERFACE

#ifndef ARROW_C_STREAM_INTERFACE
#define ARROW_C_STREAM_INTERFACE

/// Arrays of one type, one after another.
struct ArrowArrayStream {
  int (*get_schema)(struct ArrowArrayStream*, struct ArrowSchema* out);
  int (*get_next)(struct ArrowArrayStream*, struct ArrowArray* out);
  const char* (*get_last_error)(struct ArrowArrayStream*);
  void (*release)(struct ArrowArrayStream*);  ///< null: released already
  void* private_data;
};

#endif  // ARROW_C_STREAM_INTERFACE

#ifdef __cplusplus
}
#endif
// NOLINTEND

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
