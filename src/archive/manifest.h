#pragma once
/// What the archive holds: only a file that the manifest names counts.

#include <optional>
#include <string>
#include <vector>

#include "archive/part_writer.h"
#include "archive/storage.h"

namespace factorwal::archive {

struct ManifestFile {
  DataSet data_set = DataSet::kTicks;
  std::int32_t day = 0;
  Sequence first = 0;  ///< what it covers of its day, rows or not
  Sequence last = 0;
  PartSummary summary;

  /// Below the archive's directory.
  [[nodiscard]] std::string path() const;
};

/// A day's directory that is about to change places with one built anew. Whether it has done so is
/// seen from the directory: the new file's name is none of the old ones.
struct Compaction {
  ManifestFile file;
};

struct Manifest {
  std::string log;                          ///< identity of the log's directory, in hex
  Sequence first = 1;                       ///< all rows of the log from here
  Sequence archived = 0;                    ///< to here are in `files`
  Sequence sound = 0;                       ///< to here no damage of the log was met
  std::string days = TradingDays().text();  ///< which day a row belongs to
  std::vector<TickColumn> columns;          ///< of all parts of ticks
  std::vector<ManifestFile> files;
  std::optional<Compaction> compaction;

  /// After the exchange of directories.
  void apply_compaction();
};

inline constexpr const char* kManifestName = "MANIFEST.json";
inline constexpr const char* kScratchName = "tmp";

/// "ticks/day=2026-11-30"
[[nodiscard]] std::string day_directory(DataSet data_set, std::int32_t day);

[[nodiscard]] std::string encode_manifest(const Manifest& manifest);
/// kCorruption when its checksum does not hold.
[[nodiscard]] Result<Manifest> decode_manifest(const std::string& path, std::string_view text);
/// kNotFound when there is none, and no parts; kCorruption when parts are there without one.
[[nodiscard]] Result<Manifest> read_manifest(Storage& storage, const std::string& directory);
[[nodiscard]] Status write_manifest(Storage& storage, const std::string& directory,
                                    const Manifest& manifest);

}  // namespace factorwal::archive
