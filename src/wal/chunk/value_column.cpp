#include "wal/chunk/value_column.h"

#include <bit>

#include "base/vector_clones.h"

namespace factorwal::wal {
namespace {

// A NaN that was computed has a sign and a payload that processors disagree about.
constexpr std::uint64_t kComputedNan = 0x7ff8000000000000;

std::uint64_t bits_of(double value) noexcept { return std::bit_cast<std::uint64_t>(value); }

std::uint64_t expected_bits(double value) noexcept {
  return value == value ? bits_of(value) : kComputedNan;
}

std::uint64_t distance(std::uint64_t to, std::uint64_t from) noexcept {
  return zigzag(static_cast<std::int64_t>(to - from));
}

double at_distance(std::uint64_t from, std::uint64_t residual) noexcept {
  return std::bit_cast<double>(from + static_cast<std::uint64_t>(unzigzag(residual)));
}

FACTORWAL_VECTOR_CLONES void take_steps(const std::int64_t* integers, std::size_t rows,
                                        std::uint64_t* residuals) noexcept {
  residuals[0] = zigzag(integers[0]);
  for (std::size_t i = 1; i < rows; ++i) {
    residuals[i] = distance(static_cast<std::uint64_t>(integers[i]),
                            static_cast<std::uint64_t>(integers[i - 1]));
  }
}

FACTORWAL_VECTOR_CLONES void take_distances(const double* values, const double* expected,
                                            std::size_t rows, std::uint64_t* residuals) noexcept {
  for (std::size_t i = 0; i < rows; ++i) {
    residuals[i] = distance(bits_of(values[i]), expected_bits(expected[i]));
  }
}

FACTORWAL_VECTOR_CLONES void take_changes(const double* values, std::size_t rows,
                                          std::uint64_t* residuals) noexcept {
  residuals[0] = distance(bits_of(values[0]), 0);
  for (std::size_t i = 1; i < rows; ++i) {
    residuals[i] = distance(bits_of(values[i]), bits_of(values[i - 1]));
  }
}

FACTORWAL_VECTOR_CLONES void apply_distances(const double* expected, const std::uint64_t* residuals,
                                             std::size_t rows, double* values) noexcept {
  for (std::size_t i = 0; i < rows; ++i) {
    values[i] = at_distance(expected_bits(expected[i]), residuals[i]);
  }
}

std::byte* store_steps(std::byte* target, std::size_t rows, ColumnScratch& scratch) {
  take_steps(scratch.integers, rows, scratch.residuals);
  return store_integers(target, {scratch.residuals, rows});
}

bool load_steps(Cursor& from, std::size_t rows, std::size_t stored, ColumnScratch& scratch) {
  if (!load_integers(from, {scratch.residuals, rows}, stored)) return false;
  std::uint64_t value = 0;
  for (std::size_t i = 0; i < rows; ++i) {
    value += static_cast<std::uint64_t>(unzigzag(scratch.residuals[i]));
    scratch.integers[i] = static_cast<std::int64_t>(value);
  }
  return true;
}

/// Each value's expectation needs the value before it.
void follow_average(const Expectation& expectation, const ColumnBlock& block, double* values,
                    const ColumnScratch& scratch) {
  const auto* a = block.column(expectation.operands[0]);
  const double gain = 2.0 / (static_cast<double>(expectation.count) + 1.0);
  for (std::size_t series = 0; series < block.begins.size(); ++series) {
    std::size_t i = block.begins[series];
    const std::size_t end =
        series + 1 < block.begins.size() ? block.begins[series + 1] : block.rows;
    double value = at_distance(expected_bits(a[i]), scratch.residuals[i]);
    values[i] = value;
    while (++i < end) {
      value = at_distance(expected_bits(value + gain * (a[i] - value)), scratch.residuals[i]);
      values[i] = value;
    }
  }
}

}  // namespace

std::byte* store_value_column(std::byte* target, const ColumnBlock& block, std::size_t index,
                              const Expectation& expectation, ColumnScratch& scratch) {
  const auto* values = block.column(index);
  const auto rows = block.rows;
  target = store_expectation(target, expectation);
  if (expectation.relation == Relation::kDecimal) {
    if (!find_decimals(values, rows, expectation.digits, scratch.integers)) return nullptr;
    return store_steps(target, rows, scratch);
  }
  if (expectation.relation == Relation::kBefore) {
    take_changes(values, rows, scratch.residuals);
    return store_integers(target, {scratch.residuals, rows});
  }
  if (has_integers(expectation.relation)) {
    find_integers(expectation, block, values, scratch.integers);
    expect_from_integers(expectation, block, scratch.integers, scratch.expected);
    target = store_steps(target, rows, scratch);
  } else {
    expect_values(expectation, block, values, scratch.expected);
  }
  take_distances(values, scratch.expected, rows, scratch.residuals);
  return store_integers(target, {scratch.residuals, rows});
}

bool load_value_column(Cursor& from, const ColumnBlock& block, std::size_t index,
                       std::size_t stored, ColumnScratch& scratch) {
  Expectation expectation;
  if (!load_expectation(from, static_cast<std::uint32_t>(index), expectation)) return false;
  auto* values = block.column(index);
  const auto rows = block.rows;
  if (expectation.relation == Relation::kDecimal) {
    if (!load_steps(from, rows, stored, scratch)) return false;
    from_decimals(scratch.integers, rows, expectation.digits, values);
    return true;
  }
  if (has_integers(expectation.relation)) {
    if (!load_steps(from, rows, stored, scratch)) return false;
    expect_from_integers(expectation, block, scratch.integers, scratch.expected);
  } else if (expectation.relation != Relation::kBefore &&
             expectation.relation != Relation::kAverage) {
    expect_values(expectation, block, nullptr, scratch.expected);
  }
  if (!load_integers(from, {scratch.residuals, rows}, stored)) return false;
  if (expectation.relation == Relation::kAverage) {
    follow_average(expectation, block, values, scratch);
    return true;
  }
  if (expectation.relation == Relation::kBefore) {
    std::uint64_t bits = 0;
    for (std::size_t i = 0; i < rows; ++i) {
      bits += static_cast<std::uint64_t>(unzigzag(scratch.residuals[i]));
      values[i] = std::bit_cast<double>(bits);
    }
    return true;
  }
  apply_distances(scratch.expected, scratch.residuals, rows, values);
  return true;
}

bool pass_value_column(Cursor& from, std::size_t rows, std::size_t index) {
  Expectation expectation;
  if (!load_expectation(from, static_cast<std::uint32_t>(index), expectation)) return false;
  const bool integers = has_integers(expectation.relation);
  return (!integers || pass_integers(from, rows)) && pass_integers(from, rows);
}

}  // namespace factorwal::wal
