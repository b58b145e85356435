#pragma once
/// The numbers of the archive's layout, and what a part's own metadata says.

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "archive/part_schema.h"

namespace factorwal::archive {

/// A row group ends at an instrument's end once it has so many rows,
inline constexpr std::size_t kGroupRowsMin = 16'384;
/// and at so many anyway.
inline constexpr std::size_t kGroupRowsMax = 122'880;
inline constexpr std::int64_t kPageRowsMax = 20'000;
/// A column with a larger dictionary has none.
inline constexpr std::int64_t kDictionaryBytesMax = 1 << 20;

/// The text of a factor set, for the ticks from one sequence to another.
struct Definition {
  Sequence first = 0;
  Sequence last = 0;
  std::string text;
  friend bool operator==(const Definition&, const Definition&) = default;
};

struct PartMetadata {
  Sequence first = 0;  ///< what the part covers, rows or not
  Sequence last = 0;
  std::vector<TickColumn> columns;
  std::vector<Definition> definitions;
};

struct PartDescription {
  DataSet data_set = DataSet::kTicks;
  PartMetadata part;
};

/// The key of a file's metadata that holds it, as JSON.
inline constexpr const char* kMetadataKey = "factorwal";
[[nodiscard]] std::string encode_metadata(DataSet data_set, const PartMetadata& metadata);
/// kCorruption when it is none; kUnsupportedVersion when it is of a newer release.
[[nodiscard]] Result<PartDescription> decode_metadata(const std::string& path,
                                                      std::string_view text);

/// "part-<first>-<last>.parquet", with 20 digits each, so that names sort as sequences do.
[[nodiscard]] std::string part_name(Sequence first, Sequence last);
/// Of a directory: "day=...".
[[nodiscard]] inline bool is_day_name(std::string_view name) { return name.starts_with("day="); }
[[nodiscard]] bool is_part_name(std::string_view name);
/// Of a part's name.
[[nodiscard]] Sequence first_sequence_of(const std::string& part_name);

}  // namespace factorwal::archive
