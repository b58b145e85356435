#pragma once
/// Zeros of a column apart from its other values: a bit for each value says whether it is one.

#include <cstddef>
#include <cstdint>
#include <span>

namespace factorwal::wal {

/// Stores which values are not 0, a bit each, and moves these together; how many they are.
[[nodiscard]] std::size_t take_zeros_out(std::byte* bitmap,
                                         std::span<std::uint64_t> values) noexcept;

/// The opposite: the first `kept` of `values` are those that are not 0. The bitmap has so many bits
/// set, all of them of values.
void put_zeros_back(const std::byte* bitmap, std::span<std::uint64_t> values,
                    std::size_t kept) noexcept;

}  // namespace factorwal::wal
