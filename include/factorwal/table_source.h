#pragma once
/// \file
/// Parquet and Arrow files as streams of record batches. Part of `factorwal::archive`.

#include <cstddef>
#include <string>
#include <vector>

#include "factorwal/arrow_c.h"
#include "factorwal/export.h"
#include "factorwal/result.h"

namespace factorwal {

/// Opens a Parquet file, or an Arrow file of the IPC file or stream form, told by its first bytes.
/// For `feed::FeedOptions::open_table`:
///
///     options.open_table = factorwal::open_table;
///
/// `columns`: those that are read, by number from 0, in ascending order; empty: all. Memory is
/// that of a batch: some thousand rows of a Parquet file, whatever its row groups; of an Arrow
/// file, those that its writer made. What Arrow's library does not check by itself is checked here:
/// a damaged file is an error of the stream (EBADMSG; EIO where reading failed), never a batch.
[[nodiscard]] FACTORWAL_EXPORT Result<OwnedArrowStream> open_table(
    const std::string& path, const std::vector<std::size_t>& columns = {});

}  // namespace factorwal
