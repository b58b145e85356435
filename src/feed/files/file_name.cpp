#include "feed/files/file_name.h"

#include <algorithm>
#include <array>

#include "feed/files/instrument_name.h"
#include "feed/printable.h"
#include "feed/scanner.h"
#include "feed/times/calendar.h"

namespace factorwal::feed {
namespace {

constexpr auto kPackingEndings = std::to_array<std::string_view>({"gz", "zst", "zip", "xz", "bz2"});
constexpr auto kFormEndings = std::to_array<std::string_view>(
    {"csv", "tsv", "txt", "parquet", "pq", "arrow", "arrows", "feather", "ipc"});
template <std::size_t Count>
bool is_known_word(const std::array<std::string_view, Count>& words, std::string_view word) {
  return std::any_of(words.begin(), words.end(),
                     [&](std::string_view known) { return same_word(known, word); });
}

/// Behind the last dot, unless that is the first letter.
std::string_view ending(std::string_view name) {
  const std::size_t dot = name.rfind('.');
  return dot == std::string_view::npos || dot == 0 ? std::string_view() : name.substr(dot + 1);
}

std::string_view cut_ending(std::string_view name) { return name.substr(0, name.rfind('.')); }

std::string_view cut_packing(std::string_view name) {
  return is_known_word(kPackingEndings, ending(name)) ? cut_ending(name) : name;
}

std::size_t digits_at(std::string_view name, std::size_t at) {
  std::size_t count = 0;
  while (at + count < name.size() && is_digit(name[at + count])) ++count;
  return count;
}

int value_at(std::string_view name, std::size_t at, std::size_t count) {
  int value = 0;
  for (const char c : name.substr(at, count)) value = value * 10 + (c - '0');
  return value;
}

/// 0 where these are no date; the day may be 0 for none.
int date_of(int year, int month, int day) {
  const bool fits = year >= 1970 && year < 2200 && month >= 1 && month <= 12 && day >= 0 &&
                    day <= (day > 0 ? days_in_month(year, month) : 0);
  return fits ? year * 10'000 + month * 100 + day : 0;
}

/// A date whose first digit is at `at`.
std::optional<DateInName> date_at(std::string_view name, std::size_t at) {
  const std::size_t count = digits_at(name, at);
  if (count == 8 || count == 12 || count == 14) {
    const int date =
        date_of(value_at(name, at, 4), value_at(name, at + 4, 2), value_at(name, at + 6, 2));
    const bool whole = date % 100 > 0;
    return whole ? std::optional(DateInName{date, at, at + count}) : std::nullopt;
  }
  const auto part = [&](std::size_t from, std::size_t digits) {
    return digits_at(name, from) == digits ? value_at(name, from, digits) : -1;
  };
  const std::size_t middle = at + count;
  const char separator = middle < name.size() ? name[middle] : '\0';
  if (count == 4 && (separator == '-' || separator == '_' || separator == '.')) {
    const std::size_t behind = middle + 3;
    if (behind < name.size() && name[behind] == separator) {
      const int date = date_of(part(at, 4), part(middle + 1, 2), part(behind + 1, 2));
      if (date % 100 > 0) return DateInName{date, at, behind + 3};
    }
    const int month = date_of(part(at, 4), part(middle + 1, 2), 0);
    if (month > 0 && separator != '.') return DateInName{month, at, behind};
  }
  if (count == 2 && separator == '.' && middle + 3 < name.size() && name[middle + 3] == '.') {
    const int date = date_of(part(middle + 4, 4), part(middle + 1, 2), part(at, 2));
    if (date % 100 > 0) return DateInName{date, at, middle + 8};
  }
  return std::nullopt;
}

bool begins_number(std::string_view name, std::size_t at) {
  return is_digit(name[at]) && (at == 0 || !is_digit(name[at - 1]));
}

/// `pattern` has one `{}`: as short as it can be, while each `*` is as long as it can.
bool match_name(std::string_view pattern, std::string_view text, std::string_view& id) {
  if (pattern.empty()) return text.empty();
  if (pattern.starts_with("{}")) {
    for (std::size_t size = 1; size <= text.size(); ++size) {
      if (!match_name(pattern.substr(2), text.substr(size), id)) continue;
      id = text.substr(0, size);
      return true;
    }
    return false;
  }
  if (pattern.front() == '*') {
    for (std::size_t size = text.size() + 1; size-- > 0;) {
      if (match_name(pattern.substr(1), text.substr(size), id)) return true;
    }
    return false;
  }
  const bool same = !text.empty() && (pattern.front() == '?' || pattern.front() == text.front());
  return same && match_name(pattern.substr(1), text.substr(1), id);
}

}  // namespace

std::string_view name_in_folder(std::string_view path) noexcept {
  const std::size_t slash = path.rfind('/');
  return slash == std::string_view::npos ? path : path.substr(slash + 1);
}

bool is_tick_name(std::string_view name) {
  const std::string_view plain = cut_packing(name);
  const std::string_view end = ending(plain);
  const bool notes =
      same_word(name.substr(0, 6), "readme") || same_word(name.substr(0, 7), "license");
  if (notes || name.empty() || name.front() == '.') return false;
  if (is_known_word(kFormEndings, end)) return true;
  // A packed file may hide the ending of what is in it; digits are none.
  return plain.size() < name.size() && std::all_of(end.begin(), end.end(), is_digit);
}

std::string_view without_endings(std::string_view name) {
  constexpr auto kTextEndings = std::to_array<std::string_view>({"dat", "prn"});
  const std::string_view plain = cut_packing(name);
  const bool known =
      is_known_word(kFormEndings, ending(plain)) || is_known_word(kTextEndings, ending(plain));
  return known ? cut_ending(plain) : plain;
}

std::optional<DateInName> date_in_name(std::string_view name, std::size_t from) {
  for (std::size_t at = from; at < name.size(); ++at) {
    if (!begins_number(name, at)) continue;
    if (const auto found = date_at(name, at)) return found;
  }
  return std::nullopt;
}

bool natural_less(std::string_view left, std::string_view right) noexcept {
  std::size_t l = 0;
  std::size_t r = 0;
  while (l < left.size() && r < right.size()) {
    if (!is_digit(left[l]) || !is_digit(right[r])) {
      if (left[l] != right[r]) return left[l] < right[r];
      ++l;
      ++r;
      continue;
    }
    std::string_view one = left.substr(l, digits_at(left, l));
    std::string_view two = right.substr(r, digits_at(right, r));
    l += one.size();
    r += two.size();
    while (one.size() > 1 && one.front() == '0') one.remove_prefix(1);
    while (two.size() > 1 && two.front() == '0') two.remove_prefix(1);
    if (one.size() != two.size()) return one.size() < two.size();
    if (one != two) return one < two;
  }
  if (l < left.size() || r < right.size()) return l >= left.size();
  return left < right;
}

Result<std::string> instrument_in_name(std::string_view path, std::string_view pattern,
                                       std::string_view option) {
  const std::string_view name = name_in_folder(path);
  const std::string_view stem = without_endings(name);
  const auto refuse = [&](const std::string& what) {
    return Error{Errc::kInvalidArgument,
                 std::string(path) + ": " + std::string(option) + ": " + what};
  };
  if (!pattern.empty()) {
    const std::size_t at = pattern.find("{}");
    if (at == std::string_view::npos || pattern.find("{}", at + 2) != std::string_view::npos) {
      return refuse(in_quotes(pattern) + " needs one {} in the place of the instrument");
    }
    std::string_view id;
    if (!match_name(pattern, stem, id)) {
      return refuse("the name " + in_quotes(stem) + " is not of the form " + in_quotes(pattern));
    }
    return std::string(id);
  }
  std::string id = instrument_of_name(path);
  if (id.empty()) return refuse("the name " + in_quotes(name) + " has no instrument");
  // With a date in it, each day would be an instrument of its own.
  if (date_in_name(id) || may_end_with_year(id)) {
    return refuse("the name " + in_quotes(stem) + " does not tell the instrument from the date; " +
                  "give its form with {} for the instrument, e.g. " + std::string(option) +
                  " '{}_*'");
  }
  return id;
}

}  // namespace factorwal::feed
