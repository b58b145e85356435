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
void scatter(std::span<const ColumnBatch> batches, const std::vector<std::uint32_t>& targets,
             T missing, std::vector<T>& sorted, Get&& get) {
  sorted.resize(targets.size());
  const std::uint32_t* target = targets.data();
  for (std::size_t b = 0; b < batches.size(); ++b) {
    const auto rows = batches[b].row_count();
    const T* values = get(b);
    for (std::size_t row = 0; row < rows; ++row)
      sorted[*target++] = values == nullptr ? missing : values[row];
  }
}

}  // namespace

void sort_ticks(const PartSchema& schema, std::span<const ColumnBatch> batches, RowOrder& order,
                ColumnBatch& sorted) {
  const auto targets = targets_of(batches, order);
  scatter<TimestampNs>(batches, targets, 0, sorted.timestamps,
                       [&](std::size_t b) { return batches[b].timestamps.data(); });
  scatter<Sequence>(batches, targets, 0, sorted.sequences,
                    [&](std::size_t b) { return batches[b].sequences.data(); });
  scatter<std::uint64_t>(batches, targets, 0, sorted.ordinals,
                         [&](std::size_t b) { return batches[b].ordinals.data(); });
  scatter<std::uint8_t>(batches, targets, 0, sorted.counted,
                        [&](std::size_t b) { return batches[b].counted.data(); });
  const RowSource source(schema, batches);
  sorted.columns.resize(schema.columns.size());
  for (std::size_t c = 0; c < schema.columns.size(); ++c) {
    auto& column = sorted.columns[c];
    column.name = schema.columns[c].name;
    column.is_factor = schema.columns[c].is_factor;
    const auto values = source.column(c);
    scatter<double>(batches, targets, std::numeric_limits<double>::quiet_NaN(), column.values,
                    [&](std::size_t b) { return values[b]; });
  }
  std::uint32_t row = 0;
  for (auto& place : order.places) place = {0, row++};
}

}  // namespace factorwal::archive
