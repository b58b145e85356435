#pragma once
/// What a host built with -ffast-math does with the library. Numbers come and go as bits: such a
/// host may take it for granted that no NaN exists.

#include <cstdint>
#include <span>
#include <string>
#include <vector>

namespace factorwal::test::fast_math_host {

using Bits = std::vector<std::uint64_t>;

/// Each input as `present_or_missing` and as `finite_or_missing` give it, and whether it is
/// present.
Bits judge_numbers(std::span<const std::uint64_t> numbers);
/// The increments of volume and turnover of one day's totals, which are the same number.
Bits convert_totals(std::span<const std::uint64_t> totals);
/// The 24 values of a CTP tick whose prices and turnover are all that number, its volumes 0.
Bits convert_depth(std::uint64_t number);
/// The values of every tick, whose only field is called `x`.
Bits compute(const std::string& factors, std::span<const std::uint64_t> ticks);

}  // namespace factorwal::test::fast_math_host
