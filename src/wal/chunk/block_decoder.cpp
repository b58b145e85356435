#include "wal/chunk/block_decoder.h"

#include <algorithm>

#include "base/floating_point_guard.h"
#include "wal/chunk/number_column.h"

namespace factorwal::wal {
namespace {

Status malformed(const char* what) {
  return Error{Errc::kCorruption,
               std::string("record does not follow the grammar: ") + what + " of a block"};
}

template <class T>
void make_room(std::vector<T>& vector, std::size_t size) {
  if (vector.size() < size) vector.resize(size);
}

}  // namespace

BlockDecoder::BlockDecoder(const NameTable& names)
    : BlockHead(names), scratch_(std::make_unique<ColumnScratch>()) {}
BlockDecoder::~BlockDecoder() = default;

Status BlockDecoder::start(ByteView content, std::uint64_t records_max,
                           std::span<const ChunkView> chunks, std::size_t& next_chunk) {
  return start_with(&BlockDecoder::load_chunk, content, records_max, chunks, next_chunk);
}

Status BlockDecoder::start_outline(ByteView content, std::uint64_t records_max,
                                   std::span<const ChunkView> chunks, std::size_t& next_chunk) {
  return start_with(&BlockDecoder::load_outline, content, records_max, chunks, next_chunk);
}

Status BlockDecoder::start_times(ByteView content, std::uint64_t records_max,
                                 std::span<const ChunkView> chunks, std::size_t& next_chunk) {
  return start_with(&BlockDecoder::load_times, content, records_max, chunks, next_chunk);
}

Status BlockDecoder::start_with(LoadChunk load_one, ByteView content, std::uint64_t records_max,
                                std::span<const ChunkView> chunks, std::size_t& next_chunk) {
  const FloatingPointGuard nearest;
  learn_ids();
  order_.clear();
  next_ = 0;
  lost_.clear();
  lost_chunk_.clear();
  Cursor head(content);
  // A block without a chunk may have nothing readable behind it.
  const auto there = chunks.size() - next_chunk;
  if (there == 0 || !load_head(head, records_max) || there < chunks_.size()) {
    order_.clear();
    return malformed("head");
  }
  make_room(times_, row_count_);
  make_room(ordinals_, row_count_);
  if (chunks_.back().kind == ChunkKind::kUpdates) make_room(targets_, row_count_);
  make_room(values_, value_count_);
  for (auto& chunk : chunks_) {
    const auto& view = chunks[next_chunk++];
    chunk.intact = view.intact;
    if (!chunk.intact) {
      lose(chunk, view.bytes);
      continue;
    }
    Cursor body(view.bytes);
    if (!(this->*load_one)(body, chunk) || body.remaining() != 0) {
      order_.clear();
      return malformed("chunk");
    }
  }
  if (!lost_.empty()) find_lost_places();
  return {};
}

bool BlockDecoder::load_head(Cursor& head, std::uint64_t records_max) {
  return load_entries(head, records_max) && load_runs(head) && load_order(head) &&
         load_positions(head) && head.remaining() == 0;
}

bool BlockDecoder::load_positions(Cursor& head) {
  const auto form = head.get<std::uint8_t>();
  shared_.clear();
  rests_.clear();
  next_position_ = 0;
  position_.clear();
  if (!head.ok() || form > 1) return false;
  if (form == 0) return true;
  std::size_t ticks = 0;
  for (const auto& chunk : chunks_) ticks += chunk.kind == ChunkKind::kTicks ? chunk.rows : 0;
  shared_.resize(ticks);
  rests_.resize(ticks);
  if (!load_integers(head, shared_) || !load_integers(head, rests_)) return false;
  std::uint64_t total = 0;
  std::uint64_t last = 0;
  for (std::size_t i = 0; i < ticks; ++i) {
    if (rests_[i] > head.remaining() || shared_[i] > last) return false;
    total += rests_[i];
    if (shared_[i] + rests_[i] > 0) last = shared_[i] + rests_[i];
  }
  const auto bytes = head.bytes(total);
  position_bytes_ = bytes.data();
  return head.ok();
}

bool BlockDecoder::load_chunk(Cursor& from, const Chunk& chunk) {
  return chunk.kind == ChunkKind::kTicks ? load_ticks(from, chunk) : load_updates(from, chunk);
}

bool BlockDecoder::load_ticks(Cursor& from, const Chunk& chunk) {
  find_begins(chunk);
  const auto stride = column_stride(chunk.rows);
  make_room(columns_, (chunk.columns + 1) * stride);
  const ColumnBlock block{columns_.data(), stride, chunk.rows, begins_};
  const auto rows = [&](auto& all) { return std::span(all).subspan(chunk.first_row, chunk.rows); };
  if (!load_numbers(from, rows(ordinals_), begins_)) return false;
  if (!load_numbers(from, rows(times_), begins_)) return false;
  for (std::size_t i = 0; i < chunk.columns; ++i) {
    if (!load_value_column(from, block, i, chunk.rows, *scratch_)) return false;
  }
  auto* to = values_.data() + chunk.first_value;
  for (std::size_t i = 0; i < chunk.rows; ++i) {
    const auto* at = block.values + i;
    for (std::size_t c = 0; c < chunk.columns; ++c, at += stride) *to++ = *at;
  }
  return true;
}

bool BlockDecoder::load_updates(Cursor& from, const Chunk& chunk) {
  if (!load_targets(from, chunk)) return false;
  const auto times = std::span(times_).subspan(chunk.first_row, chunk.rows);
  if (!load_numbers(from, times, begins_)) return false;
  const ColumnBlock block{values_.data() + chunk.first_value, chunk.rows, chunk.rows, begins_};
  return load_value_column(from, block, 0, chunk.rows, *scratch_);
}

bool BlockDecoder::load_targets(Cursor& from, const Chunk& chunk) {
  begins_.assign(1, 0);
  numbers_.resize(chunk.rows);
  lengths_.resize(chunk.rows);
  if (!load_numbers(from, numbers_, begins_) || !load_numbers(from, lengths_, begins_)) {
    return false;
  }
  const auto instruments = instrument_ids_.size();
  const auto factors = factor_ids_.size();
  auto* targets = targets_.data() + chunk.first_row;
  for (std::size_t i = 0; i < chunk.rows; ++i) {
    if (numbers_[i] >= instruments || lengths_[i] >= factors) return false;
    targets[i] = {static_cast<std::uint32_t>(numbers_[i]), static_cast<std::uint32_t>(lengths_[i])};
  }
  return true;
}

bool BlockDecoder::load_outline(Cursor& from, const Chunk& chunk) {
  return load_keys(from, chunk) && pass_numbers(from, chunk.rows) && pass_values(from, chunk);
}

bool BlockDecoder::load_times(Cursor& from, const Chunk& chunk) {
  const auto times = std::span(times_).subspan(chunk.first_row, chunk.rows);
  return load_keys(from, chunk) && load_numbers(from, times, begins_) && pass_values(from, chunk);
}

/// Ordinals of ticks, targets of updates.
bool BlockDecoder::load_keys(Cursor& from, const Chunk& chunk) {
  if (chunk.kind == ChunkKind::kUpdates) return load_targets(from, chunk);
  find_begins(chunk);
  return load_numbers(from, std::span(ordinals_).subspan(chunk.first_row, chunk.rows), begins_);
}

bool BlockDecoder::pass_values(Cursor& from, const Chunk& chunk) {
  for (std::size_t i = 0; i < chunk.columns; ++i) {
    if (!pass_value_column(from, chunk.rows, i)) return false;
  }
  return true;
}

void BlockDecoder::lose(const Chunk& chunk, ByteView bytes) {
  auto& lost = lost_.emplace_back();
  lost.chunk = bytes;
  lost.rows = chunk.rows;
  lost.series = series_of(chunk);
  lost_chunk_.resize(row_count_);
  std::fill_n(lost_chunk_.begin() + static_cast<std::ptrdiff_t>(chunk.first_row), chunk.rows,
              static_cast<std::uint32_t>(lost_.size()));
}

/// First and last record of each lost chunk, in the order in which they came.
void BlockDecoder::find_lost_places() {
  std::vector<std::size_t> rows(series_.size());
  for (std::size_t i = 0; i < rows.size(); ++i) rows[i] = series_[i].next_row;
  std::vector<bool> met(lost_.size());
  for (std::size_t i = 0; i < order_.size(); ++i) {
    const auto chunk = lost_chunk_[rows[order_[i]]++];
    if (chunk == 0) continue;
    auto& lost = lost_[chunk - 1];
    if (!met[chunk - 1]) lost.first = i;
    met[chunk - 1] = true;
    lost.last = i;
  }
}

bool BlockDecoder::next(LogRecord& record) {
  auto& series = series_[order_[next_++]];
  const auto row = series.next_row++;
  const bool is_lost = !lost_chunk_.empty() && lost_chunk_[row] != 0;
  const std::span<const double> all(values_.data() + series.values, series.columns);
  series.values += series.columns;
  record.timestamp_ns = static_cast<TimestampNs>(times_[row]);
  if (series.kind == ChunkKind::kUpdates) {
    if (is_lost) return false;
    record.type = RecordType::kUpdate;
    take_target(row, record);
    record.value = all[0];
    return true;
  }
  take_position(record);
  if (is_lost) return false;
  take_tick(series, row, record);
  const auto fields = series.layout->fields.size();
  record.fields = all.first(fields);
  record.values = all.subspan(fields);
  return true;
}

UpdateRun BlockDecoder::take_updates() noexcept {
  if (left() == 0 || series_.front().kind != ChunkKind::kUpdates || !lost_chunk_.empty()) return {};
  auto& series = series_.front();
  const auto part = [&](const auto& all) {
    return std::span(all).subspan(series.next_row, left());
  };
  const UpdateRun run{0, part(targets_), part(times_), part(values_)};
  next_ = order_.size();
  return run;
}

bool BlockDecoder::pass(LogRecord& record) {
  auto& series = series_[order_[next_++]];
  const auto row = series.next_row++;
  if (!lost_chunk_.empty() && lost_chunk_[row] != 0) return false;
  if (series.kind == ChunkKind::kUpdates) {
    record.type = RecordType::kUpdate;
    take_target(row, record);
  } else {
    take_tick(series, row, record);
  }
  return true;
}

void BlockDecoder::take_target(std::size_t row, LogRecord& record) const {
  const auto target = targets_[row];
  record.instrument = InstrumentHandle{target.instrument};
  record.factor = FactorHandle{target.factor};
  record.instrument_id = instrument_ids_[target.instrument];
  record.factor_id = factor_ids_[target.factor];
}

void BlockDecoder::take_tick(const Series& series, std::size_t row, LogRecord& record) const {
  record.type = RecordType::kTick;
  record.instrument = InstrumentHandle{series.instrument};
  record.instrument_id = instrument_ids_[series.instrument];
  record.layout_handle = LayoutHandle{series.layout_index};
  record.layout = series.layout;
  record.tick_number = {ordinals_[row], series.counted};
}

void BlockDecoder::take_position(LogRecord& record) {
  record.position = {};
  if (shared_.empty()) return;
  const auto shared = static_cast<std::size_t>(shared_[next_position_]);
  const auto rest = static_cast<std::size_t>(rests_[next_position_]);
  ++next_position_;
  if (shared + rest == 0) return;
  position_.resize(shared);
  put_bytes(position_, {position_bytes_, rest});
  position_bytes_ += rest;
  record.position = position_;
}

}  // namespace factorwal::wal
