#pragma once
/// \file
/// Rows as one file of a format that others read: an Arrow stream or Parquet. Part of
/// `factorwal::archive`.

#include <cstddef>
#include <functional>
#include <memory>
#include <span>

#include "factorwal/archive_options.h"
#include "factorwal/batch_stream.h"
#include "factorwal/export.h"

namespace factorwal {

enum class TableFormat : std::uint8_t {
  kArrow,    ///< the IPC stream format, without compression
  kParquet,  ///< row groups of 122,880 rows at most
};

/// Takes the bytes of a file in order; an error ends it.
using ByteSink = std::function<Status(std::span<const std::byte>)>;

/// Writes all rows, with the columns of `export_batch`: missing is null. Memory is flat. The
/// stream's own failure, or the sink's, is the answer; what was written by then is no whole file.
/// Damage of a log is none: see the stream's `findings`.
[[nodiscard]] FACTORWAL_EXPORT Status write_table(BatchStream& rows, TableFormat format,
                                                  const ByteSink& sink,
                                                  const Compression& compression = {});

}  // namespace factorwal
