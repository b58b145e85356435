#include "wal/chunk/relation.h"

#include <algorithm>
#include <array>
#include <bit>
#include <cmath>

#include "base/vector_clones.h"

namespace factorwal::wal {
namespace {

constexpr std::array<double, kDigitsMax + 1> kTens = {1,   1e1, 1e2, 1e3, 1e4,
                                                      1e5, 1e6, 1e7, 1e8, 1e9};

constexpr double kIntegerLimit = 2251799813685248;  // 2^51

std::int64_t to_integer(double value) noexcept {
  const bool fits = std::abs(value) < kIntegerLimit;
  const double rounded = (fits ? value : 0.0) + kUnitsAtLastBit;
  return static_cast<std::int64_t>(std::bit_cast<std::uint64_t>(rounded) -
                                   std::bit_cast<std::uint64_t>(kUnitsAtLastBit));
}

/// Exact below 2^51; of other integers some number that every processor agrees about.
double from_integer(std::int64_t value) noexcept {
  return std::bit_cast<double>(static_cast<std::uint64_t>(value) +
                               std::bit_cast<std::uint64_t>(kUnitsAtLastBit)) -
         kUnitsAtLastBit;
}

/// By what the square of a deviation is an integer.
double square_scale(const Expectation& of) noexcept {
  return kTens[of.digits] * kTens[of.digits] * static_cast<double>(of.count);
}

template <class F>
void for_rows(const ColumnBlock& block, double* expected, F&& f) {
  for (std::size_t i = 0; i < block.rows; ++i) expected[i] = f(i);
}

/// `first(row)` where a series begins, `later(row)` elsewhere.
template <class F, class G>
void along_series(const ColumnBlock& block, double* expected, F&& first, G&& later) {
  for (std::size_t i = 1; i < block.rows; ++i) expected[i] = later(i);
  for (const auto begin : block.begins) expected[begin] = first(begin);
}

FACTORWAL_VECTOR_CLONES void compute_expected(const Expectation& of, const ColumnBlock& block,
                                              const double* own, double* expected) {
  const auto* a = block.column(of.operands[0]);
  const auto* b = block.column(of.operands[1]);
  const auto* c = block.column(of.operands[2]);
  switch (of.relation) {
    case Relation::kSame: return for_rows(block, expected, [&](auto i) { return a[i]; });
    case Relation::kSum: return for_rows(block, expected, [&](auto i) { return a[i] + b[i]; });
    case Relation::kDifference:
      return for_rows(block, expected, [&](auto i) { return a[i] - b[i]; });
    case Relation::kMiddle:
      return for_rows(block, expected, [&](auto i) { return (a[i] + b[i]) / 2; });
    case Relation::kReflected:
      return for_rows(block, expected, [&](auto i) { return a[i] - (b[i] - a[i]); });
    case Relation::kQuotient: return for_rows(block, expected, [&](auto i) { return a[i] / b[i]; });
    case Relation::kImbalance:
      return for_rows(block, expected, [&](auto i) { return (a[i] - b[i]) / (a[i] + b[i]); });
    case Relation::kScore:
      return for_rows(block, expected, [&](auto i) { return (a[i] - b[i]) / c[i]; });
    case Relation::kStep:
      return along_series(
          block, expected, [](auto) { return 0.0; }, [&](auto i) { return a[i] - a[i - 1]; });
    case Relation::kAverage: {
      const double gain = 2.0 / (static_cast<double>(of.count) + 1.0);
      return along_series(
          block, expected, [&](auto i) { return a[i]; },
          [&](auto i) { return own[i - 1] + gain * (a[i] - own[i - 1]); });
    }
    default: return for_rows(block, expected, [](auto) { return 0.0; });
  }
}

FACTORWAL_VECTOR_CLONES void fit_integers(const Expectation& of, const ColumnBlock& block,
                                          const double* own, std::int64_t* integers) {
  if (of.relation == Relation::kMean) {
    const double scale = kTens[of.digits] * static_cast<double>(of.count);
    for (std::size_t i = 0; i < block.rows; ++i) integers[i] = to_integer(own[i] * scale);
    return;
  }
  const double scale = square_scale(of);
  const auto* a = block.column(of.operands[0]);
  const bool band = of.relation == Relation::kBand;
  for (std::size_t i = 0; i < block.rows; ++i) {
    const double deviation = band ? (own[i] - a[i]) / 2 : own[i];
    integers[i] = to_integer(deviation * deviation * scale);
  }
}

FACTORWAL_VECTOR_CLONES void compute_from_integers(const Expectation& of, const ColumnBlock& block,
                                                   const std::int64_t* integers, double* expected) {
  if (of.relation == Relation::kMean) {
    const double power = kTens[of.digits];
    const double count = static_cast<double>(of.count);
    for (std::size_t i = 0; i < block.rows; ++i) {
      expected[i] = from_integer(integers[i]) / power / count;
    }
    return;
  }
  const double scale = square_scale(of);
  const auto* a = block.column(of.operands[0]);
  const bool band = of.relation == Relation::kBand;
  for (std::size_t i = 0; i < block.rows; ++i) {
    const double deviation = std::sqrt(from_integer(integers[i]) / scale);
    expected[i] = band ? a[i] + 2 * deviation : deviation;
  }
}

FACTORWAL_VECTOR_CLONES bool fit_decimals(const double* values, std::size_t count, unsigned digits,
                                          std::int64_t* integers) {
  const double power = kTens[digits];
  std::uint64_t wrong = 0;
  for (std::size_t i = 0; i < count; ++i) {
    integers[i] = to_integer(values[i] * power);
    wrong |= std::bit_cast<std::uint64_t>(from_integer(integers[i]) / power) ^
             std::bit_cast<std::uint64_t>(values[i]);
  }
  return wrong == 0;
}

FACTORWAL_VECTOR_CLONES void compute_decimals(const std::int64_t* integers, std::size_t count,
                                              unsigned digits, double* values) {
  const double power = kTens[digits];
  for (std::size_t i = 0; i < count; ++i) values[i] = from_integer(integers[i]) / power;
}

}  // namespace

std::byte* store_expectation(std::byte* target, const Expectation& expectation) {
  const auto relation = expectation.relation;
  *target++ = static_cast<std::byte>(relation);
  if (has_digits(relation)) *target++ = static_cast<std::byte>(expectation.digits);
  if (has_count(relation)) target = store_varint(target, expectation.count);
  for (unsigned i = 0; i < operand_count(relation); ++i) {
    target = store_varint(target, expectation.operands[i]);
  }
  return target;
}

bool load_expectation(Cursor& from, std::uint32_t column, Expectation& expectation) {
  const auto relation = from.get<std::uint8_t>();
  if (!from.ok() || relation >= kRelationCount) return false;
  expectation = {};
  expectation.relation = static_cast<Relation>(relation);
  if (has_digits(expectation.relation)) expectation.digits = from.get<std::uint8_t>();
  if (expectation.digits > kDigitsMax) return false;
  if (has_count(expectation.relation)) {
    const auto count = from.varint();
    if (count == 0 || count > 0xffffffff) return false;
    expectation.count = static_cast<std::uint32_t>(count);
  }
  for (unsigned i = 0; i < operand_count(expectation.relation); ++i) {
    const auto operand = from.varint();
    if (operand >= column) return false;
    expectation.operands[i] = static_cast<std::uint32_t>(operand);
  }
  return from.ok();
}

void expect_values(const Expectation& of, const ColumnBlock& block, const double* own,
                   double* expected) {
  compute_expected(of, block, own, expected);
}

void find_integers(const Expectation& of, const ColumnBlock& block, const double* own,
                   std::int64_t* integers) {
  fit_integers(of, block, own, integers);
}

void expect_from_integers(const Expectation& of, const ColumnBlock& block,
                          const std::int64_t* integers, double* expected) {
  compute_from_integers(of, block, integers, expected);
}

bool find_decimals(const double* values, std::size_t count, unsigned digits,
                   std::int64_t* integers) {
  return fit_decimals(values, count, digits, integers);
}

void from_decimals(const std::int64_t* integers, std::size_t count, unsigned digits,
                   double* values) {
  compute_decimals(integers, count, digits, values);
}

}  // namespace factorwal::wal
