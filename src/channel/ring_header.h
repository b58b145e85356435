#pragma once
/// What the first bytes of a ring say: whose it is.

#include <string>

#include "base/file.h"
#include "channel/ring_format.h"

namespace factorwal::channel {

/// As of a data directory: 128 random bits.
using DirectoryIdentity = std::array<std::byte, 16>;

struct RingHeader {
  DirectoryIdentity directory{};
  std::uint64_t identity = 0;  ///< of the ring; random, never 0
  std::uint64_t capacity = 0;  ///< bytes of the block of entries
  BootId boot{};
  FileId directory_id;  ///< of the data directory as it was then
  std::uint64_t pid = 0;
  std::string directory_path;  ///< as it was then: absolute; see `is_cut_path`
};

/// Whether a header's path was too long to be kept whole, and ends with "..." instead.
[[nodiscard]] bool is_cut_path(std::string_view path) noexcept;

/// `kRingCheckedTo` bytes.
[[nodiscard]] Bytes encode_ring_header(const RingHeader& header);

enum class RingHeaderFault : std::uint8_t { kNone, kBad, kNewerVersion, kEarlierVersion };
[[nodiscard]] RingHeaderFault decode_ring_header(ByteView bytes, RingHeader& header);

/// `factorwal-0123456789abcdef.ring`
[[nodiscard]] std::string ring_name(std::uint64_t identity);
[[nodiscard]] bool is_ring_name(std::string_view name) noexcept;

}  // namespace factorwal::channel
