#include "archive/sorted_ticks.h"

#include <limits>

#include "archive/row_group.h"

namespace factorwal::archive {
namespace {

/// Where each row goes, in the order in which rows came.
std::vector<std::uint32_t> targets_of(std::span<const ColumnBatch> batches, const RowOrder& order) {
  std::vector<std::size_t> begins;
  std::size_t rows = 0;
  for (const auto& batch : batches) {
    begins.push_back(rows);
    rows += batch.row_count();
  }
  std::vector<std::uint32_t> targets(rows);
  std::uint32_t target = 0;
  for (const auto& place : order.places) targets[begins[place.batch] + place.row] = target++;
  return targets;
}

/// `get` gives a batch's column, or null where it lacks one.
template <class T, class Get>
std::vector<T> scatter(std::span<const ColumnBatch> batches,
                       const std::vector<std::uint32_t>& targets, T missing, Get&& get) {
  std::vector<T> sorted(targets.size());
  const std::uint32_t* target = targets.data();
  for (std::size_t b = 0; b < batches.size(); ++b) {
    const auto rows = batches[b].row_count();
    const T* values = get(b);
    for (std::size_t row = 0; row < rows; ++row)
      sorted[*target++] = values == nullptr ? missing : values[row];
  }
  return sorted;
}

}  // namespace

ColumnBatch sort_ticks(const PartSchema& schema, std::span<const ColumnBatch> batches,
                       RowOrder& order) {
  const auto targets = targets_of(batches, order);
  ColumnBatch sorted;
  sorted.timestamps = scatter<TimestampNs>(
      batches, targets, 0, [&](std::size_t b) { return batches[b].timestamps.data(); });
  sorted.sequences = scatter<Sequence>(batches, targets, 0,
                                       [&](std::size_t b) { return batches[b].sequences.data(); });
  sorted.ordinals = scatter<std::uint64_t>(
      batches, targets, 0, [&](std::size_t b) { return batches[b].ordinals.data(); });
  sorted.counted = scatter<std::uint8_t>(batches, targets, 0,
                                         [&](std::size_t b) { return batches[b].counted.data(); });
  const RowSource source(schema, batches);
  for (std::size_t c = 0; c < schema.columns.size(); ++c) {
    const auto column = source.column(c);
    sorted.columns.push_back(
        {schema.columns[c].name,
         schema.columns[c].is_factor,
         scatter<double>(batches, targets, std::numeric_limits<double>::quiet_NaN(),
                         [&](std::size_t b) { return column[b]; }),
         {}});
  }
  std::uint32_t row = 0;
  for (auto& place : order.places) place = {0, row++};
  return sorted;
}

}  // namespace factorwal::archive
