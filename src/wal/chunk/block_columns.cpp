#include "wal/chunk/block_columns.h"

#include <numeric>

#include "base/floating_point_guard.h"
#include "wal/chunk/number_column.h"

namespace factorwal::wal {

BlockColumns::BlockColumns(const NameTable& names)
    : BlockHead(names), scratch_(std::make_unique<ColumnScratch>()) {}
BlockColumns::~BlockColumns() = default;

Status BlockColumns::start(ByteView content, std::uint64_t records_max, std::size_t chunks_max) {
  learn_ids();
  head_ = Cursor(content);
  if (chunks_max == 0 || !load_entries(head_, records_max) || chunks_.size() > chunks_max ||
      !load_runs(head_)) {
    return Error{Errc::kCorruption, "record does not follow the grammar: head of a block", 0};
  }
  if (times_.size() < row_count_) {
    times_.resize(row_count_);
    ordinals_.resize(row_count_);
    targets_.resize(row_count_);
    places_.resize(row_count_);
  }
  return {};
}

bool BlockColumns::load_places() {
  if (series_.front().kind == ChunkKind::kUpdates) {
    std::iota(places_.begin(), places_.begin() + static_cast<std::ptrdiff_t>(row_count_), 0U);
    return true;
  }
  begin_rows();
  auto* to = places_.data();
  return for_order(head_, [&](std::size_t record, std::uint32_t, std::uint32_t row) {
    to[row] = static_cast<std::uint32_t>(record);
  });
}

bool BlockColumns::load_keys(const Chunk& chunk, Cursor& bytes) {
  const auto rows = [&](auto& all) { return std::span(all).subspan(chunk.first_row, chunk.rows); };
  if (chunk.kind == ChunkKind::kUpdates) {
    if (!load_targets(chunk, bytes)) return false;
  } else {
    find_begins(chunk);
    if (!load_numbers(bytes, rows(ordinals_), begins_)) return false;
  }
  return load_numbers(bytes, rows(times_), begins_);
}

bool BlockColumns::load_targets(const Chunk& chunk, Cursor& bytes) {
  begins_.assign(1, 0);
  numbers_.resize(chunk.rows);
  lengths_.resize(chunk.rows);
  if (!load_numbers(bytes, numbers_, begins_) || !load_numbers(bytes, lengths_, begins_)) {
    return false;
  }
  for (std::size_t i = 0; i < chunk.rows; ++i) {
    if (numbers_[i] >= instrument_ids_.size() || lengths_[i] >= factor_ids_.size()) return false;
    targets_[chunk.first_row + i] = {static_cast<std::uint32_t>(numbers_[i]),
                                     static_cast<std::uint32_t>(lengths_[i])};
  }
  return true;
}

BlockColumns::Values BlockColumns::load_values(const Chunk& chunk, Cursor& bytes,
                                               std::size_t columns, std::size_t rows) {
  const FloatingPointGuard nearest;
  if (chunk.kind == ChunkKind::kTicks) {
    find_begins(chunk);
    while (begins_.back() >= rows) begins_.pop_back();
  } else {
    begins_.assign(1, 0);
  }
  const auto stride = chunk.kind == ChunkKind::kTicks ? column_stride(chunk.rows) : chunk.rows;
  if (columns_.size() < (chunk.columns + 1) * stride) columns_.resize((chunk.columns + 1) * stride);
  const ColumnBlock block{columns_.data(), stride, rows, begins_};
  for (std::size_t i = 0; i < columns; ++i) {
    if (!load_value_column(bytes, block, i, chunk.rows, *scratch_)) return {};
  }
  if (columns == chunk.columns && bytes.remaining() != 0) return {};
  return {block.values, stride};
}

}  // namespace factorwal::wal
