#include "feed/columns/dates_alone.h"

#include <algorithm>
#include <array>
#include <set>
#include <string_view>
#include <utility>

#include "feed/bytes/cells.h"
#include "feed/columns/column_guess.h"
#include "feed/columns/column_names.h"
#include "feed/columns/name_words.h"
#include "feed/printable.h"
#include "feed/times/clock_text.h"
#include "feed/times/stamp_plan.h"
#include "feed/times/time_of_day.h"

namespace factorwal::feed {
namespace {

constexpr auto kClockWords = std::to_array<std::string_view>(
    {"time",    "hour",  "hours",  "hh",   "hhmm",   "hhmmss",      "hhmmssmmm",
     "clock",   "begin", "start",  "end",  "minute", "minutes",     "second",
     "seconds", "sec",   "ms",     "msec", "millis", "millisecond", "milliseconds",
     "us",      "ns",    "moment", "tod"});
/// Chinese has no spaces between its words.
constexpr auto kChineseWords = std::to_array<std::string_view>({"小时", "时刻", "分钟"});
/// Of which only several make a time of day.
constexpr auto kPartNames = std::to_array<std::string_view>(
    {"hour", "hours", "hh", "minute", "minutes", "mm", "min", "second", "seconds", "sec", "ss"});

bool is_part_name(const std::string& name) {
  return std::find(kPartNames.begin(), kPartNames.end(), snake_case(name)) != kPartNames.end();
}

bool is_clock_name(const std::string& name) {
  const std::string words = ' ' + words_of(name) + ' ';
  const auto named = [&](std::string_view word) { return words.find(word) != std::string::npos; };
  return named(" of day ") || std::any_of(kChineseWords.begin(), kChineseWords.end(), named) ||
         std::any_of(kClockWords.begin(), kClockWords.end(), [&](std::string_view word) {
           return words.find(' ' + std::string(word) + ' ') != std::string::npos;
         });
}

/// Which can mean nothing but a time of day.
bool is_sure_clock_name(const std::string& name) {
  const std::string words = words_of(name);
  return words.find("of day") != std::string::npos || words.find("hhmm") != std::string::npos ||
         words == "hour";
}

/// Without a time, not even that of midnight.
bool is_plain_date(std::string_view cell) {
  const StampForm form = form_of_number(trimmed(cell));
  if (form == StampForm::kCompactDate || form == StampForm::kSerial) return true;
  ClockText text;
  return parse_clock_text(cell, DateOrder::kUnknown, text) && text.has_date && !text.has_time;
}

class DatesAloneCheck {
 public:
  explicit DatesAloneCheck(const DatesAlone& input)
      : layout_(input.layout), input_(input), date_(input.layout.stamp.front()) {}

  [[nodiscard]] std::string message() const {
    if (!has_dates_alone()) return {};
    std::vector<std::size_t> clocks;
    std::vector<std::size_t> parts;
    for (std::size_t i = 0; i < layout_.header.size(); ++i) {
      if (!is_free(i) || !can_be_clock(i)) continue;
      if (is_part_name(layout_.header[i])) parts.push_back(i);
      if (is_clock_name(layout_.header[i])) clocks.push_back(i);
    }
    const std::pair<std::string, std::string> twice = rows_of_one_date();
    const bool sure = std::any_of(clocks.begin(), clocks.end(), [&](std::size_t column) {
      return is_sure_clock_name(layout_.header[column]);
    });
    if (twice.second.empty() && !sure) return {};
    if (parts.size() > 1) return several(parts);
    if (!clocks.empty()) return one(clocks.front());
    const bool plain = std::all_of(
        input_.sample.begin(), input_.sample.end(),
        [&](const auto& row) { return row[date_].empty() || is_plain_date(row[date_]); });
    // Midnight that is written out may be the time of every row.
    return plain ? none(twice) : std::string();
  }

 private:
  [[nodiscard]] const std::string& cell(const std::vector<std::string>& row) const {
    return row[date_];
  }

  [[nodiscard]] bool has_dates_alone() const {
    std::size_t dates = 0;
    for (const auto& row : input_.sample) {
      if (is_date_alone(cell(row))) {
        ++dates;
      } else if (is_dated(cell(row))) {
        return false;
      }
    }
    return dates * 2 > input_.sample.size();
  }

  [[nodiscard]] bool is_free(std::size_t column) const {
    const auto& ids = layout_.instrument;
    return column != date_ && !input_.taken[column] && column != layout_.exchange &&
           std::find(ids.begin(), ids.end(), column) == ids.end();
  }

  /// All cells are times of day of one form, and not all of them midnight.
  [[nodiscard]] bool can_be_clock(std::size_t column) const {
    bool other_than_midnight = false;
    const auto all = [&](auto is_time) {
      return std::all_of(input_.sample.begin(), input_.sample.end(), [&](const auto& row) {
        const std::string_view text = trimmed(row[column]);
        if (text.find_first_not_of("0.:") != std::string_view::npos) other_than_midnight = true;
        return text.empty() || is_time(text);
      });
    };
    for (std::size_t i = static_cast<std::size_t>(TimeForm::kMinutes); i < kTimeForms; ++i) {
      std::int64_t ns = 0;
      const auto readable = [&](std::string_view text) {
        return read_time_number(text, static_cast<TimeForm>(i), ns);
      };
      if (all(readable)) return other_than_midnight;
    }
    return all(is_time_alone) && other_than_midnight;
  }

  /// The first instrument that has two, and the date; empty where none has.
  [[nodiscard]] std::pair<std::string, std::string> rows_of_one_date() const {
    std::set<std::pair<std::string, std::string>> seen;
    for (const auto& row : input_.sample) {
      if (!is_date_alone(cell(row))) continue;
      std::string id;
      if (layout_.exchange != kNoColumn) id = row[layout_.exchange] + '.';
      for (const std::size_t column : layout_.instrument) id += row[column] + '.';
      id = id.empty() ? layout_.instrument_id : id.substr(0, id.size() - 1);
      std::pair<std::string, std::string> one{std::move(id), cell(row)};
      if (!seen.insert(one).second) return one;
    }
    return {};
  }

  [[nodiscard]] std::string dates_option() const {
    return map_option(input_.words, "timestamp_ns=" + option_name(layout_.header, date_));
  }

  [[nodiscard]] std::string one(std::size_t clock) const {
    return "dates are in " + in_quotes(layout_.header[date_]) + ", times of day in " +
           in_quotes(layout_.header[clock]) + "; " +
           map_option(input_.words, "timestamp_ns=" + option_name(layout_.header, date_) + "+" +
                                        option_name(layout_.header, clock)) +
           " reads both together, " + dates_option() + " the dates alone";
  }

  [[nodiscard]] std::string several(const std::vector<std::size_t>& parts) const {
    std::vector<std::string> names;
    names.reserve(parts.size());
    for (const std::size_t column : parts) names.push_back(layout_.header[column]);
    return "dates are in " + in_quotes(layout_.header[date_]) +
           ", and the time of day is in several columns: " + quoted_list(names) +
           "; make them one column (HHMM, HHMMSS); " + dates_option() + " reads the dates alone";
  }

  [[nodiscard]] std::string none(const std::pair<std::string, std::string>& twice) const {
    return "dates without times of day are in " + in_quotes(layout_.header[date_]) + ", but " +
           (twice.first.empty() ? std::string("some instrument") : in_quotes(twice.first)) +
           " has several rows of " + in_quotes(twice.second) +
           "; columns found: " + quoted_list(layout_.header) + "; " + input_.words.map +
           " names the one with the times (timestamp_ns=" + option_name(layout_.header, date_) +
           "+COLUMN), " + dates_option() + " reads the dates alone";
  }

  const ColumnLayout& layout_;
  const DatesAlone& input_;
  const std::size_t date_;
};

}  // namespace

std::string dates_alone(const DatesAlone& input) { return DatesAloneCheck(input).message(); }

}  // namespace factorwal::feed
