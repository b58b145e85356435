#pragma once
/// \file
/// What the user says about a tick file that the file does not say itself.

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "factorwal/arrow_c.h"
#include "factorwal/export.h"
#include "factorwal/result.h"
#include "factorwal/volume_mode.h"

namespace factorwal::feed {

enum class OnBadRow : std::uint8_t {
  kStop = 1,  ///< the first bad row ends the run with its file, line, column and value
  kSkip = 2,  ///< bad rows are counted by kind; the first of each kind is kept as an example
};

/// `field` (of the ticks) is `column` (of the file). `field` is `instrument_id`, `timestamp_ns` or
/// a field of the ticks, under its canonical name or an alias. `column` is a name in the header,
/// or as `#3` its number; for `timestamp_ns` it may be `Date+Time` or `Date+Time+Milliseconds`, for
/// `instrument_id` `exchange+symbol`, which become one id with a dot between.
struct ColumnMapping {
  std::string field;
  std::string column;
};

/// How messages call what their reader can do. The names here are those of FeedOptions; a command
/// line gives those of its options instead.
struct FeedWords {
  std::string map = "map";
  std::string instrument = "instrument";
  std::string instrument_from_name = "instrument_from_name";
  std::string time_zone = "time_zone";
  std::string time_format = "time_format";
  std::string header = "header";
  std::string skip_lines = "skip_lines";
  std::string scale = "scale";
  std::string missing = "missing";
  std::string cumulative_volume = "volume_mode = kCumulative";
  std::string decimal_comma = "decimal_comma";
  std::string thousands = "thousands";
  std::string columns = "columns";
  std::string drop = "drop";
  std::string take_last_line = "take_last_line";
  std::string follow = "follow";
  std::string encoding = "encoding";
  std::string skip_bad_rows = "on_bad_row = kSkip";
  std::string open_table = "open_table";
  std::string paths = "paths";
  std::string append = "a run without a position";
};

/// `value` of a field, or, where that is empty, of every field.
struct MissingValue {
  std::string field;
  double value = 0;
};

struct FieldScale {
  std::string field;
  double factor = 1;
};

/// Opens a Parquet or Arrow file as a stream of record batches. `columns`: those that are read, by
/// number from 0, in ascending order; empty: all.
using OpenTable = std::function<Result<OwnedArrowStream>(const std::string& path,
                                                         const std::vector<std::size_t>& columns)>;

struct FeedOptions {
  std::vector<ColumnMapping> map;
  /// The id of every row, for files without an instrument column. A file that has
  /// one is refused: both at once is more likely a slip than a wish. Empty: the file's name, where
  /// it is one of capitals and digits that can be nothing else, which is noted.
  std::string instrument;
  /// The id of a file's rows is in the file's name, for files without an instrument column: without
  /// folders and endings, dates at either end and words for kinds of data
  /// (`rb2105_20210104.csv.gz`, `BTCUSDT-trades-2024-08-08.zip`: rb2105, BTCUSDT). A text that is
  /// not empty is the form of the name without endings instead: `{}` for the id, `*` for any text,
  /// `?` for one letter.
  std::optional<std::string> instrument_from_name;
  /// The IANA zone of stamps that carry no offset. Empty: UTC, or see `zone_required`.
  std::string time_zone;
  /// Without a `time_zone`, a stamp that carries no offset ends the feed (kInvalidArgument), in
  /// place of being taken as UTC. Epochs are of UTC, and need none.
  bool zone_required = false;
  /// The form of the timestamps, where the file does not tell: words (dmy, mdy; s, ms, us, ns,
  /// net-ticks; serial; HH, HHMM, HHMMSS, HHMMSSmmm, HHMMSSuuuuuu, s-of-day, ms-of-day, us-of-day,
  /// ns-of-day, day-fraction), parted by commas, or a pattern like `%d/%m/%y %H:%M:%S`, which the
  /// cells of all the stamp's columns, parted by a space, must match. Empty: told from the rows.
  std::string time_format;
  /// Cumulative `volume` and `turnover` become differences per instrument. Each file
  /// starts anew: its first row of an instrument has neither (NaN).
  VolumeMode volume_mode = VolumeMode::kIncremental;
  OnBadRow on_bad_row = OnBadRow::kStop;
  /// The names of the columns, for files whose first line has data. Empty: the first line has them.
  std::vector<std::string> header;
  /// The last line of the last file is taken also where its line end is missing. Without it, such a
  /// line of a plain file waits: a writer may be within it, and half a number is a wrong number.
  bool take_last_line = false;
  /// The end of the last file is not the end of its ticks: the feed then says kIdle and goes on
  /// when lines are added, also in the file that takes its place when it is renamed. A packed file
  /// is refused; a pipe ends when its writer closes it. Not together with `take_last_line`.
  bool follow = false;
  /// The encoding of the text, by a name that iconv knows (GB18030, latin1, Shift_JIS). Empty:
  /// UTF-8, UTF-16 or GB18030, as the file shows.
  std::string encoding;
  /// So many lines before the header (or, with `header`, before the data) are passed over.
  std::uint64_t skip_lines = 0;
  /// Numbers have a comma for the point: 51,5.
  bool decimal_comma = false;
  /// Numbers may have commas, apostrophes or spaces between thousands: 1,234.5. Without it, columns
  /// whose first rows can mean nothing else are read so. Not together with `decimal_comma`.
  bool thousands = false;
  /// Only these columns become fields; empty: all. Instrument and timestamp are found whatever it
  /// says. A name as in ColumnMapping::column, or that of a field. Their cells must be numbers.
  std::vector<std::string> columns;
  /// These columns do not become fields.
  std::vector<std::string> drop;
  /// Only to ask for the schema: neither instrument nor timestamp need to be there.
  bool fields_only = false;
  /// Numbers that stand for "none".
  std::vector<MissingValue> missing;
  /// What a field's numbers are multiplied with: prices in units of 1e-9, for instance.
  std::vector<FieldScale> scale;
  /// Set from another thread or a signal handler, it ends the wait for a pipe that is silent: the
  /// feed fails with kClosed. It is looked at every tenth of a second while waiting, and not while
  /// rows are there to read. Null: waits as long as it takes. Outlives the feed.
  const std::atomic<bool>* stop = nullptr;
  /// How Parquet and Arrow files are read: by `open_table` of factorwal/table_source.h, where the
  /// archive's library is there. Without it, such a file is refused.
  OpenTable open_table;
  FeedWords words;
};

/// Reads `last_price=LastPrice,volume=Vol`.
[[nodiscard]] FACTORWAL_EXPORT Result<std::vector<ColumnMapping>> parse_column_map(
    std::string_view text);

/// Reads `0,9223372036854775807` (of every field) and `last_price=0,ask_price1=0` (of these).
[[nodiscard]] FACTORWAL_EXPORT Result<std::vector<MissingValue>> parse_missing(
    std::string_view text);
/// Reads `price=1e-9,volume=100`.
[[nodiscard]] FACTORWAL_EXPORT Result<std::vector<FieldScale>> parse_scales(std::string_view text);

}  // namespace factorwal::feed
