#pragma once
/// Writes one Parquet file of the archive, and reads it back.

#include <memory>
#include <span>
#include <string>
#include <vector>

#include "archive/part_format.h"
#include "archive/row_group.h"
#include "archive/storage.h"

namespace factorwal::archive {

struct PartSummary {
  std::uint64_t rows = 0;
  std::uint64_t bytes = 0;
  std::uint64_t hash = 0;         ///< of the whole file
  std::uint64_t footer_hash = 0;  ///< of its last part, which readers trust first
  TimestampNs time_min = 0;       ///< of rows that have a time; above `time_max` where none has
  TimestampNs time_max = 0;
  Sequence sequence_min = 0;  ///< of rows; above `sequence_max` where there is none
  Sequence sequence_max = 0;
};

class PartWriter {
 public:
  /// `encodings` has one for each leaf. All that is referred to must outlive it.
  static Result<std::unique_ptr<PartWriter>> create(Storage& storage, std::string path,
                                                    const PartSchema& schema,
                                                    std::span<const ColumnEncoding> encodings,
                                                    const CompressionStrategy& compression,
                                                    const PartMetadata& metadata);
  ~PartWriter();

  /// All rows of one instrument, in order; instruments ascend.
  [[nodiscard]] Status append(const RowSource& source, std::string_view instrument,
                              std::span<const Place> places);
  /// The file is durable, and what was read back from it is what was appended. kCorruption when it
  /// is not: the storage, or the memory, cannot be trusted.
  [[nodiscard]] Result<PartSummary> finish();

 private:
  struct State;
  explicit PartWriter(std::unique_ptr<State> state);
  std::unique_ptr<State> state_;
};

}  // namespace factorwal::archive
