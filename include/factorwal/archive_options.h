#pragma once
/// \file
/// How the Parquet archive is written. Part of the library `factorwal::archive`.

#include <cstddef>
#include <cstdint>
#include <limits>
#include <optional>
#include <string>
#include <string_view>

#include "factorwal/export.h"
#include "factorwal/result.h"
#include "factorwal/trading_days.h"
#include "factorwal/types.h"

namespace factorwal {

enum class Codec : std::uint8_t { kNone, kSnappy, kLz4, kZstd };

struct Compression {
  Codec codec = Codec::kZstd;
  int level = 3;  ///< kZstd: 1 (fast) to 22 (small)
  friend bool operator==(const Compression&, const Compression&) = default;
};

/// "none", "snappy", "lz4" or "zstd:3". kInvalidArgument for any other text.
[[nodiscard]] FACTORWAL_EXPORT Result<Compression> parse_compression(std::string_view text);
[[nodiscard]] FACTORWAL_EXPORT std::string to_string(const Compression& compression);

/// The compression of each category of columns. Instruments, times and sequences go with inputs.
struct FACTORWAL_EXPORT CompressionStrategy {
  Compression inputs;   ///< fields of ticks
  Compression factors;  ///< factors of ticks; updates and vectors
  Compression bars;     ///< fields of ticks that hold open, high, low and close
  Compression states;   ///< snapshots
  friend bool operator==(const CompressionStrategy&, const CompressionStrategy&) = default;

  /// ZSTD 3 for all; the default.
  [[nodiscard]] static CompressionStrategy balanced();
  /// LZ4 for all: the least time to write and read.
  [[nodiscard]] static CompressionStrategy fast();
  /// ZSTD 12 for all: the fewest bytes.
  [[nodiscard]] static CompressionStrategy compact();
};

/// How the values of a column become bytes, before compression.
enum class ColumnEncoding : std::uint8_t {
  kPlain,
  kDictionary,
  kByteStreamSplit,  ///< of doubles
  kDelta,            ///< of whole numbers
};

struct ArchiveOptions {
  /// The archive's directory. Empty: `archive` in the data directory.
  std::string archive_directory;
  CompressionStrategy compression;
  /// For all columns that can have it. None: the one with the fewest bytes, column by column.
  std::optional<ColumnEncoding> encoding;
  /// The folder of a row: the day of its event time. None: as the archive has it; in a new one
  /// days in UTC. Of an archive that has others it is refused.
  std::optional<TradingDays> days;
  /// Nothing above it is archived.
  Sequence last_sequence = std::numeric_limits<Sequence>::max();
  /// Rows of one commit are held in memory, unsorted and sorted: of each data set at most so many
  /// bytes each.
  std::size_t part_bytes_max = std::size_t{256} << 20;
  /// A day of more parts is compacted into one; a day that has ended, at once.
  std::size_t parts_of_day_max = 16;
};

}  // namespace factorwal
