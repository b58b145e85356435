#pragma once
/// Reads one Parquet file of the archive.

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "archive/leaf_data.h"
#include "archive/part_format.h"
#include "archive/storage.h"

namespace factorwal::archive {

/// What is known of a row group without reading it. Bounds that are not known are as wide as can
/// be.
struct GroupRange {
  std::uint64_t rows = 0;
  std::uint64_t items = 0;  ///< of lists and maps; where there are none, rows
  std::string instrument_min;
  std::optional<std::string> instrument_max;
  TimestampNs time_min = 0;
  TimestampNs time_max = 0;
  bool times_missing = true;  ///< some rows may have no time
  Sequence sequence_min = 0;
  Sequence sequence_max = 0;
};

class PartReader {
 public:
  /// kCorruption when the footer is not the one with that hash; none: not compared.
  static Result<std::unique_ptr<PartReader>> open(
      std::shared_ptr<InputFile> file, const std::string& path,
      std::optional<std::uint64_t> footer_hash = std::nullopt);
  ~PartReader();

  [[nodiscard]] const PartSchema& schema() const noexcept;
  [[nodiscard]] const PartMetadata& metadata() const noexcept;
  [[nodiscard]] const std::vector<GroupRange>& groups() const noexcept;
  [[nodiscard]] std::uint64_t row_count() const noexcept;
  [[nodiscard]] const std::string& path() const noexcept;
  /// Replaces `data`. kCorruption when a page's checksum, or what is in it, does not hold.
  [[nodiscard]] Status read_leaf(std::size_t group, std::size_t leaf, LeafData& data);

 private:
  struct State;
  explicit PartReader(std::unique_ptr<State> state);
  std::unique_ptr<State> state_;
};

/// Of the metadata at the file's end, as it is there.
[[nodiscard]] Result<std::uint64_t> footer_hash(InputFile& file, const std::string& path);

}  // namespace factorwal::archive
