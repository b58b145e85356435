#pragma once
/// CRC-32C (Castagnoli), the checksum of every stored byte.

#include "base/coding.h"

namespace factorwal {

/// Checksum of `bytes`, continuing from the checksum of what came before (0 at the start).
[[nodiscard]] std::uint32_t crc32c(ByteView bytes, std::uint32_t previous = 0) noexcept;

}  // namespace factorwal
