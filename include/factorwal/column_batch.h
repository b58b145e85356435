#pragma once
/// \file
/// Rows of a log, column by column.

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "factorwal/types.h"

namespace factorwal {

/// What rows a log has. Each set has columns of its own, and a folder of its own in the archive.
enum class DataSet : std::uint8_t {
  kTicks,      ///< a row for each tick: inputs and the factors they gave
  kUpdates,    ///< a row for each factor value that was sent by itself
  kVectors,    ///< a row for each vector that was sent
  kSnapshots,  ///< a row for each snapshot of an instrument's values
};

/// The texts of a column without repetition; rows hold places in it.
using Dictionary = std::shared_ptr<const std::vector<std::string>>;

/// A column of a tick's inputs or factors.
struct NumberColumn {
  std::string name;  ///< unique in its batch
  bool is_factor = false;
  std::vector<double> values;  ///< one a row; NaN is missing
  std::string own_name = {};   ///< of the field or factor; empty: `name`

  [[nodiscard]] const std::string& id() const noexcept {
    return own_name.empty() ? name : own_name;
  }
};

/// Rows of one data set in the order of their sequences. All vectors of a row have `row_count()`
/// entries; those that its data set does not have are empty.
struct ColumnBatch {
  DataSet data_set = DataSet::kTicks;

  Dictionary instrument_ids;
  std::vector<std::uint32_t> instruments;  ///< places in `instrument_ids`
  std::vector<TimestampNs> timestamps;     ///< event times; kNoTimestamp is missing
  std::vector<Sequence> sequences;         ///< ascending; empty where not asked for
  bool has_sequences = true;

  std::vector<NumberColumn> columns;    ///< kTicks: inputs, then factors; names are unique
  std::vector<std::uint64_t> ordinals;  ///< kTicks: which tick of its instrument, from 1
  std::vector<std::uint8_t> counted;    ///< kTicks: 0 where the ordinal is no count; see TickNumber

  Dictionary factor_ids;               ///< of all but kTicks
  std::vector<std::uint32_t> factors;  ///< kUpdates, kVectors: one a row; kSnapshots: one an item
  std::vector<double> values;          ///< kUpdates: one a row; kVectors, kSnapshots: one an item
  /// kVectors, kSnapshots: the items of row i are those from offsets[i] to offsets[i + 1].
  std::vector<std::uint64_t> offsets;
  std::vector<std::uint64_t> checkpoint_ids;  ///< kSnapshots

  [[nodiscard]] std::size_t row_count() const noexcept { return timestamps.size(); }
};

}  // namespace factorwal
