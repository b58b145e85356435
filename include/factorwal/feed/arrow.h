#pragma once
/// \file
/// Ticks of Arrow record batches: of pandas, polars, pyarrow, DuckDB and whatever else speaks the
/// Arrow C stream interface, without a library between.

#include <memory>
#include <string>

#include "factorwal/arrow_c.h"
#include "factorwal/export.h"
#include "factorwal/feed.h"

namespace factorwal::feed {

/// Reads the stream's columns and first rows. `name` is how messages call it, and the path of the
/// source.
///
/// What columns mean is decided by the rules for CSV, with the same options (`header`, if given,
/// replaces the names). Types tell the rest:
///
/// - numbers: all integers, floats and decimals, booleans (1, 0), texts of numbers, dictionaries of
///   these. Doubles are taken bit for bit; an integer or decimal that is none becomes the nearest
///   one, which is noted. Null and NaN are missing.
/// - instruments: texts, dictionaries of texts (each looked up once a batch), integers.
/// - timestamps: dates and timestamps of any unit, those without a zone as `time_zone` says (else
///   UTC, with a note); a date and a time of day; else numbers and texts, by the rules for CSV: the
///   form is that of the first 200 rows, of up to 65,536 where these do not tell.
///
/// A row whose instrument or timestamp is null is a bad row. A list, struct or other type that
/// cannot be read is left out with a note, and an error where it is named or mapped.
///
/// Buffers are read where they lie, batch after batch; a batch is released when its last row was
/// given. Positions are numbers of rows: `go_on_at` compares columns and first row, passes over the
/// rows before, and does not compare these. The stream's failure is kInvalidArgument (EINVAL),
/// kCorruption (EBADMSG) or kIo, with its text.
[[nodiscard]] FACTORWAL_EXPORT Result<std::unique_ptr<TickSource>> open_arrow_stream(
    OwnedArrowStream stream, FeedOptions options, const std::string& name = "the Arrow stream");

}  // namespace factorwal::feed
