#pragma once
/// \file
/// The instruments that a feed has met, and what it must remember of each.

#include <array>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <limits>
#include <string>
#include <string_view>
#include <unordered_map>

#include "factorwal/types.h"
#include "factorwal/volume_mode.h"

namespace factorwal::feed {

/// Where a file does not tell the trading day: a total that falls after hours without a tick begins
/// another one. A fall alone does not, and neither does a date: night sessions cross midnight.
class TradingDayGuess {
 public:
  /// A number that differs from day to day; never 0.
  std::int64_t day_of(TimestampNs timestamp_ns, double total) noexcept {
    constexpr TimestampNs kPauseNs = 3 * std::int64_t{3'600'000'000'000};
    // Before the first total, nothing is below it.
    if (total < last_total_ && timestamp_ns - last_ns_ >= kPauseNs) ++day_;
    last_ns_ = timestamp_ns;
    if (total == total) last_total_ = total;
    return day_;
  }

 private:
  std::int64_t day_ = 1;
  TimestampNs last_ns_ = 0;
  double last_total_ = 0;
};

struct FeedInstrument {
  std::string id;
  std::uint32_t index = 0;  ///< order of appearance in the feed
  TimestampNs newest_ns = std::numeric_limits<TimestampNs>::min();
  std::string exchange;  ///< the first that it was met with; empty where there is none
  VolumeConverter converter;
  std::int64_t trading_day = 0;  ///< the last that a row told
  TradingDayGuess trading_days;
  std::size_t converter_file = std::numeric_limits<std::size_t>::max();
};

/// References stay valid for the table's life. Allocates for a new instrument only.
class InstrumentTable {
 public:
  FeedInstrument& intern(std::string_view id);
  /// Null where it was not met yet.
  [[nodiscard]] FeedInstrument* find(std::string_view id);
  [[nodiscard]] std::size_t size() const noexcept { return instruments_.size(); }
  /// By FeedInstrument::index.
  [[nodiscard]] const FeedInstrument& at(std::size_t index) const { return instruments_[index]; }

 private:
  std::deque<FeedInstrument> instruments_;
  std::unordered_map<std::string_view, FeedInstrument*> by_id_;
  /// Most rows are of few instruments; two may share a place.
  std::array<std::array<FeedInstrument*, 2>, 256> recent_{};
};

}  // namespace factorwal::feed
