#include "factorwal/feed/stream.h"

#include <utility>

namespace factorwal::feed {

void TickBatch::clear() noexcept {
  instruments.clear();
  times_ns.clear();
  values.clear();
  positions.clear();
}

FeedStep TickStream::next_batch(TickBatch& batch, std::size_t most) {
  batch.clear();
  if (step_after_batch_) return *std::exchange(step_after_batch_, std::nullopt);
  TickRow row;
  while (batch.size() < most) {
    const FeedStep step = next(row);
    if (step != FeedStep::kRow) {
      if (batch.size() == 0) return step;
      step_after_batch_ = step;
      break;
    }
    if (row.instrument_index >= batch.ids.size()) batch.ids.resize(row.instrument_index + 1);
    batch.ids[row.instrument_index] = row.instrument_id;
    batch.instruments.push_back(row.instrument_index);
    batch.times_ns.push_back(row.timestamp_ns);
    batch.values.insert(batch.values.end(), row.values.begin(), row.values.end());
    batch.positions.push_back(row.position);
  }
  return FeedStep::kRow;
}

}  // namespace factorwal::feed
