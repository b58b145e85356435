#include "archive/spilled_rows.h"

#include <cstring>
#include <numeric>

namespace factorwal::archive {
namespace {

/// All that a batch has of its rows.
template <class Visit>
void visit_vectors(ColumnBatch& batch, Visit&& visit) {
  visit(batch.instruments);
  visit(batch.timestamps);
  visit(batch.sequences);
  for (auto& column : batch.columns) visit(column.values);
  visit(batch.ordinals);
  visit(batch.counted);
  visit(batch.factors);
  visit(batch.values);
  visit(batch.offsets);
  visit(batch.checkpoint_ids);
}

}  // namespace

Result<std::unique_ptr<SpilledRows>> SpilledRows::make(const std::string& directory,
                                                       DataSet data_set, Sequence first,
                                                       Sequence last, std::size_t ranges) {
  auto file = ScratchFile::make(directory);
  if (!file) return file.error();
  const auto width = (last - first) / ranges + 1;
  return std::unique_ptr<SpilledRows>(
      new SpilledRows(std::move(*file), data_set, first, width, ranges));
}

Status SpilledRows::put(const ColumnBatch& batch, std::span<const std::uint32_t> rows) {
  for (auto& chosen : chosen_) chosen.clear();
  for (const auto row : rows) chosen_[(batch.sequences[row] - first_) / width_].push_back(row);
  for (std::size_t range = 0; range < chosen_.size(); ++range) {
    if (chosen_[range].empty()) continue;
    RowCollector collector(data_set_);
    collector.append(batch, chosen_[range]);
    if (auto status = put_piece(range, collector.take()); !status) return status;
  }
  return {};
}

Status SpilledRows::put_piece(std::size_t range, ColumnBatch rows) {
  Piece piece;
  bytes_.clear();
  visit_vectors(rows, [&](auto& values) {
    const auto part = std::as_bytes(std::span(values));
    bytes_.insert(bytes_.end(), part.begin(), part.end());
    piece.sizes.push_back(values.size());
    values = {};
  });
  const auto offset = file_->append(bytes_);
  if (!offset) return offset.error();
  piece.offset = *offset;
  piece.shape = std::move(rows);
  pieces_[range].push_back(std::move(piece));
  return {};
}

Status SpilledRows::read(Piece& piece, ColumnBatch& rows) {
  rows = std::move(piece.shape);
  auto offset = piece.offset;
  std::size_t next = 0;
  Status status;
  visit_vectors(rows, [&](auto& values) {
    values.resize(piece.sizes[next++]);
    const auto target = std::as_writable_bytes(std::span(values));
    if (status) status = file_->read_at(offset, target);
    offset += target.size();
  });
  return status;
}

Result<ColumnBatch> SpilledRows::take() {
  RowCollector collector(data_set_);
  while (next_ < pieces_.size() && collector.row_count() == 0) {
    for (auto& piece : pieces_[next_]) {
      ColumnBatch rows;
      if (auto status = read(piece, rows); !status) return status.error();
      std::vector<std::uint32_t> all(rows.row_count());
      std::iota(all.begin(), all.end(), 0U);
      collector.append(rows, all);
    }
    pieces_[next_++].clear();
  }
  return collector.take();
}

}  // namespace factorwal::archive
