#pragma once
/// What a column's values are expected to be, from columns before it. A writer looks for relations
/// in the values themselves, names what it found in the chunk, and stores how far each value is
/// off: a relation that does not hold costs bytes, never a bit. docs/format.md, "Columns".

#include <cstdint>
#include <span>
#include <vector>

#include "base/coding.h"

namespace factorwal::wal {

enum class Relation : std::uint8_t {
  kBefore = 0,      ///< the row before
  kDecimal = 1,     ///< integers over 10^digits, all of them exactly
  kMean = 2,        ///< an integer over 10^digits, over n
  kSame = 3,        ///< a
  kSum = 4,         ///< a + b
  kDifference = 5,  ///< a - b
  kMiddle = 6,      ///< (a + b) / 2
  kReflected = 7,   ///< a - (b - a)
  kQuotient = 8,    ///< a / b
  kImbalance = 9,   ///< (a - b) / (a + b)
  kScore = 10,      ///< (a - b) / c
  kStep = 11,       ///< a, less what it was in the row before
  kAverage = 12,    ///< e + 2 / (n + 1) * (a - e), e being the value of the row before
  kDeviation = 13,  ///< sqrt(an integer over 10^(2 digits), over n)
  kBand = 14,       ///< a + 2 * that
};
inline constexpr unsigned kRelationCount = 15;

/// How many columns a relation takes its values from.
[[nodiscard]] constexpr unsigned operand_count(Relation relation) noexcept {
  switch (relation) {
    case Relation::kScore: return 3;
    case Relation::kSum:
    case Relation::kDifference:
    case Relation::kMiddle:
    case Relation::kReflected:
    case Relation::kQuotient:
    case Relation::kImbalance: return 2;
    case Relation::kSame:
    case Relation::kStep:
    case Relation::kAverage:
    case Relation::kBand: return 1;
    default: return 0;
  }
}
[[nodiscard]] constexpr bool has_integers(Relation relation) noexcept {
  return relation == Relation::kMean || relation == Relation::kDeviation ||
         relation == Relation::kBand;
}
[[nodiscard]] constexpr bool has_digits(Relation relation) noexcept {
  return relation == Relation::kDecimal || has_integers(relation);
}
[[nodiscard]] constexpr bool has_count(Relation relation) noexcept {
  return relation == Relation::kAverage || has_integers(relation);
}

/// A relation and what it is of.
struct Expectation {
  Relation relation = Relation::kBefore;
  std::uint8_t digits = 0;
  std::uint32_t count = 0;         ///< the n
  std::uint32_t operands[3] = {};  // NOLINT(*-avoid-c-arrays): columns before this one
  friend bool operator==(const Expectation&, const Expectation&) = default;
};

inline constexpr unsigned kDigitsMax = 9;

/// A double of this size has units for its last bit: adding it rounds to an integer, in one
/// operation and without branches.
inline constexpr double kUnitsAtLastBit = 6755399441055744;  // 1.5 * 2^52

[[nodiscard]] std::byte* store_expectation(std::byte* target, const Expectation& expectation);
/// False when it is none that column `column` can have.
[[nodiscard]] bool load_expectation(Cursor& from, std::uint32_t column, Expectation& expectation);

/// Not a power of two: columns would fight for the same lines of the cache.
[[nodiscard]] constexpr std::size_t column_stride(std::size_t rows) noexcept { return rows + 8; }

/// Values of a chunk, column by column. Rows of one series follow one another.
struct ColumnBlock {
  double* values = nullptr;
  std::size_t stride = 0;  ///< from one column to the next
  std::size_t rows = 0;
  std::span<const std::uint32_t> begins;  ///< rows at which a series begins; the first is 0

  [[nodiscard]] double* column(std::size_t index) const noexcept { return values + index * stride; }
};

/// Expected values that follow from columns before it, or from its own true values in `own`: all
/// but kBefore, kDecimal and those with integers.
void expect_values(const Expectation& expectation, const ColumnBlock& block, const double* own,
                   double* expected);

/// Of those with integers: the integers that fit the true values best.
void find_integers(const Expectation& expectation, const ColumnBlock& block, const double* own,
                   std::int64_t* integers);
/// ... and the expected values that follow from integers.
void expect_from_integers(const Expectation& expectation, const ColumnBlock& block,
                          const std::int64_t* integers, double* expected);

/// The integers of a column of decimals; false when not all values are such, bit for bit.
[[nodiscard]] bool find_decimals(const double* values, std::size_t count, unsigned digits,
                                 std::int64_t* integers);
void from_decimals(const std::int64_t* integers, std::size_t count, unsigned digits,
                   double* values);

}  // namespace factorwal::wal
