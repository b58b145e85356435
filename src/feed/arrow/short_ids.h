#pragma once
/// \file
/// The instruments of ids that lie in their rows, as texts of up to 12 bytes do where a column has
/// views: the 16 bytes of one tell its instrument without a look at the text.

#include <array>
#include <cstddef>
#include <cstdint>
#include <cstring>

#include "feed/instrument_table.h"

namespace factorwal::feed {

class ShortIds {
 public:
  /// A row's view, as the Arrow format lays it out.
  struct View {
    std::uint64_t first;  ///< size, and four bytes of the text
    std::uint64_t last;
  };
  static constexpr std::size_t kViewBytes = sizeof(View);

  [[nodiscard]] static View view_at(const std::byte* views, std::size_t row) noexcept {
    View view{};
    std::memcpy(&view, views + row * kViewBytes, kViewBytes);
    return view;
  }
  /// Null where it is not known, or the text is longer.
  [[nodiscard]] FeedInstrument* find(const View& view) const noexcept {
    const Known& known = known_[place_of(view)];
    return known.view.first == view.first && known.view.last == view.last ? known.instrument
                                                                          : nullptr;
  }
  void put(const View& view, FeedInstrument* instrument) noexcept {
    constexpr std::size_t kShortBytes = 12;
    std::uint32_t size = 0;
    std::memcpy(&size, &view, sizeof size);
    if (size <= kShortBytes) known_[place_of(view)] = {view, instrument};
  }

 private:
  struct Known {
    View view{};
    FeedInstrument* instrument = nullptr;
  };
  [[nodiscard]] static std::size_t place_of(const View& view) noexcept {
    return (view.first * 0x9e3779b97f4a7c15U ^ view.last * 0xc2b2ae3d27d4eb4fU) >> 55U;
  }
  std::array<Known, 512> known_{};
};

}  // namespace factorwal::feed
