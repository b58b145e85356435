#include "wal/chunk/block_builder.h"

#include <algorithm>

#include "base/crc32c.h"
#include "base/floating_point_guard.h"
#include "wal/chunk/number_column.h"

namespace factorwal::wal {

BlockBuilder::BlockBuilder() : scratch_(std::make_unique<ColumnScratch>()) {}
BlockBuilder::~BlockBuilder() = default;
BlockBuilder::BlockBuilder(BlockBuilder&&) noexcept = default;
BlockBuilder& BlockBuilder::operator=(BlockBuilder&&) noexcept = default;

ByteView BlockBuilder::store(const WaitingRecords& waiting, ChunkBodies& bodies) {
  const FloatingPointGuard nearest;
  waiting_ = &waiting;
  sort_series();
  sort_rows();
  cut_chunks();
  for (const auto& chunk : chunks_) store_chunk(chunk, bodies);
  end_ = 0;
  store_head();
  return ByteView(out_).first(end_);
}

std::byte* BlockBuilder::reserve(std::size_t size) {
  if (out_.size() < end_ + size) out_.resize(std::max(out_.size() * 2, end_ + size));
  return out_.data() + end_;
}

/// Group by group, otherwise in the order in which they came first.
void BlockBuilder::sort_series() {
  const auto groups = waiting_->groups();
  const auto series = waiting_->series();
  next_.resize(groups.size());
  std::uint32_t place = 0;
  for (std::size_t i = 0; i < groups.size(); ++i) {
    next_[i] = place;
    place += groups[i].series;
  }
  sorted_.resize(series.size());
  places_.resize(series.size());
  for (std::uint32_t i = 0; i < series.size(); ++i) {
    places_[i] = next_[series[i].group]++;
    sorted_[places_[i]] = i;
  }
}

void BlockBuilder::sort_rows() {
  const auto ticks = waiting_->ticks();
  const auto series = waiting_->series();
  next_.resize(series.size());
  std::uint32_t row = 0;
  for (const auto index : sorted_) {
    next_[index] = row;
    row += series[index].rows;
  }
  rows_.resize(ticks.size());
  for (std::uint32_t i = 0; i < ticks.size(); ++i) rows_[next_[ticks[i].series]++] = i;
}

/// Whole series together where they fit, so that few chunks tell of one instrument.
void BlockBuilder::cut_chunks() {
  chunks_.clear();
  runs_.clear();
  constexpr auto kMost = static_cast<std::uint32_t>(kTickChunkRows);
  std::uint32_t row = 0;
  for (std::uint32_t place = 0; place < sorted_.size(); ++place) {
    const auto& series = waiting_->series()[sorted_[place]];
    for (auto left = series.rows; left > 0;) {
      const bool goes_on = !chunks_.empty() && chunks_.back().layout == series.layout &&
                           chunks_.back().counted == series.counted &&
                           chunks_.back().rows < kMost &&
                           (chunks_.back().rows + left <= kMost || chunks_.back().rows < kMost / 2);
      if (!goes_on) {
        chunks_.push_back({ChunkKind::kTicks, series.counted, series.layout, row, 0,
                           static_cast<std::uint32_t>(runs_.size()), 0});
      }
      auto& chunk = chunks_.back();
      const auto rows = std::min(left, kMost - chunk.rows);
      runs_.push_back({place, rows});
      ++chunk.runs;
      chunk.rows += rows;
      row += rows;
      left -= rows;
    }
  }
  cut_updates();
}

void BlockBuilder::cut_updates() {
  const auto count = static_cast<std::uint32_t>(waiting_->updates());
  constexpr auto kMost = static_cast<std::uint32_t>(kChunkRowsMax);
  for (std::uint32_t row = 0; row < count; row += kMost) {
    chunks_.push_back({ChunkKind::kUpdates, true, 0, row, std::min(kMost, count - row), 0, 0});
  }
}

LayoutModel& BlockBuilder::model(const Chunk& chunk, std::size_t columns) {
  if (chunk.layout >= layouts_.size()) layouts_.resize(std::size_t{chunk.layout} + 1);
  auto& known = layouts_[chunk.layout];
  if (!known || known->columns() != columns) known.emplace(columns);
  return *known;
}

void BlockBuilder::gather_columns(std::span<const std::uint32_t> rows, std::size_t columns) {
  const auto ticks = waiting_->ticks();
  const auto stride = column_stride(rows.size());
  if (columns_.size() < (columns + 1) * stride) columns_.resize((columns + 1) * stride);
  constexpr std::size_t kAhead = 8;
  for (std::size_t i = 0; i < rows.size(); ++i) {
    if (i + kAhead < rows.size()) {
      const auto* ahead = waiting_->values(ticks[rows[i + kAhead]]).data();
      for (std::size_t at = 0; at < columns; at += 8) __builtin_prefetch(ahead + at);
    }
    const auto* from = waiting_->values(ticks[rows[i]]).data();
    auto* to = columns_.data() + i;
    for (std::size_t c = 0; c < columns; ++c, to += stride) *to = from[c];
  }
}

void BlockBuilder::find_begins(const Chunk& chunk) {
  begins_.clear();
  std::uint32_t begin = 0;
  for (const auto& run : std::span(runs_).subspan(chunk.first_run, chunk.runs)) {
    begins_.push_back(begin);
    begin += run.rows;
  }
}

void BlockBuilder::store_chunk(const Chunk& chunk, ChunkBodies& bodies) {
  const bool ticks = chunk.kind == ChunkKind::kTicks;
  const auto columns =
      ticks ? waiting_->values(waiting_->ticks()[rows_[chunk.first_row]]).size() : 1;
  const auto bound =
      3 * number_column_bound(chunk.rows) + (columns + 1) * value_column_bound(chunk.rows);
  if (bodies.buffer.size() - bodies.end < bound) {
    bodies.buffer.resize(std::max(bodies.buffer.size() * 2, bodies.end + bound));
  }
  auto* const start = bodies.buffer.data() + bodies.end;
  const auto* end = ticks ? store_ticks(start, chunk, columns) : store_updates(start, chunk);
  const auto size = static_cast<std::size_t>(end - start);
  bodies.marks.push_back({static_cast<std::uint32_t>(size), crc32c({start, size})});
  bodies.end += size;
}

std::byte* BlockBuilder::store_ticks(std::byte* at, const Chunk& chunk, std::size_t columns) {
  const auto ticks = waiting_->ticks();
  const auto rows = std::span(rows_).subspan(chunk.first_row, chunk.rows);
  find_begins(chunk);
  gather_columns(rows, columns);
  numbers_.resize(rows.size());
  for (std::size_t i = 0; i < rows.size(); ++i) numbers_[i] = ticks[rows[i]].ordinal;
  at = store_numbers(at, numbers_, begins_, *scratch_);
  for (std::size_t i = 0; i < rows.size(); ++i) {
    numbers_[i] = static_cast<std::uint64_t>(ticks[rows[i]].time);
  }
  at = store_numbers(at, numbers_, begins_, *scratch_);
  const ColumnBlock block{columns_.data(), column_stride(rows.size()), rows.size(), begins_};
  return model(chunk, columns).store_columns(at, block, *scratch_);
}

std::byte* BlockBuilder::store_updates(std::byte* at, const Chunk& chunk) {
  begins_.assign(1, 0);
  const auto rows = [&](auto column) { return column.subspan(chunk.first_row, chunk.rows); };
  at = store_numbers(at, rows(waiting_->update_instruments()), begins_, *scratch_);
  at = store_numbers(at, rows(waiting_->update_factors()), begins_, *scratch_);
  at = store_numbers(at, rows(waiting_->update_times()), begins_, *scratch_);
  const auto values = rows(waiting_->update_values());
  if (columns_.size() < values.size()) columns_.resize(values.size());
  std::ranges::copy(values, columns_.begin());
  const ColumnBlock block{columns_.data(), values.size(), values.size(), begins_};
  return updates_.store_columns(at, block, *scratch_);
}

void BlockBuilder::store_head() {
  auto* at = reserve(32 + chunks_.size() * 32);
  at = store_varint(at, waiting_->size());
  at = store_varint(at, chunks_.size());
  for (const auto& chunk : chunks_) {
    *at++ = chunk.counted ? static_cast<std::byte>(chunk.kind) : kUncountedTicks;
    at = store_varint(at, chunk.rows);
    if (chunk.kind == ChunkKind::kUpdates) continue;
    at = store_varint(at, chunk.layout);
    at = store_varint(at, chunk.runs);
  }
  commit(at);
  store_runs();
  store_order();
  store_positions();
}

void BlockBuilder::put_column(std::span<std::uint64_t> numbers) {
  commit(store_integers(reserve(column_bound(numbers.size())), numbers));
}

void BlockBuilder::store_runs() {
  numbers_.resize(runs_.size());
  std::uint64_t before = 0;
  for (std::size_t i = 0; i < runs_.size(); ++i) {
    const std::uint64_t instrument = waiting_->series()[sorted_[runs_[i].place]].instrument;
    numbers_[i] = zigzag(static_cast<std::int64_t>(instrument - before));
    before = instrument;
  }
  put_column(numbers_);
  numbers_.resize(runs_.size());
  for (std::size_t i = 0; i < runs_.size(); ++i) numbers_[i] = runs_[i].rows - 1;
  put_column(numbers_);
}

/// Updates are as a series behind all others.
void BlockBuilder::store_order() {
  if (waiting_->ticks().empty()) return;  // goes without saying
  const auto records = waiting_->order();
  numbers_.resize(records.size());
  SeriesOrder order(order_memory_, sorted_.size() + 1);
  for (std::size_t i = 0; i < records.size(); ++i) {
    const std::uint64_t place = records[i] == kIsUpdate ? sorted_.size() : places_[records[i]];
    numbers_[i] = zigzag(static_cast<std::int64_t>(place - order.expected()));
    order.push(place);
  }
  put_column(numbers_);
}

/// In order of sequence: a source's positions differ little from one record to the next.
void BlockBuilder::store_positions() {
  auto* at = reserve(1);
  *at++ = static_cast<std::byte>(waiting_->has_positions() ? 1 : 0);
  commit(at);
  if (!waiting_->has_positions()) return;
  std::vector<std::uint64_t> shared;
  std::vector<std::uint64_t> rests;
  Bytes rest;
  ByteView last;
  for (const auto& tick : waiting_->ticks()) {
    const auto place = waiting_->position(tick);
    const auto limit = static_cast<std::ptrdiff_t>(std::min(place.size(), last.size()));
    const auto same =
        std::mismatch(place.begin(), place.begin() + limit, last.begin()).first - place.begin();
    shared.push_back(static_cast<std::uint64_t>(same));
    rests.push_back(place.size() - static_cast<std::uint64_t>(same));
    put_bytes(rest, place.subspan(static_cast<std::size_t>(same)));
    if (!place.empty()) last = place;
  }
  put_column(shared);
  put_column(rests);
  commit(std::copy(rest.begin(), rest.end(), reserve(rest.size())));
}

}  // namespace factorwal::wal
