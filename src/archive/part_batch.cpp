#include "archive/part_batch.h"

#include <bit>
#include <limits>
#include <numeric>

#include "factorwal/record.h"

namespace factorwal::archive {
namespace {

/// Every missing number has the bits 7ff8000000000000.
constexpr double kMissing = std::numeric_limits<double>::quiet_NaN();

void take_texts(const LeafData& data, Dictionary& dictionary, std::vector<std::uint32_t>& codes) {
  dictionary = std::make_shared<const std::vector<std::string>>(data.table.texts());
  codes.assign(data.codes.begin(), data.codes.end());
}

void take_counts(const LeafData& data, std::vector<std::uint64_t>& counts) {
  counts.resize(data.integers.size());
  for (std::size_t i = 0; i < counts.size(); ++i)
    counts[i] = std::bit_cast<std::uint64_t>(data.integers[i]);
}

void take_times(const LeafData& data, std::vector<TimestampNs>& times) {
  times.clear();
  std::size_t next = 0;
  for (const auto level : data.definitions)
    times.push_back(level != 0 ? data.integers[next++] : kNoTimestamp);
}

void take_numbers(LeafData& data, std::int16_t level, std::vector<double>& numbers) {
  if (data.numbers.size() == data.definitions.size()) {
    numbers.swap(data.numbers);
    return;
  }
  numbers.clear();
  numbers.reserve(data.definitions.size());
  std::size_t next = 0;
  for (const auto there : data.definitions) {
    if (there + 1 >= level) numbers.push_back(there == level ? data.numbers[next++] : kMissing);
  }
}

/// Where the items of each row end: a level of repetition 0 begins a row, and one of definition 0
/// says that it has none.
void take_offsets(const LeafData& data, std::vector<std::uint64_t>& offsets) {
  offsets.clear();
  std::uint64_t items = 0;
  for (std::size_t i = 0; i < data.repetitions.size(); ++i) {
    if (data.repetitions[i] == 0) offsets.push_back(items);
    items += data.definitions[i] != 0 ? 1 : 0;
  }
  offsets.push_back(items);
}

/// Reads the leaves of one group, one after the other.
class GroupReading {
 public:
  GroupReading(PartReader& part, std::size_t group) : part_(part), group_(group) {}
  template <class Take>
  void read(std::size_t leaf, Take&& take) {
    if (!status_) return;
    status_ = part_.read_leaf(group_, leaf, data_);
    if (status_) take(data_);
  }
  [[nodiscard]] const Status& status() const { return status_; }
  LeafData& data() { return data_; }

 private:
  PartReader& part_;
  std::size_t group_;
  LeafData data_;
  Status status_;
};

void read_ticks(GroupReading& reading, const PartSchema& schema,
                std::span<const std::size_t> columns, ColumnBatch& batch) {
  const auto first = schema.leaves.size() - schema.columns.size();
  reading.read(first - 2, [&](LeafData& data) { take_counts(data, batch.ordinals); });
  reading.read(first - 1, [&](LeafData& data) {
    batch.counted.assign(data.integers.begin(), data.integers.end());
  });
  batch.columns.resize(columns.size());
  for (std::size_t i = 0; i < columns.size(); ++i) {
    auto& target = batch.columns[i];
    if (columns[i] == kMissingColumn) {
      target.values.assign(batch.row_count(), kMissing);
      continue;
    }
    target.name = schema.columns[columns[i]].column;
    target.own_name = schema.columns[columns[i]].name;
    target.is_factor = schema.columns[columns[i]].is_factor;
    reading.read(first + columns[i], [&](LeafData& data) { take_numbers(data, 1, target.values); });
  }
}

void read_factor_ids(GroupReading& reading, ColumnBatch& batch) {
  reading.read(1, [&](LeafData& data) { take_texts(data, batch.factor_ids, batch.factors); });
}

}  // namespace

Status read_group(PartReader& part, std::size_t group, std::span<const std::size_t> columns,
                  ColumnBatch& batch) {
  const auto& schema = part.schema();
  batch.data_set = schema.data_set;
  GroupReading reading(part, group);
  reading.read(kInstrumentLeaf,
               [&](LeafData& data) { take_texts(data, batch.instrument_ids, batch.instruments); });
  reading.read(static_cast<std::size_t>(schema.timestamp_leaf),
               [&](LeafData& data) { take_times(data, batch.timestamps); });
  reading.read(static_cast<std::size_t>(schema.sequence_leaf),
               [&](LeafData& data) { take_counts(data, batch.sequences); });
  switch (schema.data_set) {
    case DataSet::kTicks: read_ticks(reading, schema, columns, batch); break;
    case DataSet::kUpdates:
      read_factor_ids(reading, batch);
      reading.read(4, [&](LeafData& data) { take_numbers(data, 1, batch.values); });
      break;
    case DataSet::kVectors:
      read_factor_ids(reading, batch);
      reading.read(4, [&](LeafData& data) {
        take_offsets(data, batch.offsets);
        take_numbers(data, 2, batch.values);
      });
      break;
    case DataSet::kSnapshots:
      reading.read(3, [&](LeafData& data) { take_counts(data, batch.checkpoint_ids); });
      reading.read(4, [&](LeafData& data) { take_texts(data, batch.factor_ids, batch.factors); });
      reading.read(5, [&](LeafData& data) {
        take_offsets(data, batch.offsets);
        take_numbers(data, 2, batch.values);
      });
      break;
  }
  return reading.status();
}

Status read_group(PartReader& part, std::size_t group, ColumnBatch& batch) {
  std::vector<std::size_t> all(part.schema().columns.size());
  std::iota(all.begin(), all.end(), std::size_t{0});
  return read_group(part, group, all, batch);
}

void RowCollector::append(const ColumnBatch& source, std::span<const std::uint32_t> rows) {
  std::vector<std::int32_t> codes(source.instrument_ids->size(), -1);
  for (const auto row : rows) {
    auto& code = codes[source.instruments[row]];
    if (code < 0) code = instruments_.code_of((*source.instrument_ids)[source.instruments[row]]);
    batch_.instruments.push_back(static_cast<std::uint32_t>(code));
    batch_.timestamps.push_back(source.timestamps[row]);
    batch_.sequences.push_back(source.sequences[row]);
  }
  if (data_set_ == DataSet::kTicks) {
    append_columns(source, rows);
  } else {
    append_items(source, rows);
  }
}

void RowCollector::append_columns(const ColumnBatch& source, std::span<const std::uint32_t> rows) {
  for (const auto row : rows) batch_.ordinals.push_back(source.ordinals[row]);
  for (const auto row : rows) batch_.counted.push_back(source.counted[row]);
  batch_.columns.resize(source.columns.size());
  for (std::size_t c = 0; c < source.columns.size(); ++c) {
    auto& target = batch_.columns[c];
    const auto& column = source.columns[c];
    target.name = column.name;
    target.is_factor = column.is_factor;
    target.own_name = column.own_name;
    const auto first = target.values.size();
    target.values.resize(first + rows.size());
    for (std::size_t i = 0; i < rows.size(); ++i) target.values[first + i] = column.values[rows[i]];
  }
}

void RowCollector::append_items(const ColumnBatch& source, std::span<const std::uint32_t> rows) {
  std::vector<std::int32_t> codes(source.factor_ids->size(), -1);
  const auto factor = [&](std::size_t at) {
    auto& code = codes[source.factors[at]];
    if (code < 0) code = factors_.code_of((*source.factor_ids)[source.factors[at]]);
    return static_cast<std::uint32_t>(code);
  };
  const bool has_items = data_set_ != DataSet::kUpdates;
  if (has_items && batch_.offsets.empty()) batch_.offsets.push_back(0);
  for (const auto row : rows) {
    if (data_set_ != DataSet::kSnapshots) batch_.factors.push_back(factor(row));
    if (data_set_ == DataSet::kSnapshots)
      batch_.checkpoint_ids.push_back(source.checkpoint_ids[row]);
    if (!has_items) {
      batch_.values.push_back(source.values[row]);
      continue;
    }
    for (auto i = source.offsets[row]; i < source.offsets[row + 1]; ++i) {
      batch_.values.push_back(source.values[i]);
      if (data_set_ == DataSet::kSnapshots) batch_.factors.push_back(factor(i));
    }
    batch_.offsets.push_back(batch_.values.size());
  }
}

ColumnBatch RowCollector::take() {
  batch_.data_set = data_set_;
  batch_.instrument_ids = std::make_shared<const std::vector<std::string>>(instruments_.texts());
  if (data_set_ != DataSet::kTicks)
    batch_.factor_ids = std::make_shared<const std::vector<std::string>>(factors_.texts());
  instruments_.clear();
  factors_.clear();
  return std::exchange(batch_, {});
}

}  // namespace factorwal::archive
