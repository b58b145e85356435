#include "recovery/loss_ledger.h"

#include <utility>

namespace factorwal::recovery {

void LossLedger::gap(InstrumentHandle instrument, Loss loss, Sequence since) {
  hits_.push_back({instrument, loss, since});
  if (loss.counted) gaps_.push_back({account(instrument).lost_when_seen, loss.ticks});
}

/// The log has lost its end, which was durable although nothing in the log says so. Instruments
/// with ticks in the channel tell of their own losses by these.
void LossLedger::note_channel(InstrumentHandle instrument, std::uint64_t missing,
                              bool has_position) {
  if (missing > lost_since_seen(instrument)) {
    const auto more = std::exchange(unused_bytes_, 0);
    lost_records_ += more;
    if (has_position) lost_at_source_ = lost_records_;
    for (auto& one : accounts_) {
      if (one.in_channel) one.lost_when_seen += more;
    }
  }
  account(instrument).in_channel = true;
}

/// A gap counts where the whole of it lies behind the instrument's last sign of life.
std::uint64_t LossLedger::unaccounted(std::uint64_t lost_when_seen, std::uint64_t lost) const {
  std::uint64_t accounted = 0;
  for (const auto& gap : gaps_) {
    if (gap.lost_when_seen >= lost_when_seen) accounted += gap.ticks;
  }
  const auto since_seen = lost - lost_when_seen;
  // More than was lost: these gaps are no counts, and nothing follows from them.
  return accounted <= since_seen ? since_seen - accounted : since_seen;
}

std::vector<LossLedger::Hit> LossLedger::finish(std::size_t instruments, Sequence last_sequence) {
  std::vector<Hit> fresh;
  const auto lost = refed_by_source() ? lost_at_source_ : lost_records_;
  for (std::uint32_t i = 0; i < instruments && lost > 0; ++i) {
    const auto seen = lost_when_seen({i});
    if (seen >= lost) continue;
    if (const auto ticks = unaccounted(seen, lost); ticks > 0) {
      fresh.push_back({{i}, {ticks, false}, last_sequence});
    }
  }
  hits_.insert(hits_.end(), fresh.begin(), fresh.end());
  return fresh;
}

}  // namespace factorwal::recovery
