#include "feed/instrument_table.h"

#include "feed/digits.h"

namespace factorwal::feed {
namespace {

/// Cheap, and different for most ids: of their beginning, middle and end.
std::size_t place_of(std::string_view id) noexcept {
  std::uint64_t mixed = id.size();
  if (id.size() >= 8) {
    const std::size_t last = id.size() - 8;
    for (const std::size_t at : {std::size_t{0}, last / 2, last}) {
      mixed = (mixed ^ eight_at(id.data() + at)) * 0x9e3779b97f4a7c15U;
      mixed ^= mixed >> 32U;
    }
  } else {
    for (const char c : id) mixed = (mixed << 8U) | static_cast<unsigned char>(c);
    mixed *= 0x9e3779b97f4a7c15U;
  }
  return mixed >> 56U;
}

}  // namespace

FeedInstrument& InstrumentTable::intern(std::string_view id) {
  FeedInstrument*& recent = recent_[place_of(id)];
  if (recent != nullptr && recent->id == id) return *recent;
  const auto found = by_id_.find(id);
  if (found != by_id_.end()) {
    recent = found->second;
    return *recent;
  }
  FeedInstrument& added = instruments_.emplace_back();
  added.id = id;
  added.index = static_cast<std::uint32_t>(instruments_.size() - 1);
  by_id_.emplace(added.id, &added);
  recent = &added;
  return added;
}

}  // namespace factorwal::feed
