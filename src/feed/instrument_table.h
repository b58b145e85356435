#pragma once
/// \file
/// The instruments that a feed has met, and what it must remember of each.

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

struct FeedInstrument {
  std::string id;
  std::uint32_t index = 0;  ///< order of appearance in the feed
  TimestampNs newest_ns = std::numeric_limits<TimestampNs>::min();
  std::string exchange;  ///< the first that it was met with; empty where there is none
  VolumeConverter converter;
  std::size_t converter_file = std::numeric_limits<std::size_t>::max();
};

/// References stay valid for the table's life. Allocates for a new instrument only.
class InstrumentTable {
 public:
  FeedInstrument& intern(std::string_view id);

 private:
  std::deque<FeedInstrument> instruments_;
  std::unordered_map<std::string_view, FeedInstrument*> by_id_;
  FeedInstrument* last_ = nullptr;
};

}  // namespace factorwal::feed
