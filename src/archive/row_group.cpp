#include "archive/row_group.h"

#include <algorithm>
#include <bit>
#include <cmath>

#include "factorwal/record.h"

namespace factorwal::archive {
namespace {

/// Adds a level for each value, and those values that are there. Without branches: which values
/// are missing is hard to foresee.
template <class Get>
void append_numbers(std::size_t count, std::int16_t level, LeafData& leaf, Get&& get) {
  const auto first_value = leaf.numbers.size();
  const auto first_level = leaf.definitions.size();
  leaf.numbers.resize(first_value + count);
  leaf.definitions.resize(first_level + count);
  double* value = leaf.numbers.data() + first_value;
  std::int16_t* definition = leaf.definitions.data() + first_level;
  for (std::size_t i = 0; i < count; ++i) {
    const double number = get(i);
    const bool there = !std::isnan(number);
    *value = number;
    value += there ? 1 : 0;
    definition[i] = static_cast<std::int16_t>(there ? level : level - 1);
  }
  leaf.numbers.resize(static_cast<std::size_t>(value - leaf.numbers.data()));
}

template <class Get>
void append_counts(std::span<const Place> places, LeafData& leaf, Get&& get) {
  const auto first = leaf.integers.size();
  leaf.integers.resize(first + places.size());
  std::int64_t* out = leaf.integers.data() + first;
  for (const auto& place : places) *out++ = std::bit_cast<std::int64_t>(get(place));
}

void append_times(const RowSource& source, std::span<const Place> places, LeafData& leaf) {
  for (const auto& place : places) {
    const auto time = source.batches()[place.batch].timestamps[place.row];
    leaf.definitions.push_back(time == kNoTimestamp ? 0 : 1);
    if (time != kNoTimestamp) leaf.integers.push_back(time);
  }
}

/// Repetition levels of a row's items: a row without items has one level too.
void append_repetitions(std::size_t items, LeafData& leaf) {
  leaf.repetitions.push_back(0);
  leaf.repetitions.insert(leaf.repetitions.end(), items == 0 ? 0 : items - 1, 1);
}

struct Items {
  std::size_t begin = 0;
  std::size_t count = 0;
};

Items items_of(const ColumnBatch& batch, std::uint32_t row) {
  return {batch.offsets[row], batch.offsets[row + 1] - batch.offsets[row]};
}

void append_item_numbers(const ColumnBatch& batch, const Items& items, LeafData& leaf) {
  append_repetitions(items.count, leaf);
  if (items.count == 0) {
    leaf.definitions.push_back(0);
    return;
  }
  append_numbers(items.count, 2, leaf,
                 [&](std::size_t i) { return batch.values[items.begin + i]; });
}

}  // namespace

RowSource::RowSource(const PartSchema& schema, std::span<const ColumnBatch> batches)
    : batches_(batches) {
  columns_.reserve(schema.columns.size() * batches.size());
  for (const auto& column : schema.columns) {
    for (const auto& batch : batches) {
      const auto found =
          std::find_if(batch.columns.begin(), batch.columns.end(), [&](const NumberColumn& c) {
            return c.is_factor == column.is_factor && c.id() == column.name;
          });
      columns_.push_back(found == batch.columns.end() ? nullptr : found->values.data());
    }
  }
}

void RowGroup::clear() {
  rows_ = 0;
  for (auto& leaf : leaves_) leaf.clear();
}

void RowGroup::append(const RowSource& source, std::string_view instrument,
                      std::span<const Place> places) {
  append_keys(source, instrument, places);
  switch (schema_->data_set) {
    case DataSet::kTicks: append_ticks(source, places); break;
    case DataSet::kUpdates:
      append_factor_ids(source, places, leaves_[1]);
      append_numbers(places.size(), 1, leaves_[4], [&](std::size_t i) {
        return source.batches()[places[i].batch].values[places[i].row];
      });
      break;
    case DataSet::kVectors: append_vectors(source, places); break;
    case DataSet::kSnapshots: append_snapshots(source, places); break;
  }
  rows_ += places.size();
}

void RowGroup::append_keys(const RowSource& source, std::string_view instrument,
                           std::span<const Place> places) {
  auto& ids = leaves_[kInstrumentLeaf];
  ids.codes.insert(ids.codes.end(), places.size(), ids.table.code_of(instrument));
  append_times(source, places, leaves_[static_cast<std::size_t>(schema_->timestamp_leaf)]);
  append_counts(
      places, leaves_[static_cast<std::size_t>(schema_->sequence_leaf)],
      [&](const Place& place) { return source.batches()[place.batch].sequences[place.row]; });
}

void RowGroup::append_factor_ids(const RowSource& source, std::span<const Place> places,
                                 LeafData& leaf) {
  for (const auto& place : places) {
    const auto& batch = source.batches()[place.batch];
    leaf.codes.push_back(leaf.table.code_of((*batch.factor_ids)[batch.factors[place.row]]));
  }
}

void RowGroup::append_ticks(const RowSource& source, std::span<const Place> places) {
  const auto first = leaves_.size() - schema_->columns.size();
  append_counts(places, leaves_[first - 2], [&](const Place& place) {
    return source.batches()[place.batch].ordinals[place.row];
  });
  append_counts(places, leaves_[first - 1], [&](const Place& place) {
    return std::uint64_t{source.batches()[place.batch].counted[place.row]};
  });
  for (std::size_t c = 0; c < schema_->columns.size(); ++c) {
    auto& leaf = leaves_[first + c];
    const auto columns = source.column(c);
    const bool everywhere = std::find(columns.begin(), columns.end(), nullptr) == columns.end();
    if (everywhere) {
      append_numbers(places.size(), 1, leaf,
                     [&](std::size_t i) { return columns[places[i].batch][places[i].row]; });
    } else {
      append_numbers(places.size(), 1, leaf, [&](std::size_t i) {
        const double* values = columns[places[i].batch];
        return values == nullptr ? std::nan("") : values[places[i].row];
      });
    }
  }
}

void RowGroup::append_vectors(const RowSource& source, std::span<const Place> places) {
  append_factor_ids(source, places, leaves_[1]);
  for (const auto& place : places) {
    const auto& batch = source.batches()[place.batch];
    append_item_numbers(batch, items_of(batch, place.row), leaves_[4]);
  }
}

void RowGroup::append_snapshots(const RowSource& source, std::span<const Place> places) {
  append_counts(places, leaves_[3], [&](const Place& place) {
    return source.batches()[place.batch].checkpoint_ids[place.row];
  });
  for (const auto& place : places) {
    const auto& batch = source.batches()[place.batch];
    const auto items = items_of(batch, place.row);
    auto& keys = leaves_[4];
    append_repetitions(items.count, keys);
    keys.definitions.insert(keys.definitions.end(), std::max<std::size_t>(items.count, 1),
                            items.count == 0 ? 0 : 1);
    for (std::size_t i = 0; i < items.count; ++i) {
      const auto& id = (*batch.factor_ids)[batch.factors[items.begin + i]];
      keys.codes.push_back(keys.table.code_of(id));
    }
    append_item_numbers(batch, items, leaves_[5]);
  }
}

}  // namespace factorwal::archive
