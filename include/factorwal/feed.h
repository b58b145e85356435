#pragma once
/// \file
/// Start here to read files into ticks. Part of the library `factorwal::feed`, a client of the
/// public headers alone: it never prints, and knows no command line.
///
///     auto source = feed::TickSource::open({"day1.csv.gz"}, {});
///     feed::TickBatch batch;
///     while ((step = (*source)->next_batch(batch)) == feed::FeedStep::kRow) ...
///
/// Not thread-safe unless said.

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "factorwal/export.h"
#include "factorwal/feed/options.h"
#include "factorwal/feed/position.h"
#include "factorwal/feed/report.h"
#include "factorwal/feed/stream.h"
#include "factorwal/result.h"

namespace factorwal::feed {

/// Ticks of files, one after the other: CSV, plain or packed (gzip, zstd, xz, bzip2, zip), in
/// UTF-8, UTF-16 or GB18030, and "-" (standard input); with `FeedOptions::open_table`, Parquet and
/// Arrow files (file or stream). Both are told by their first bytes. The first file's columns set
/// the schema; a later file's columns are matched by name: fields it lacks are missing values,
/// further ones are left out, both with a note; without instrument or timestamp it is refused.
/// Memory: fixed buffers (of an Arrow file, a batch) and some 200 bytes per instrument, whatever
/// the files' size.
class FACTORWAL_EXPORT TickSource : public TickStream {
 public:
  /// Sees that every path can be read, and reads the first one's columns. `paths`: files, and what
  /// `expand_paths` takes. `begun`: a position of an earlier run that this one is to go on with, so
  /// that a file that has grown since is read as it was then. kTimeout: the file is followed, and
  /// has no header or too few rows yet; try again.
  static Result<std::unique_ptr<TickSource>> open(std::vector<std::string> paths,
                                                  FeedOptions options,
                                                  std::optional<FeedPosition> begun = std::nullopt);
  /// Before the first row: goes on where that position points; the files before the one it names
  /// are done. A position that fits no file is kNotFound, or kInvalidArgument when the file was
  /// replaced or shortened; the source is of no use then.
  [[nodiscard]] virtual Status go_on_at(const FeedPosition& position) = 0;
  /// The files, in order.
  [[nodiscard]] virtual const std::vector<std::string>& paths() const noexcept = 0;
};

/// The tick files that `paths` name, in the order in which they are read. A folder is its tick
/// files: those whose names end in csv, tsv, txt, parquet, pq, arrow, arrows, feather or ipc,
/// packed (gz, zst, zip, xz, bz2) or not; READMEs, hidden files and folders within it are left out.
/// What has `*`, `?` or `[...]` and is no file of that name is a pattern, `*` at its end for tick
/// files alone. Either is in the order of the dates in the files' names where all have one
/// (20210104, 2021-01-04, 2021_01, 04.01.2021), else of the names, numbers within them as numbers.
/// Other paths stay as they are. Notes say what was found and left out. kNotFound where there is no
/// file.
[[nodiscard]] FACTORWAL_EXPORT Result<std::vector<std::string>> expand_paths(
    const std::vector<std::string>& paths, FeedReport& report);

/// How messages call a path: itself, or "standard input" for "-".
[[nodiscard]] FACTORWAL_EXPORT std::string display_name(const std::string& path);

}  // namespace factorwal::feed
