#include "feed/instrument_table.h"

#include <cstring>
#include <utility>

#include "feed/digits.h"

namespace factorwal::feed {
namespace {

std::uint64_t four_at(const char* text) noexcept {
  std::uint32_t word = 0;
  std::memcpy(&word, text, 4);
  return word;
}

/// Cheap, and different for most ids: of their beginning, middle and end.
std::size_t place_of(std::string_view id) noexcept {
  constexpr std::uint64_t kOdd = 0x9e3779b97f4a7c15U;
  constexpr std::uint64_t kOther = 0xc2b2ae3d27d4eb4fU;
  const std::size_t size = id.size();
  std::uint64_t mixed = size;
  if (size >= 8) {
    mixed = (eight_at(id.data()) ^ size) * kOdd ^ eight_at(id.data() + size - 8) * kOther;
    if (size > 16) mixed = (mixed ^ eight_at(id.data() + size / 2 - 4)) * kOdd;
  } else if (size >= 4) {
    mixed = (four_at(id.data()) | four_at(id.data() + size - 4) << 32U) * kOdd;
  } else {
    for (const char c : id) mixed = (mixed << 8U) | static_cast<unsigned char>(c);
    mixed *= kOdd;
  }
  return mixed >> 56U;
}

/// Without a call for the ids that most have.
bool is_same(std::string_view known, std::string_view id) noexcept {
  const std::size_t size = id.size();
  if (known.size() != size) return false;
  const char* const a = known.data();
  const char* const b = id.data();
  if (size > 16) return std::memcmp(a, b, size) == 0;
  if (size >= 8) {
    return eight_at(a) == eight_at(b) && eight_at(a + size - 8) == eight_at(b + size - 8);
  }
  if (size >= 4) return four_at(a) == four_at(b) && four_at(a + size - 4) == four_at(b + size - 4);
  for (std::size_t i = 0; i < size; ++i) {
    if (a[i] != b[i]) return false;
  }
  return true;
}

}  // namespace

FeedInstrument* InstrumentTable::find(std::string_view id) {
  auto& [newest, older] = recent_[place_of(id)];
  if (newest != nullptr && is_same(newest->id, id)) return newest;
  if (older != nullptr && is_same(older->id, id)) return older;
  const auto found = by_id_.find(id);
  if (found == by_id_.end()) return nullptr;
  older = std::exchange(newest, found->second);
  return newest;
}

FeedInstrument& InstrumentTable::intern(std::string_view id) {
  if (FeedInstrument* const known = find(id)) return *known;
  FeedInstrument& added = instruments_.emplace_back();
  added.id = id;
  added.index = static_cast<std::uint32_t>(instruments_.size() - 1);
  by_id_.emplace(added.id, &added);
  return added;
}

}  // namespace factorwal::feed
