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
#include <string>
#include <vector>

#include "factorwal/export.h"
#include "factorwal/feed/options.h"
#include "factorwal/feed/position.h"
#include "factorwal/feed/report.h"
#include "factorwal/feed/stream.h"
#include "factorwal/result.h"

namespace factorwal::feed {

/// Ticks of CSV files, one file after the other: plain or packed (gzip, zstd, xz, bzip2, zip), in
/// UTF-8, UTF-16 or GB18030, and "-" (standard input). The first file's header sets the schema; a
/// later file's columns are matched by name: fields it lacks are missing values, further ones are
/// left out, both with a note; without instrument or timestamp it is refused. Memory: fixed buffers
/// and some 200 bytes per instrument, whatever the files' size.
class FACTORWAL_EXPORT TickSource : public TickStream {
 public:
  /// Sees that every path can be read, and reads the first one's header.
  static Result<std::unique_ptr<TickSource>> open(std::vector<std::string> paths,
                                                  FeedOptions options);
  /// Before the first row: goes on where that position points; the files before the one it names
  /// are done. A position that fits no file is kNotFound, or kInvalidArgument when the file was
  /// replaced or shortened; the source is of no use then.
  [[nodiscard]] virtual Status go_on_at(const FeedPosition& position) = 0;
  [[nodiscard]] virtual const std::vector<std::string>& paths() const noexcept = 0;
};

/// How messages call a path: itself, or "standard input" for "-".
[[nodiscard]] FACTORWAL_EXPORT std::string display_name(const std::string& path);

}  // namespace factorwal::feed
