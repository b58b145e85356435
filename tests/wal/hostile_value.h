#pragma once
/// Doubles that an encoding could get wrong.

#include <bit>
#include <cmath>
#include <cstdint>
#include <iterator>
#include <random>

namespace factorwal::wal::test {

using Random = std::mt19937_64;

inline double hostile_value(Random& random) {
  constexpr std::uint64_t kBits[] = {0x0000000000000000, 0x8000000000000000, 0x7ff8000000000000,
                                     0xfff8000000000000, 0x7ff0000000000001, 0xffffffffffffffff,
                                     0x7ff0000000000000, 0xfff0000000000000, 0x0000000000000001,
                                     0x800fffffffffffff, 0x7fefffffffffffff, 0x4330000000000001};
  switch (random() % 4) {
    case 0: return std::bit_cast<double>(kBits[random() % std::size(kBits)]);
    case 1: return std::bit_cast<double>(random());
    case 2: return static_cast<double>(random() % 100'000) / 5;
    default: return std::ldexp(1.0, static_cast<int>(random() % 2000) - 1000);
  }
}

}  // namespace factorwal::wal::test
