#include "history/block_rows.h"

#include <algorithm>
#include <limits>

namespace factorwal::history {
namespace {

Error malformed_chunk() {
  return Error{Errc::kCorruption, "record does not follow the grammar: chunk of a block", 0};
}

}  // namespace

Result<std::size_t> BlockRows::start(wal::LogReader& reader) {
  block_ = reader.block();
  wanted_.clear();
  const auto last = block_.first_sequence + block_.records - 1;
  const auto& query = projection_.query;
  if (last < query.first_sequence || block_.first_sequence > query.last_sequence) return 0;
  auto done = columns_.start(block_.content, block_.records, block_.chunks);
  if (done) {
    choose_chunks();
    if (indices_.empty()) return 0;
    if (auto read = reader.chunks().read(in_frame_, views_); !read) return read.error();
    done = load_keys(reader);
  }
  if (!done) {
    wanted_.clear();
    if (auto given_up = reader.give_up_frame(done.error()); !given_up) return given_up.error();
    return 0;
  }
  return select_rows();
}

void BlockRows::choose_chunks() {
  indices_.clear();
  in_frame_.clear();
  first_series_ = std::numeric_limits<std::size_t>::max();
  several_series_ = false;
  const auto& chunks = columns_.chunks();
  for (std::size_t i = 0; i < chunks.size(); ++i) {
    if (!wants(chunks[i])) continue;
    indices_.push_back(i);
    in_frame_.push_back(block_.first_chunk + i);
  }
}

bool BlockRows::wants(const Chunk& chunk) {
  const auto set = projection_.query.data_set;
  if (chunk.kind == wal::ChunkKind::kUpdates) return set == DataSet::kUpdates;
  if (set != DataSet::kTicks) return false;
  bool wanted = false;
  for (const auto& run : columns_.runs(chunk)) {
    if (!wants_run(run)) continue;
    wanted = true;
    if (first_series_ > run.series) first_series_ = run.series;
    several_series_ |= first_series_ != run.series;
  }
  return wanted;
}

bool BlockRows::wants_run(const wal::BlockColumns::Run& run) {
  const auto instrument = columns_.instrument(run);
  return projection_.instruments.takes(instrument, columns_.instrument_id(instrument));
}

bool BlockRows::needs_places() const {
  const auto& query = projection_.query;
  const auto last = block_.first_sequence + block_.records - 1;
  return query.sequences || query.data_set != DataSet::kTicks || several_series_ ||
         !projection_.takes_sequence(block_.first_sequence) || !projection_.takes_sequence(last) ||
         !std::ranges::all_of(views_, &wal::ChunkView::intact);
}

Status BlockRows::load_keys(wal::LogReader& reader) {
  has_places_ = needs_places();
  if (has_places_ && !columns_.load_places()) return malformed_chunk();
  for (std::size_t i = 0; i < indices_.size(); ++i) {
    if (!views_[i].intact) {
      tell_lost(reader, indices_[i]);
      continue;
    }
    auto& wanted = wanted_.emplace_back();
    wanted.chunk = indices_[i];
    wanted.bytes = Cursor(views_[i].bytes);
    if (!columns_.load_keys(columns_.chunks()[wanted.chunk], wanted.bytes)) {
      return malformed_chunk();
    }
  }
  return {};
}

void BlockRows::tell_lost(wal::LogReader& reader, std::size_t index) {
  const auto& chunk = columns_.chunks()[index];
  wal::LostRows lost;
  lost.rows = chunk.rows;
  lost.series = columns_.series_of(chunk);
  lost.first = std::numeric_limits<Sequence>::max();
  for (auto row = chunk.first_row; row < chunk.first_row + chunk.rows; ++row) {
    const auto sequence = block_.first_sequence + columns_.place(row);
    lost.first = std::min(lost.first, sequence);
    lost.last = std::max(lost.last, sequence);
  }
  reader.tell_lost(block_.first_chunk + index, lost);
}

std::size_t BlockRows::select_rows() {
  moves_.clear();
  for (auto& wanted : wanted_) {
    const auto& chunk = columns_.chunks()[wanted.chunk];
    wanted.first_move = moves_.size();
    if (chunk.kind == wal::ChunkKind::kTicks) {
      select_ticks(chunk);
    } else {
      select_updates(chunk);
    }
    wanted.end_move = moves_.size();
  }
  if (!has_places_ || moves_.size() != columns_.row_count()) give_slots();
  return moves_.size();
}

/// A row's slot is its place until now; those of one series follow one another.
void BlockRows::give_slots() {
  std::uint32_t count = 0;
  if (!several_series_ && projection_.query.data_set == DataSet::kTicks) {
    for (auto& move : moves_) move.slot = count++;
    return;
  }
  slots_.assign(columns_.row_count(), 0);
  for (const auto& move : moves_) slots_[move.slot] = 1;
  for (auto& slot : slots_) {
    const auto is_taken = slot;
    slot = count;
    count += is_taken;
  }
  for (auto& move : moves_) move.slot = slots_[move.slot];
}

void BlockRows::select(const Chunk& chunk, std::size_t row) {
  if (!projection_.times.takes(columns_.time(row))) return;
  const auto place = has_places_ ? columns_.place(row) : 0;
  if (has_places_ && !projection_.takes_sequence(block_.first_sequence + place)) return;
  moves_.push_back({static_cast<std::uint32_t>(row - chunk.first_row), place});
}

void BlockRows::select_ticks(const Chunk& chunk) {
  auto row = chunk.first_row;
  for (const auto& run : columns_.runs(chunk)) {
    const auto end = row + run.rows;
    if (wants_run(run)) {
      for (; row < end; ++row) select(chunk, row);
    }
    row = end;
  }
}

void BlockRows::select_updates(const Chunk& chunk) {
  for (auto row = chunk.first_row; row < chunk.first_row + chunk.rows; ++row) {
    const auto [instrument, factor] = columns_.target(row);
    if (projection_.instruments.takes(instrument, columns_.instrument_id(instrument)) &&
        projection_.factors.takes(factor, columns_.factor_id(factor))) {
      select(chunk, row);
    }
  }
}

Result<bool> BlockRows::fill(wal::LogReader& reader, ColumnBatch& batch, std::size_t first) {
  for (auto& wanted : wanted_) {
    if (fill_chunk(wanted, batch, first)) continue;
    if (auto done = reader.give_up_frame(malformed_chunk()); !done) return done.error();
    return false;
  }
  return true;
}

bool BlockRows::fill_chunk(Wanted& wanted, ColumnBatch& batch, std::size_t first) {
  const auto& chunk = columns_.chunks()[wanted.chunk];
  if (moves(wanted).empty()) return true;
  for (const auto [i, slot] : moves(wanted)) {
    const auto row = chunk.first_row + i;
    batch.timestamps[first + slot] = columns_.time(row);
    if (batch.has_sequences) {
      batch.sequences[first + slot] = block_.first_sequence + columns_.place(row);
    }
  }
  return chunk.kind == wal::ChunkKind::kTicks ? fill_ticks(wanted, batch, first)
                                              : fill_updates(wanted, batch, first);
}

bool BlockRows::fill_ticks(Wanted& wanted, ColumnBatch& batch, std::size_t first) {
  const auto& chunk = columns_.chunks()[wanted.chunk];
  const auto all = moves(wanted);
  auto move = all.begin();
  std::size_t end = 0;
  const std::uint8_t counted = chunk.counted ? 1 : 0;
  for (const auto& run : columns_.runs(chunk)) {
    end += run.rows;
    if (move == all.end() || move->row >= end) continue;
    const auto instrument = columns_.instrument(run);
    const auto id =
        projection_.instrument_ids.place(instrument, columns_.instrument_id(instrument));
    for (; move != all.end() && move->row < end; ++move) {
      batch.instruments[first + move->slot] = id;
      batch.ordinals[first + move->slot] = columns_.ordinal(chunk.first_row + move->row);
      batch.counted[first + move->slot] = counted;
    }
  }
  return fill_columns(wanted, batch, first);
}

bool BlockRows::fill_columns(Wanted& wanted, ColumnBatch& batch, std::size_t first) {
  const auto& chunk = columns_.chunks()[wanted.chunk];
  const auto& places = projection_.columns.of({chunk.layout}, columns_.layout(chunk));
  // A column may be expected from those before it, none from those behind it.
  auto needed = places.columns.size();
  while (needed > 0 && places.columns[needed - 1] == TickColumns::kNone) --needed;
  const auto all = moves(wanted);
  const auto values =
      columns_.load_values(chunk, wanted.bytes, needed, std::size_t{all.back().row} + 1);
  if (values.begin == nullptr) return false;
  const auto [first_row, first_slot] = all.front();
  // Of one series rows and slots go up.
  const bool together = !several_series_ && all.back().row - first_row + 1 == all.size() &&
                        all.back().slot - first_slot + 1 == all.size();
  for (std::size_t c = 0; c < needed; ++c) {
    if (places.columns[c] == TickColumns::kNone) continue;
    const auto* from = values.begin + c * values.stride;
    auto* to = batch.columns[places.columns[c]].values.data() + first;
    if (together) {
      std::copy_n(from + first_row, all.size(), to + first_slot);
      continue;
    }
    for (const auto [row, slot] : all) to[slot] = from[row];
  }
  for (const auto missing : places.missing) {
    auto* to = batch.columns[missing].values.data() + first;
    for (const auto& move : all) to[move.slot] = kMissingNumber;
  }
  return true;
}

bool BlockRows::fill_updates(Wanted& wanted, ColumnBatch& batch, std::size_t first) {
  const auto& chunk = columns_.chunks()[wanted.chunk];
  const auto values = columns_.load_values(chunk, wanted.bytes, 1, chunk.rows);
  if (values.begin == nullptr) return false;
  for (const auto [row, slot] : moves(wanted)) {
    const auto [instrument, factor] = columns_.target(chunk.first_row + row);
    batch.instruments[first + slot] =
        projection_.instrument_ids.place(instrument, columns_.instrument_id(instrument));
    batch.factors[first + slot] = projection_.factor_ids.place(factor, columns_.factor_id(factor));
    batch.values[first + slot] = values.begin[row];
  }
  return true;
}

}  // namespace factorwal::history
