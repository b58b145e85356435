#include "wal/chunk/number_column.h"

#include <array>

#include "base/vector_clones.h"

namespace factorwal::wal {
namespace {

constexpr std::array<std::int64_t, 4> kUnits = {1, 1000, 1'000'000, 1'000'000'000};

/// From a series' beginning to that of the next one; within a series from row to row.
void take_steps(std::span<const std::uint64_t> numbers, std::span<const std::uint32_t> begins,
                std::int64_t* steps) noexcept {
  for (std::size_t i = 1; i < numbers.size(); ++i) {
    steps[i - 1] = static_cast<std::int64_t>(numbers[i] - numbers[i - 1]);
  }
  for (std::size_t i = 1; i < begins.size(); ++i) {
    steps[begins[i] - 1] = static_cast<std::int64_t>(numbers[begins[i]] - numbers[begins[i - 1]]);
  }
}

FACTORWAL_VECTOR_CLONES std::size_t count_equal(std::span<const std::int64_t> steps,
                                                std::int64_t step) noexcept {
  std::size_t count = 0;
  for (const auto one : steps) count += one == step ? 1U : 0U;
  return count;
}

/// A step that more than half of all are, if one of three places has it; 0 otherwise.
std::int64_t usual_step(std::span<const std::int64_t> steps) noexcept {
  for (const std::size_t part : {2U, 4U, 3U}) {
    const auto candidate = steps.empty() ? 0 : steps[steps.size() / part];
    if (count_equal(steps, candidate) * 2 > steps.size()) return candidate;
  }
  return 0;
}

/// Takes the usual step away; tells all bits that are left.
FACTORWAL_VECTOR_CLONES std::uint64_t subtract(std::span<std::int64_t> steps,
                                               std::int64_t usual) noexcept {
  std::uint64_t any = 0;
  for (auto& step : steps) {
    const auto left = static_cast<std::uint64_t>(step) - static_cast<std::uint64_t>(usual);
    step = static_cast<std::int64_t>(left);
    any |= left;
  }
  return any;
}

bool all_multiples(std::span<const std::int64_t> steps, std::int64_t unit) noexcept {
  for (const auto step : steps) {
    if (step % unit != 0) return false;
  }
  return true;
}

/// The largest unit that all steps are multiples of.
unsigned find_unit(std::span<const std::int64_t> steps) noexcept {
  unsigned unit = kUnits.size() - 1;
  while (unit > 0 && !all_multiples(steps, kUnits[unit])) --unit;
  return unit;
}

}  // namespace

std::byte* store_numbers(std::byte* target, std::span<const std::uint64_t> numbers,
                         std::span<const std::uint32_t> begins, ColumnScratch& scratch) {
  const std::span steps(scratch.integers, numbers.size() - 1);
  take_steps(numbers, begins, steps.data());
  const auto usual = usual_step(steps);
  const auto any = subtract(steps, usual);
  const unsigned unit = any == 0 ? 0 : find_unit(steps);
  const auto residuals = std::span(scratch.residuals, steps.size());
  for (std::size_t i = 0; i < steps.size(); ++i) {
    residuals[i] = zigzag(unit > 0 ? steps[i] / kUnits[unit] : steps[i]);
  }
  *target++ = static_cast<std::byte>(unit);
  target = store_varint(target, zigzag(static_cast<std::int64_t>(numbers[0])));
  target = store_varint(target, zigzag(usual));
  return store_integers(target, residuals);
}

bool load_numbers(Cursor& from, std::span<std::uint64_t> numbers,
                  std::span<const std::uint32_t> begins) {
  const unsigned form = from.get<std::uint8_t>();
  const auto first = static_cast<std::uint64_t>(unzigzag(from.varint()));
  const auto usual = static_cast<std::uint64_t>(unzigzag(from.varint()));
  if (!from.ok() || form >= kUnits.size()) return false;
  if (!load_integers(from, numbers.subspan(1))) return false;
  const auto unit = static_cast<std::uint64_t>(kUnits[form]);
  const auto step = [&](std::size_t i) {
    return usual + static_cast<std::uint64_t>(unzigzag(numbers[i])) * unit;
  };
  auto begin = first;
  for (std::size_t series = 0; series < begins.size(); ++series) {
    const std::size_t end = series + 1 < begins.size() ? begins[series + 1] : numbers.size();
    std::size_t i = begins[series];
    if (series > 0) begin += step(i);
    numbers[i] = begin;
    for (auto number = begin; ++i < end;) {
      number += step(i);
      numbers[i] = number;
    }
  }
  return true;
}

bool pass_numbers(Cursor& from, std::size_t rows) {
  const unsigned form = from.get<std::uint8_t>();
  (void)from.varint();
  (void)from.varint();
  return from.ok() && form < kUnits.size() && pass_integers(from, rows - 1);
}

}  // namespace factorwal::wal
