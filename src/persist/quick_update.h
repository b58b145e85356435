#pragma once
/// An update on its way into the ring when nothing is in its way, in line: all of it is some eighty
/// instructions. Everything else is `Producer::send_update`.

#include "persist/core.h"

namespace factorwal::persist {

[[gnu::always_inline]] inline bool Producer::quick_update(InstrumentHandle instrument,
                                                          FactorHandle factor, double value,
                                                          TimestampNs timestamp,
                                                          SendResult& result) noexcept {
  if (sending_.load(std::memory_order_relaxed) ||
      !defined_instruments_.contains(instrument.index) ||
      !defined_factors_.contains(factor.index) || core_->stopped_.load(std::memory_order_relaxed) ||
      !ring_->has_room(sizeof(channel::UpdateEntry))) {
    return false;
  }
  begin_sending();
  const auto before = core_->count_record();
  if ((before & Core::kClosedBit) != 0) [[unlikely]] {
    result = {SendStatus::kClosed, {}};
  } else {
    // As UpdateEntry has it.
    const auto ordinal =
        ring_->put(channel::EntryKind::kUpdate, core_->first_stamp_ + before,
                   instrument.index | std::uint64_t{factor.index} << 32,
                   static_cast<std::uint64_t>(timestamp), std::bit_cast<std::uint64_t>(value));
    core_->wake_when_due(before + 1);
    result = {SendStatus::kAccepted, {id_, tag_, sent_before_ + ordinal}};
  }
  end_sending();
  return true;
}

}  // namespace factorwal::persist
