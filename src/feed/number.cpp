#include "feed/number.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <cstdint>
#include <limits>
#include <span>
#include <system_error>

#include "factorwal/operators/missing.h"
#include "feed/bytes/cells.h"
#include "feed/scanner.h"
#include "feed/short_decimal.h"

namespace factorwal::feed {
namespace {

bool is_missing_word(std::string_view cell) noexcept {
  // What printf, spreadsheets, pandas, R, databases and the C runtime of Windows write.
  constexpr auto kWords = std::to_array<std::string_view>(
      {"nan",      "null",   "na",      "n/a",      "none",    "#n/a", "#na", "<na>",
       "nil",      "nat",    "missing", "#value!",  "#div/0!", "-",    "--",  "1.#qnan",
       "-1.#qnan", "1.#ind", "-1.#ind", "nan(ind)", "?",       "\\n"});
  if ((cell.front() == '-' || cell.front() == '+') && same_word(cell.substr(1), "nan")) return true;
  if ((cell.front() == '-' || cell.front() == '+') && same_word(cell.substr(1), "nan(ind)")) {
    return true;
  }
  return std::any_of(kWords.begin(), kWords.end(),
                     [&](std::string_view word) { return same_word(cell, word); });
}

/// Of a cell with nothing before it.
bool parse_lone_decimal(std::string_view cell, double& value) noexcept {
  if (cell.size() > kShortDecimalBytes) return false;
  std::array<char, kShortDecimalBytes> room{};
  cell.copy(room.data() + room.size() - cell.size(), cell.size());
  return parse_short_decimal({room.data() + room.size() - cell.size(), cell.size()}, value);
}

/// A cell's exponent; one that is far away is far enough.
std::int64_t exponent_of(std::string_view digits) noexcept {
  constexpr std::int64_t kFar = 1'000'000'000'000;
  if (digits.starts_with('+')) digits.remove_prefix(1);
  std::int64_t exponent = 0;
  const auto [stop, code] = std::from_chars(digits.data(), digits.data() + digits.size(), exponent);
  if (code != std::errc::result_out_of_range) return std::clamp(exponent, -kFar, kFar);
  return digits.starts_with('-') ? -kFar : kFar;
}

/// Which way a number that fits no double leaves the range: by where its first digit stands.
double beyond_range(std::string_view cell) noexcept {
  const bool negative = cell.front() == '-';
  const std::size_t end = std::min(cell.find_first_of("eE"), cell.size());
  const std::size_t point = std::min(cell.find('.'), end);
  const std::size_t first = std::min(cell.find_first_of("123456789"), end);
  const auto place = static_cast<std::int64_t>(point) - static_cast<std::int64_t>(first);
  const bool small = place + (end < cell.size() ? exponent_of(cell.substr(end + 1)) : 0) < 0;
  const double magnitude = small ? 0.0 : std::numeric_limits<double>::infinity();
  return negative ? -magnitude : magnitude;
}

constexpr auto kBetweenThousands =
    std::to_array<std::string_view>({",", "'", " ", "\u2019", "\u00a0", "\u2009", "\u202f"});
constexpr auto kBetweenThousandsAndPoint =
    std::to_array<std::string_view>({".", "'", " ", "\u2019", "\u00a0", "\u2009", "\u202f"});
constexpr auto kApostrophes = std::to_array<std::string_view>({"'", "\u2019"});

std::size_t digits_at(std::string_view text) noexcept {
  const std::size_t end = text.find_first_not_of("0123456789");
  return end == std::string_view::npos ? text.size() : end;
}

/// A plain number of a grouped one: a sign, a dollar sign, one to three digits, then groups of
/// three, or of two before a last one of three (12,34,567), behind one separator, which stays the
/// same; `point` and digits perhaps, and an exponent.
class Ungrouped {
 public:
  bool make(std::string_view cell, char point, std::span<const std::string_view> between) noexcept {
    if (cell.size() > plain_.size()) return false;
    if (!cell.empty() && (cell.front() == '-' || cell.front() == '+')) take(cell, 1);
    if (!cell.empty() && cell.front() == '$') cell.remove_prefix(1);
    const std::size_t digits = digits_at(cell);
    if (digits == 0 && (cell.empty() || cell.front() != point)) return false;
    const auto separator = std::find_if(between.begin(), between.end(), [&](std::string_view one) {
      return cell.substr(digits).starts_with(one);
    });
    const bool zero = cell.front() == '0';
    take(cell, digits);
    if (separator != between.end() && digits > 0) {
      if (digits > 3 || zero) return false;
      if (!take_groups(cell, *separator, digits)) return false;
    }
    if (!cell.empty() && cell.front() == point) {
      plain_[size_++] = '.';
      cell.remove_prefix(1);
      take(cell, digits_at(cell));
    }
    if (!cell.empty() && cell.front() != 'e' && cell.front() != 'E') return false;
    take(cell, cell.size());
    return true;
  }
  [[nodiscard]] std::string_view text() const noexcept { return {plain_.data(), size_}; }

 private:
  bool take_groups(std::string_view& cell, std::string_view separator,
                   std::size_t before) noexcept {
    std::size_t threes = 0;
    std::size_t twos = 0;
    std::size_t groups = 0;
    std::size_t last = 0;
    for (; cell.starts_with(separator); ++groups) {
      cell.remove_prefix(separator.size());
      last = digits_at(cell);
      threes += last == 3 ? 1U : 0U;
      twos += last == 2 ? 1U : 0U;
      take(cell, last);
    }
    if (threes == groups) return true;
    return last == 3 && threes == 1 && twos + 1 == groups && before <= 2 && separator == ",";
  }
  void take(std::string_view& cell, std::size_t count) noexcept {
    size_ += cell.copy(plain_.data() + size_, count);
    cell.remove_prefix(count);
  }
  std::array<char, 64> plain_{};
  std::size_t size_ = 0;
};

bool parse_plain(std::string_view cell, double& value) noexcept {
  if (parse_lone_decimal(cell, value)) return true;
  cell = trimmed(cell);
  if (cell.empty() || is_missing_word(cell)) {
    value = kMissing;
    return true;
  }
  if (cell.front() == '+') {
    cell.remove_prefix(1);
    if (cell.empty() || cell.front() == '-') return false;
  }
  double parsed = 0;
  const char* const end = cell.data() + cell.size();
  const auto [stop, code] = std::from_chars(cell.data(), end, parsed);
  if (stop != end || code == std::errc::invalid_argument) return false;
  if (code == std::errc::result_out_of_range) parsed = beyond_range(cell);
  if (parsed != parsed) return false;  // nan(...), -nan and other spellings
  value = parsed;
  return true;
}

bool parse_ungrouped(std::string_view cell, char point, std::span<const std::string_view> between,
                     double& value) noexcept {
  Ungrouped plain;
  return plain.make(trimmed(cell), point, between) && parse_plain(plain.text(), value);
}

}  // namespace

bool parse_number(std::string_view cell, double& value) noexcept {
  return parse_plain(cell, value) || parse_ungrouped(cell, '.', kApostrophes, value);
}

bool parse_number(std::string_view cell, NumberForm form, double& value) noexcept {
  switch (form) {
    case NumberForm::kPlain: break;
    case NumberForm::kThousands: return parse_grouped_number(cell, value);
    case NumberForm::kDecimalComma: return parse_comma_number(cell, value);
  }
  return parse_number(cell, value);
}

bool parse_grouped_number(std::string_view cell, double& value) noexcept {
  return parse_number(cell, value) || parse_ungrouped(cell, '.', kBetweenThousands, value);
}

bool parse_comma_number(std::string_view cell, double& value) noexcept {
  // A point in a number without a comma parts thousands, or the cell is no number.
  const bool maybe_plain = cell.find_first_of(".,") == std::string_view::npos ||
                           cell.find_first_of("0123456789") == std::string_view::npos ||
                           cell.find('#') != std::string_view::npos;
  if (maybe_plain && parse_number(cell, value)) return true;
  return parse_ungrouped(cell, ',', kBetweenThousandsAndPoint, value);
}

CommaMeaning comma_meaning(std::string_view cell) noexcept {
  const std::size_t comma = cell.find(',');
  if (comma == std::string_view::npos) return CommaMeaning::kNone;
  double value = 0;
  if (parse_grouped_number(cell, value)) {
    const bool sure = cell.find_first_of(",.", comma + 1) != std::string_view::npos;
    return sure ? CommaMeaning::kThousands : CommaMeaning::kOpen;
  }
  return parse_comma_number(cell, value) ? CommaMeaning::kPoint : CommaMeaning::kNone;
}

}  // namespace factorwal::feed
