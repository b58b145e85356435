#include <algorithm>

#include "feed/arrow/arrow_feed.h"

// Rows of an Arrow stream of which nothing is to be said, many at a time. A row that needs a closer
// look ends a run: `next` takes it.

namespace factorwal::feed {

FeedInstrument* ArrowFeed::known_instrument(std::int64_t row) {
  if (layout_.instrument.empty()) return fixed_instrument_;
  const ArrowColumn& column = columns_[layout_.instrument.front()];
  if (!column.type().is_text() || column.type().values) return nullptr;
  const std::string_view id = column.plain_text(row);
  // A guard (id_guard.h) is no part of the id.
  if (id.empty() || id.front() == '=') return nullptr;
  return memory_.known_instrument(id);
}

void ArrowFeed::find_known(std::int64_t first, std::size_t most) {
  run_.clear();
  if (!of_place_.empty()) {
    places_.resize(most);
    columns_[layout_.instrument.front()].places(first, places_);
    for (const std::size_t place : places_) {
      FeedInstrument* const known = place < of_place_.size() ? of_place_[place] : nullptr;
      if (known == nullptr) return;
      run_.push_back(known);
    }
    return;
  }
  const auto* const views =
      layout_.instrument.empty() ? nullptr : columns_[layout_.instrument.front()].views(first);
  while (run_.size() < most) {
    const std::size_t at = run_.size();
    const auto view = views == nullptr ? ShortIds::View{} : ShortIds::view_at(views, at);
    FeedInstrument* known = short_ids_.find(view);
    if (known == nullptr) {
      known = known_instrument(first + static_cast<std::int64_t>(at));
      if (known == nullptr) return;
      if (views != nullptr) short_ids_.put(view, known);
    }
    run_.push_back(known);
  }
}

std::size_t ArrowFeed::read_stamps(std::int64_t first, std::span<TimestampNs> out) {
  std::size_t count = 0;
  if (stamp_is_utc_) {
    const std::size_t plain =
        columns_[layout_.stamp.front()].plain_ns(first, out.size(), out.data());
    while (count < plain && TimestampReader::is_readable(out[count])) ++count;
  }
  // A stamp without a zone that is refused: `next` reads it again, and says so.
  const auto refused = [&] { return stamps_->used_zone() && memory_.refuses_zoneless(); };
  while (count < out.size() &&
         read_stamp(first + static_cast<std::int64_t>(count), out[count]) == BadRow::kNone &&
         !refused()) {
    ++count;
  }
  return count;
}

std::size_t ArrowFeed::append_run(TickBatch& batch, std::size_t most) {
  if (!has_runs_ || !memory_.stamps_noted() || batch_ == nullptr) return 0;
  const std::int64_t first = row_ + 1;
  if (first == batch_->length) return 0;
  if (first >= block_first_ + static_cast<std::int64_t>(block_rows_)) read_block(first);
  const auto at = static_cast<std::size_t>(first - block_first_);
  most = std::min(most, block_rows_ - at);
  const auto* const faults = faults_.data() + at;
  most = static_cast<std::size_t>(
      std::find_if(faults, faults + most, [](std::size_t column) { return column != kNoColumn; }) -
      faults);
  find_known(first, most);
  const std::size_t before = batch.size();
  batch.times_ns.resize(before + run_.size());
  // Last, since times that come twice are counted as they are read.
  const std::size_t count = read_stamps(first, std::span(batch.times_ns).subspan(before));
  batch.times_ns.resize(before + count);
  if (count == 0) return 0;
  for (std::size_t i = 0; i < count; ++i) {
    batch.instruments.push_back(run_[i]->index);
    memory_.deliver(*run_[i], batch.times_ns[before + i], stamps_->ambiguous_times());
  }
  const auto fields = field_columns_.size();
  if (before == 0 && count == block_rows_) {
    batch.values.swap(values_);
    block_rows_ = 0;
  } else {
    const auto rows = std::span<const double>(values_).subspan(at * fields, count * fields);
    batch.values.insert(batch.values.end(), rows.begin(), rows.end());
  }
  batch.positions.push_back_rows({identity_, next_row_ + 1, {}}, count);
  row_ += static_cast<std::int64_t>(count);
  next_row_ += count;
  row_number_ = next_row_ - 1;
  shared_.report.rows_read += count;
  return count;
}

FeedStep ArrowFeed::append_rows(TickBatch& batch, std::size_t most) {
  const InstrumentTable& known = shared_.instruments;
  // Of all: the rows of a run may be of any.
  const auto name_instruments = [&] {
    while (batch.ids.size() < known.size()) batch.ids.push_back(known.at(batch.ids.size()).id);
  };
  name_instruments();
  TickRow row;
  while (batch.size() < most) {
    if (append_run(batch, most - batch.size()) > 0) continue;
    const FeedStep step = next(row);
    if (step != FeedStep::kRow) return step;
    name_instruments();
    batch.append(row);
  }
  return FeedStep::kRow;
}

}  // namespace factorwal::feed
