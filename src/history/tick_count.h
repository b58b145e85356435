#pragma once
/// Every tick carries its instrument's own count: a gap tells whom damage has hit. Where a number
/// is no count, missing ones are as many lost ticks at most, and one at least: there is a gap as
/// well.

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "factorwal/record.h"
#include "factorwal/verify.h"

namespace factorwal::history {

class TickCount {
 public:
  /// Engines of different factors may count the same instrument's ticks side by side, and one that
  /// began anew counts from 1.
  void note(const LogRecord& record) {
    const std::size_t index = record.instrument.index;
    if (index >= last_.size()) last_.resize(index + 1);
    auto& last = last_[index];
    auto& same_layout = last_under(index, record.layout_handle.index);
    const auto ordinal = record.tick_number.ordinal;
    const bool dense = ordinal == last + 1 || ordinal == same_layout + 1 || ordinal == 1;
    const bool begins = anywhere_ && same_layout == 0;
    if (!dense && !begins) {
      gaps_.push_back(
          {std::string(record.instrument_id), last + 1, record.tick_number, record.sequence});
    }
    last = same_layout = ordinal;
  }
  /// The ticks before the next ones are gone by right: retention has cut them.
  void begin_anywhere() {
    anywhere_ = true;
    last_.clear();
    by_layout_.clear();
  }
  [[nodiscard]] const std::vector<TickGap>& gaps() const noexcept { return gaps_; }

 private:
  std::uint64_t& last_under(std::size_t instrument, std::uint32_t layout) {
    if (instrument >= by_layout_.size()) by_layout_.resize(instrument + 1);
    auto& counts = by_layout_[instrument];
    // Few, and the latest is the one asked for.
    for (auto count = counts.rbegin(); count != counts.rend(); ++count) {
      if (count->first == layout) return count->second;
    }
    return counts.emplace_back(layout, std::uint64_t{0}).second;
  }

  std::vector<std::uint64_t> last_;                                              // by instrument
  std::vector<std::vector<std::pair<std::uint32_t, std::uint64_t>>> by_layout_;  // by instrument
  std::vector<TickGap> gaps_;
  bool anywhere_ = false;
};

}  // namespace factorwal::history
