#include "factorwal/feed/stream.h"

#include <utility>

namespace factorwal::feed {

void TickBatch::clear() noexcept {
  instruments.clear();
  times_ns.clear();
  values.clear();
  positions.clear();
}

void TickBatch::append(const TickRow& row) {
  if (row.instrument_index >= ids.size()) ids.resize(row.instrument_index + 1);
  ids[row.instrument_index] = row.instrument_id;
  instruments.push_back(row.instrument_index);
  times_ns.push_back(row.timestamp_ns);
  values.insert(values.end(), row.values.begin(), row.values.end());
  positions.push_back(row.position);
}

FeedStep TickStream::append_rows(TickBatch& batch, std::size_t most) {
  TickRow row;
  while (batch.size() < most) {
    const FeedStep step = next(row);
    if (step != FeedStep::kRow) return step;
    batch.append(row);
  }
  return FeedStep::kRow;
}

FeedStep TickStream::next_batch(TickBatch& batch, std::size_t most) {
  batch.clear();
  if (step_after_batch_) return *std::exchange(step_after_batch_, std::nullopt);
  const FeedStep step = append_rows(batch, most);
  if (step == FeedStep::kRow || batch.size() == 0) return step;
  step_after_batch_ = step;
  return FeedStep::kRow;
}

}  // namespace factorwal::feed
