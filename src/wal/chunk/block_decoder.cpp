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
    : names_(names), layouts_(names.layouts), scratch_(std::make_unique<ColumnScratch>()) {}
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

void BlockDecoder::learn_ids() {
  const auto learn = [](const auto& table, auto& ids) {
    const auto count = table.size();
    while (ids.size() < count) {
      ids.push_back(*table.name(static_cast<std::uint32_t>(ids.size())));
    }
  };
  learn(names_.instruments, instrument_ids_);
  learn(names_.factors, factor_ids_);
}

bool BlockDecoder::load_head(Cursor& head, std::uint64_t records_max) {
  return load_entries(head, records_max) && load_runs(head) && load_order(head) &&
         load_positions(head) && head.remaining() == 0;
}

bool BlockDecoder::load_entries(Cursor& head, std::uint64_t records_max) {
  const auto records = head.varint();
  const auto chunks = head.varint();
  if (records == 0 || records > records_max || records > kBlockRecordsMax) return false;
  if (chunks > records) return false;
  chunks_.resize(static_cast<std::size_t>(chunks));
  row_count_ = 0;
  value_count_ = 0;
  std::size_t runs = 0;
  for (auto& chunk : chunks_) {
    if (!load_entry(head, chunk)) return false;
    chunk.first_run = runs;
    chunk.first_row = row_count_;
    chunk.first_value = value_count_;
    runs += chunk.runs;
    row_count_ += chunk.rows;
    value_count_ += chunk.rows * chunk.columns;
    if (value_count_ > kBlockValuesMax) return false;
  }
  return row_count_ == records;
}

bool BlockDecoder::load_entry(Cursor& head, Chunk& chunk) {
  const auto kind = head.get<std::uint8_t>();
  if (kind > static_cast<std::uint8_t>(ChunkKind::kUpdates)) return false;
  chunk = {};
  chunk.kind = static_cast<ChunkKind>(kind);
  chunk.columns = 1;
  const bool ticks = chunk.kind == ChunkKind::kTicks;
  const auto rows = head.varint();
  if (!head.ok() || rows == 0 || rows > (ticks ? kTickChunkRows : kChunkRowsMax)) return false;
  chunk.rows = static_cast<std::size_t>(rows);
  if (!ticks) return true;
  const auto index = head.varint();
  const auto runs = head.varint();
  const auto* layout = layouts_.find(index);
  if (!head.ok() || layout == nullptr || runs == 0 || runs > rows) return false;
  chunk.layout = static_cast<std::uint32_t>(index);
  chunk.columns = layout->fields.size() + layout->factors.size();
  chunk.runs = static_cast<std::size_t>(runs);
  return true;
}

bool BlockDecoder::load_runs(Cursor& head) {
  const auto count = chunks_.back().first_run + chunks_.back().runs;
  numbers_.resize(count);
  lengths_.resize(count);
  runs_.resize(count);
  if (!load_integers(head, numbers_) || !load_integers(head, lengths_)) return false;
  series_.clear();
  std::uint64_t instrument = 0;
  return std::ranges::all_of(chunks_, [&](const auto& chunk) {
    return chunk.kind == ChunkKind::kTicks ? place_runs(chunk, instrument) : place_updates(chunk);
  });
}

bool BlockDecoder::place_runs(const Chunk& chunk, std::uint64_t& instrument) {
  if (!series_.empty() && series_.back().kind == ChunkKind::kUpdates) return false;
  std::size_t rows = 0;
  for (auto at = chunk.first_run; at < chunk.first_run + chunk.runs; ++at) {
    instrument += static_cast<std::uint64_t>(unzigzag(numbers_[at]));
    if (lengths_[at] >= chunk.rows - rows) return false;
    const auto length = static_cast<std::size_t>(lengths_[at] + 1);
    if (!begin_run(chunk, instrument, at == chunk.first_run)) return false;
    auto& series = series_.back();
    if (series.end_row == 0) {
      series.next_row = chunk.first_row + rows;
      series.end_row = series.next_row;
      series.values = chunk.first_value + rows * chunk.columns;
    }
    series.end_row += length;
    runs_[at] = {series_.size() - 1, length};
    rows += length;
  }
  return rows == chunk.rows;
}

/// A series may go on in the next chunk. Otherwise a run is a series of its own.
bool BlockDecoder::begin_run(const Chunk& chunk, std::uint64_t instrument, bool goes_on) {
  if (goes_on && !series_.empty()) {
    const auto& last = series_.back();
    if (last.instrument == instrument && last.layout_index == chunk.layout) return true;
  }
  if (instrument >= instrument_ids_.size()) return false;
  auto& series = series_.emplace_back();
  series.instrument = static_cast<std::uint32_t>(instrument);
  series.layout_index = chunk.layout;
  series.layout = layouts_.find(chunk.layout);
  series.columns = chunk.columns;
  return true;
}

/// All updates are one series, the last.
bool BlockDecoder::place_updates(const Chunk& chunk) {
  if (series_.empty() || series_.back().kind == ChunkKind::kTicks) {
    auto& series = series_.emplace_back();
    series.kind = ChunkKind::kUpdates;
    series.next_row = chunk.first_row;
    series.end_row = chunk.first_row;
    series.values = chunk.first_value;
  }
  series_.back().end_row += chunk.rows;
  return true;
}

bool BlockDecoder::load_order(Cursor& head) {
  if (series_.front().kind == ChunkKind::kUpdates) {
    order_.assign(row_count_, 0);
    return true;
  }
  numbers_.resize(row_count_);
  if (!load_integers(head, numbers_)) return false;
  order_.resize(row_count_);
  rows_left_.resize(series_.size());
  for (std::size_t i = 0; i < series_.size(); ++i) {
    rows_left_[i] = static_cast<std::uint32_t>(series_[i].end_row - series_[i].next_row);
  }
  SeriesOrder order(order_memory_, series_.size());
  for (std::size_t i = 0; i < row_count_; ++i) {
    const auto series = order.expected() + static_cast<std::uint64_t>(unzigzag(numbers_[i]));
    if (series >= series_.size() || rows_left_[series] == 0) return false;
    --rows_left_[series];
    order_[i] = static_cast<std::uint32_t>(series);
    order.push(series);
  }
  return true;
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

void BlockDecoder::find_begins(const Chunk& chunk) {
  begins_.clear();
  std::uint32_t begin = 0;
  for (std::size_t i = 0; i < chunk.runs; ++i) {
    begins_.push_back(begin);
    begin += static_cast<std::uint32_t>(runs_[chunk.first_run + i].rows);
  }
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
    if (!load_value_column(from, block, i, *scratch_)) return false;
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
  return load_value_column(from, block, 0, *scratch_);
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
  constexpr std::size_t kNamesMax = 5;
  auto& lost = lost_.emplace_back();
  lost.chunk = bytes;
  lost.rows = chunk.rows;
  // Whose updates are in a chunk is in the chunk.
  if (chunk.kind == ChunkKind::kUpdates) lost.series = "single factors";
  for (std::size_t i = 0; i < chunk.runs && i < kNamesMax; ++i) {
    const auto& series = series_[runs_[chunk.first_run + i].series];
    lost.series.append(i > 0 ? ", " : "").append(instrument_ids_[series.instrument]);
  }
  if (chunk.runs > kNamesMax) {
    lost.series += " and " + std::to_string(chunk.runs - kNamesMax) + " more";
  }
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
  record.ordinal = ordinals_[row];
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
