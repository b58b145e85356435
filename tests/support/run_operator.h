#pragma once
/// Feeds operators and looks at the bits that come out.

#include <bit>
#include <cstdint>
#include <span>
#include <vector>

#include "factorwal/operator.h"

namespace factorwal::test {

inline constexpr std::uint64_t kMissingBits = 0x7ff8000000000000u;

inline std::uint64_t bits(double value) { return std::bit_cast<std::uint64_t>(value); }

inline std::vector<std::uint64_t> bits_of(const std::vector<double>& values) {
  std::vector<std::uint64_t> all;
  for (const double value : values) all.push_back(bits(value));
  return all;
}

/// Every output of tick `at`.
inline std::vector<double> update(IncrementalOperator& op,
                                  std::span<const std::vector<double>> inputs, std::size_t at) {
  std::vector<double> row;
  for (const std::vector<double>& input : inputs) row.push_back(input[at]);
  std::vector<double> outputs(op.output_count());
  op.update(row, outputs);
  return outputs;
}

/// The first output of every tick.
inline std::vector<double> run(IncrementalOperator& op,
                               std::span<const std::vector<double>> inputs) {
  std::vector<double> outputs;
  for (std::size_t i = 0; i < inputs[0].size(); ++i) outputs.push_back(update(op, inputs, i)[0]);
  return outputs;
}

}  // namespace factorwal::test
