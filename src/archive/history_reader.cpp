#include "archive/history_reader.h"

#include <algorithm>
#include <numeric>

namespace factorwal::archive {

Result<std::unique_ptr<HistoryReader>> HistoryReader::open(Storage& storage,
                                                           const std::string& directory,
                                                           HistoryQuery query) {
  if (query.batch_rows == 0)
    return Error{Errc::kInvalidArgument, "batch_rows is 0: a batch has one row at least"};
  std::unique_ptr<HistoryReader> reader(new HistoryReader(RowFilter(std::move(query))));
  auto archive = open_parts(storage, directory, [&](const ManifestFile& file) {
    return reader->filter_.may_match(file);
  });
  if (!archive) return archive.error();
  reader->archive_ = std::move(*archive);
  if (reader->filter_.query().data_set == DataSet::kTicks)
    reader->columns_ = reader->filter_.columns(reader->archive_.manifest);
  return reader;
}

Result<bool> HistoryReader::next(ColumnBatch& batch) {
  return filter_.of_one_instrument() ? next_by_sequence(batch) : next_by_place(batch);
}

Result<std::unique_ptr<PartReader>> HistoryReader::open_part(OpenPart& part) const {
  return PartReader::open(std::move(part.content), part.path, part.file.summary.footer_hash);
}

Status HistoryReader::read_selected(PartReader& part, std::size_t group, ColumnBatch& batch,
                                    std::vector<std::uint32_t>& rows) const {
  rows.clear();
  if (!filter_.may_match(part.groups()[group])) return {};
  const auto places = RowFilter::places(columns_, part.schema());
  if (auto status = read_group(part, group, places, batch); !status) return status;
  for (std::size_t c = 0; c < columns_.size(); ++c) {
    batch.columns[c].name = columns_[c].name;
    batch.columns[c].is_factor = columns_[c].is_factor;
  }
  rows = filter_.select(batch);
  return {};
}

void HistoryReader::give(ColumnBatch& batch) { batch = rows_.take(); }

Result<bool> HistoryReader::next_by_place(ColumnBatch& batch) {
  const auto rows_max = filter_.query().batch_rows;
  while (rows_.row_count() < rows_max) {
    if (next_selected_ < selected_.size()) {
      const auto count = std::min(rows_max - rows_.row_count(), selected_.size() - next_selected_);
      rows_.append(group_, std::span(selected_).subspan(next_selected_, count));
      next_selected_ += count;
      continue;
    }
    if (part_ == nullptr) {
      if (next_part_ == archive_.parts.size()) break;
      auto part = open_part(archive_.parts[next_part_++]);
      if (!part) return part.error();
      part_ = std::move(*part);
      next_group_ = 0;
    }
    if (next_group_ == part_->groups().size()) {
      part_.reset();
      continue;
    }
    next_selected_ = 0;
    auto status = read_selected(*part_, next_group_++, group_, selected_);
    if (!status) return status.error();
  }
  if (rows_.row_count() == 0) return false;
  give(batch);
  return true;
}

Status HistoryReader::load_sorted(OpenPart& part) {
  auto opened = open_part(part);
  if (!opened) return opened.error();
  RowCollector rows(filter_.query().data_set);
  for (std::size_t g = 0; g < (*opened)->groups().size(); ++g) {
    if (auto status = read_selected(**opened, g, group_, selected_); !status) return status;
    if (!selected_.empty()) rows.append(group_, selected_);
  }
  if (rows.row_count() == 0) return {};
  auto sorted = std::make_unique<SortedPart>();
  sorted->rows = rows.take();
  sorted->order.resize(sorted->rows.row_count());
  std::iota(sorted->order.begin(), sorted->order.end(), 0U);
  const auto& sequences = sorted->rows.sequences;
  const auto before = [&](std::uint32_t a, std::uint32_t b) { return sequences[a] < sequences[b]; };
  if (!std::is_sorted(sorted->order.begin(), sorted->order.end(), before))
    std::sort(sorted->order.begin(), sorted->order.end(), before);
  sorted_.push_back(std::move(sorted));
  return {};
}

Result<bool> HistoryReader::next_by_sequence(ColumnBatch& batch) {
  const auto rows_max = filter_.query().batch_rows;
  constexpr auto kNone = std::numeric_limits<Sequence>::max();
  while (rows_.row_count() < rows_max) {
    const auto not_loaded = next_part_ < archive_.parts.size()
                                ? archive_.parts[next_part_].file.summary.sequence_min
                                : kNone;
    const auto first = std::min_element(
        sorted_.begin(), sorted_.end(),
        [](const auto& a, const auto& b) { return a->sequence() < b->sequence(); });
    if (first == sorted_.end() || (*first)->sequence() >= not_loaded) {
      if (not_loaded == kNone && next_part_ == archive_.parts.size()) break;
      if (auto status = load_sorted(archive_.parts[next_part_++]); !status) return status.error();
      continue;
    }
    auto bound = not_loaded;
    for (const auto& other : sorted_)
      if (other != *first) bound = std::min(bound, other->sequence());
    auto& part = **first;
    const auto begin = part.next;
    const auto limit = begin + std::min(rows_max - rows_.row_count(), part.order.size() - begin);
    while (part.next < limit && part.sequence() < bound) ++part.next;
    rows_.append(part.rows, std::span(part.order).subspan(begin, part.next - begin));
    if (part.next == part.order.size()) sorted_.erase(first);
  }
  if (rows_.row_count() == 0) return false;
  give(batch);
  return true;
}

}  // namespace factorwal::archive
