#include "archive/history_reader.h"

#include <algorithm>
#include <numeric>

#include "archive/overlap.h"

namespace factorwal::archive {

Result<std::unique_ptr<HistoryReader>> HistoryReader::open(Storage& storage,
                                                           const std::string& directory,
                                                           HistoryQuery query,
                                                           const ReadMemory& memory) {
  if (query.batch_rows == 0)
    return Error{Errc::kInvalidArgument, "batch_rows is 0: a batch has one row at least"};
  std::unique_ptr<HistoryReader> reader(new HistoryReader(RowFilter(std::move(query)), memory));
  auto archive = open_parts(storage, directory, [&](const ManifestFile& file) {
    return reader->filter_.may_match(file);
  });
  if (!archive) return archive.error();
  reader->archive_ = std::move(*archive);
  if (reader->filter_.query().data_set == DataSet::kTicks)
    reader->columns_ = reader->filter_.columns(reader->archive_.manifest);
  reader->parts_ = overlapping(
      std::move(reader->archive_.parts),
      [](const OpenPart& part) { return part.file.summary.sequence_min; },
      [](const OpenPart& part) { return part.file.summary.sequence_max; });
  return reader;
}

Result<bool> HistoryReader::next(ColumnBatch& batch) {
  const auto rows_max = filter_.query().batch_rows;
  while (rows_.row_count() < rows_max) {
    if (next_row_ == order_.size()) {
      const auto loaded = load_next();
      if (!loaded) return loaded.error();
      if (!*loaded) break;
    }
    const auto count = std::min(rows_max - rows_.row_count(), order_.size() - next_row_);
    rows_.append(sorted_, std::span(order_).subspan(next_row_, count));
    next_row_ += count;
  }
  if (rows_.row_count() == 0) return false;
  batch = rows_.take();
  return true;
}

Result<bool> HistoryReader::load_next() {
  sorted_ = {};
  for (;;) {
    if (spilled_) {
      auto rows = spilled_->take();
      if (!rows) return rows.error();
      if (rows->row_count() > 0) {
        sort(std::move(*rows));
        return true;
      }
      spilled_.reset();
    }
    if (next_groups_ < groups_.size()) {
      if (auto status = load(groups_[next_groups_++]); !status) return status.error();
      if (!spilled_ && next_row_ < order_.size()) return true;
      continue;
    }
    if (next_parts_ == parts_.size()) return false;
    if (auto status = open_next_parts(); !status) return status.error();
  }
}

Status HistoryReader::open_next_parts() {
  opened_.clear();
  next_groups_ = 0;
  std::vector<Group> groups;
  for (auto& part : parts_[next_parts_]) {
    auto opened =
        PartReader::open(std::move(part.content), part.path, part.file.summary.footer_hash);
    if (!opened) return opened.error();
    opened_.push_back(std::move(*opened));
    auto& reader = *opened_.back();
    for (std::size_t g = 0; g < reader.groups().size(); ++g)
      if (filter_.may_match(reader.groups()[g])) groups.push_back({&reader, g});
  }
  parts_[next_parts_++].clear();
  groups_ = overlapping(
      std::move(groups), [](const Group& group) { return group.range().sequence_min; },
      [](const Group& group) { return group.range().sequence_max; });
  return {};
}

std::uint64_t HistoryReader::bytes_of(const GroupRange& range) const {
  constexpr std::uint64_t kRowBytes = 36;  // instrument, time, sequence, ordinal, order
  constexpr std::uint64_t kItemBytes = 12;
  const bool ticks = filter_.query().data_set == DataSet::kTicks;
  return range.rows * (kRowBytes + (ticks ? columns_.size() * sizeof(double) : 0)) +
         (ticks ? 0 : range.items * kItemBytes);
}

Status HistoryReader::load(const std::vector<Group>& groups) {
  std::uint64_t bytes = 0;
  for (const auto& group : groups) bytes += bytes_of(group.range());
  if (groups.size() > 1 && bytes > memory_.bytes) return spill(groups, bytes);
  RowCollector rows(filter_.query().data_set);
  for (const auto& group : groups) {
    if (auto status = read_selected(group); !status) return status;
    rows.append(group_, selected_);
  }
  sort(rows.take());
  return {};
}

Status HistoryReader::spill(const std::vector<Group>& groups, std::uint64_t bytes) {
  const auto& query = filter_.query();
  auto last = groups.front().range().sequence_max;
  for (const auto& group : groups) last = std::max(last, group.range().sequence_max);
  const auto first = std::max(groups.front().range().sequence_min, query.first_sequence);
  // A range is read into memory once, and copied when it is given.
  const auto ranges = bytes / std::max<std::uint64_t>(memory_.bytes / 2, 1) + 1;
  auto spilled = SpilledRows::make(memory_.scratch_directory, query.data_set, first,
                                   std::min(last, query.last_sequence), ranges);
  if (!spilled) return spilled.error();
  for (const auto& group : groups) {
    if (auto status = read_selected(group); !status) return status;
    if (auto status = (*spilled)->put(group_, selected_); !status) return status;
  }
  spilled_ = std::move(*spilled);
  return {};
}

Status HistoryReader::read_selected(const Group& group) {
  const auto places = RowFilter::places(columns_, group.part->schema());
  if (auto status = read_group(*group.part, group.index, places, group_); !status) return status;
  for (std::size_t c = 0; c < columns_.size(); ++c) {
    group_.columns[c].name = columns_[c].column;
    group_.columns[c].own_name = columns_[c].name;
    group_.columns[c].is_factor = columns_[c].is_factor;
  }
  selected_ = filter_.select(group_);
  return {};
}

void HistoryReader::sort(ColumnBatch rows) {
  sorted_ = std::move(rows);
  order_.resize(sorted_.row_count());
  std::iota(order_.begin(), order_.end(), 0U);
  next_row_ = 0;
  const auto& sequences = sorted_.sequences;
  const auto before = [&](std::uint32_t a, std::uint32_t b) { return sequences[a] < sequences[b]; };
  if (!std::is_sorted(order_.begin(), order_.end(), before))
    std::sort(order_.begin(), order_.end(), before);
}

}  // namespace factorwal::archive
