#pragma once
/// \file
/// How large things may be.

#include <cstddef>

namespace factorwal::feed {

/// A longer line is a bad row, not a bigger buffer.
inline constexpr std::size_t kMaxLineBytes = std::size_t{1} << 20;
inline constexpr std::size_t kMaxColumns = 4096;
inline constexpr std::size_t kMaxInstrumentBytes = 255;

}  // namespace factorwal::feed
