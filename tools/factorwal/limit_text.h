#pragma once
/// Ages and sizes as people write them: `30d`, `12h`, `10GB`, `512MiB`.

#include <chrono>
#include <cstdint>
#include <string_view>

#include "factorwal/result.h"

namespace factorwal::tool {

/// A whole number and s, m, h or d; 0 alone means for ever.
[[nodiscard]] Result<std::chrono::nanoseconds> parse_age(std::string_view text);
/// A whole number and nothing, B, kB, MB, GB, TB (powers of 1000), KiB, MiB, GiB, TiB.
[[nodiscard]] Result<std::uint64_t> parse_bytes(std::string_view text);

}  // namespace factorwal::tool
