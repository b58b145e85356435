#include "wal/chunk/block_head.h"

#include <algorithm>

namespace factorwal::wal {

void BlockHead::learn_ids() {
  const auto learn = [](const auto& table, auto& ids) {
    const auto count = table.size();
    while (ids.size() < count) {
      ids.push_back(*table.name(static_cast<std::uint32_t>(ids.size())));
    }
  };
  learn(names_.instruments, instrument_ids_);
  learn(names_.factors, factor_ids_);
}

bool BlockHead::load_entries(Cursor& head, std::uint64_t records_max) {
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

bool BlockHead::load_entry(Cursor& head, Chunk& chunk) {
  const auto kind = head.get<std::byte>();
  if (kind > kUncountedTicks) return false;
  chunk = {};
  chunk.counted = kind != kUncountedTicks;
  if (chunk.counted) chunk.kind = static_cast<ChunkKind>(kind);
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

bool BlockHead::load_runs(Cursor& head) {
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

bool BlockHead::place_runs(const Chunk& chunk, std::uint64_t& instrument) {
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
bool BlockHead::begin_run(const Chunk& chunk, std::uint64_t instrument, bool goes_on) {
  if (goes_on && !series_.empty()) {
    const auto& last = series_.back();
    if (last.instrument == instrument && last.layout_index == chunk.layout &&
        last.counted == chunk.counted) {
      return true;
    }
  }
  if (instrument >= instrument_ids_.size()) return false;
  auto& series = series_.emplace_back();
  series.instrument = static_cast<std::uint32_t>(instrument);
  series.layout_index = chunk.layout;
  series.counted = chunk.counted;
  series.layout = layouts_.find(chunk.layout);
  series.columns = chunk.columns;
  return true;
}

/// All updates are one series, the last.
bool BlockHead::place_updates(const Chunk& chunk) {
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

bool BlockHead::load_order(Cursor& head) {
  order_.resize(row_count_);
  if (series_.front().kind == ChunkKind::kUpdates) {
    std::ranges::fill(order_, 0U);
    return true;
  }
  begin_rows();
  auto* to = order_.data();
  return for_order(
      head, [&](std::size_t record, std::uint32_t series, std::uint32_t) { to[record] = series; });
}

void BlockHead::begin_rows() {
  next_rows_.clear();
  for (const auto& series : series_) {
    next_rows_.push_back(
        {static_cast<std::uint32_t>(series.next_row), static_cast<std::uint32_t>(series.end_row)});
  }
}

void BlockHead::find_begins(const Chunk& chunk) {
  begins_.clear();
  std::uint32_t begin = 0;
  for (std::size_t i = 0; i < chunk.runs; ++i) {
    begins_.push_back(begin);
    begin += static_cast<std::uint32_t>(runs_[chunk.first_run + i].rows);
  }
}

std::string BlockHead::series_of(const Chunk& chunk) const {
  constexpr std::size_t kNamesMax = 5;
  // Whose updates are in a chunk is in the chunk.
  if (chunk.kind == ChunkKind::kUpdates) return "single factors";
  std::string names;
  for (std::size_t i = 0; i < chunk.runs && i < kNamesMax; ++i) {
    const auto& series = series_[runs_[chunk.first_run + i].series];
    names.append(i > 0 ? ", " : "").append(instrument_ids_[series.instrument]);
  }
  if (chunk.runs > kNamesMax) {
    names += " and " + std::to_string(chunk.runs - kNamesMax) + " more";
  }
  return names;
}

}  // namespace factorwal::wal
