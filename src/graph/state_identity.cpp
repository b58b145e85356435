#include "graph/state_identity.h"

#define XXH_INLINE_ALL
#include <xxhash.h>

namespace factorwal::graph {

StateIdentity identity_of(std::string_view definition) noexcept {
  // The canonical form is big-endian: the same bytes on every machine.
  XXH128_canonical_t canonical;
  XXH128_canonicalFromHash(&canonical, XXH3_128bits(definition.data(), definition.size()));
  StateIdentity identity;
  for (std::size_t i = 0; i < identity.bytes.size(); ++i) identity.bytes[i] = canonical.digest[i];
  return identity;
}

std::string to_hex(const StateIdentity& identity) {
  constexpr std::string_view kDigits = "0123456789abcdef";
  std::string text;
  for (const std::uint8_t byte : identity.bytes) {
    text += kDigits[byte >> 4];
    text += kDigits[byte & 15];
  }
  return text;
}

}  // namespace factorwal::graph
