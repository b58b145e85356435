#include "base/crc32c.h"

#include <isa-l/crc.h>

#include <algorithm>

namespace factorwal {

std::uint32_t crc32c(ByteView bytes, std::uint32_t previous) noexcept {
  // isa-l takes an int length and a non-const pointer that it only reads from.
  constexpr std::size_t kStep = std::size_t{1} << 30;
  std::uint32_t state = ~previous;
  while (!bytes.empty()) {
    const auto step = bytes.first(std::min(bytes.size(), kStep));
    auto* data = const_cast<unsigned char*>(reinterpret_cast<const unsigned char*>(step.data()));
    state = crc32_iscsi(data, static_cast<int>(step.size()), state);
    bytes = bytes.subspan(step.size());
  }
  return ~state;
}

}  // namespace factorwal
