// Columns of times: the form is told from the rows, then each row is read. The first byte chooses
// the columns, the zone and whether the first line is a format; then a row a line, its cells parted
// by tabs.

#include <array>
#include <cstdio>
#include <string>
#include <string_view>
#include <vector>

#include "feed/times/calendar.h"
#include "feed/times/local_zone.h"
#include "feed/times/stamp_plan.h"
#include "feed/times/timestamp_reader.h"
#include "fuzz/fuzz_target.h"

namespace factorwal::fuzz {
namespace {

using namespace feed;

constexpr std::size_t kRowsMost = 16;
constexpr TimestampNs k1700 = days_from_civil(1700, 1, 1) * kDaySeconds * kSecondNs;
constexpr TimestampNs k2200 = days_from_civil(2200, 1, 1) * kDaySeconds * kSecondNs;

using Row = std::vector<std::string_view>;

std::string_view cut(std::string_view& rest, char end) {
  const std::size_t at = rest.find(end);
  const std::string_view piece = rest.substr(0, at);
  rest.remove_prefix(at == std::string_view::npos ? rest.size() : at + 1);
  return piece;
}

std::vector<Row> rows_of(std::string_view text, std::size_t columns) {
  std::vector<Row> rows;
  while (!text.empty() && rows.size() < kRowsMost) {
    std::string_view line = cut(text, '\n');
    Row row;
    for (std::size_t i = 0; i < columns; ++i) row.push_back(cut(line, '\t'));
    rows.push_back(std::move(row));
  }
  return rows;
}

const LocalZone& zone_of(unsigned choice) {
  static const std::array zones{LocalZone(), LocalZone::find("Asia/Shanghai").value(),
                                LocalZone::find("America/New_York").value()};
  return zones[choice % zones.size()];
}

/// The Gregorian calendar by counting, apart from what the feed computes with.
std::string canonical(TimestampNs time_ns) {
  std::int64_t ns = time_ns % kSecondNs;
  if (ns < 0) ns += kSecondNs;
  const std::int64_t seconds = (time_ns - ns) / kSecondNs;
  std::int64_t second = seconds % kDaySeconds;
  if (second < 0) second += kDaySeconds;
  std::int64_t days = (seconds - second) / kDaySeconds;
  int year = 1970;
  const auto leap = [](int y) { return (y % 4 == 0 && y % 100 != 0) || y % 400 == 0; };
  for (; days < 0; days += leap(year) ? 366 : 365) --year;
  for (; days >= (leap(year) ? 366 : 365); ++year) days -= leap(year) ? 366 : 365;
  std::array<int, 12> lengths{31, leap(year) ? 29 : 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
  int month = 0;
  for (; days >= lengths[static_cast<std::size_t>(month)]; ++month) {
    days -= lengths[static_cast<std::size_t>(month)];
  }
  std::array<char, 64> text{};
  const int size = std::snprintf(
      text.data(), text.size(), "%04d-%02d-%02dT%02d:%02d:%02d.%09dZ", year, month + 1,
      static_cast<int>(days) + 1, static_cast<int>(second / 3600),
      static_cast<int>(second / 60 % 60), static_cast<int>(second % 60), static_cast<int>(ns));
  return {text.data(), static_cast<std::size_t>(size)};
}

void check_time(TimestampNs time_ns) {
  require(time_ns >= k1700 && time_ns < k2200, "times are of 1700 to 2199");
  const std::string text = canonical(time_ns);
  const std::array<std::string_view, 1> cell{text};
  static const StampPlan plan = [&] {
    StampGuess guess(1);
    guess.add(cell);
    return guess.plan("format").value();  // of any time: the form is the same
  }();
  TimestampReader reader(plan, LocalZone());
  TimestampNs again = 0;
  require(reader.read(cell, again) == BadRow::kNone, "in canonical form they are read");
  require(again == time_ns, "as the same instants");
}

void run(ByteView input) {
  if (input.empty()) return;
  const auto choice = std::to_integer<unsigned>(input[0]);
  std::string_view text(reinterpret_cast<const char*>(input.data()) + 1, input.size() - 1);
  const std::size_t columns = 1 + choice % 4 % 3;
  StampGuess guess(columns);
  if ((choice & 4) != 0) {
    if (const Status told = guess.use_format(cut(text, '\n')); !told) {
      require(!told.error().message.empty(), "an error says something");
      return;
    }
  }
  const std::vector<Row> rows = rows_of(text, columns);
  for (const Row& row : rows) {
    guess.add(row);
    for (const std::string_view cell : row) {
      static_cast<void>(is_time_alone(cell));
      require(!is_date_alone(cell) || is_dated(cell), "a date alone is a date");
    }
  }
  const Result<StampPlan> plan = guess.plan("format");
  if (!plan) {
    require(!plan.error().message.empty(), "a question says something");
    return;
  }
  require(!form_text(*plan).empty(), "a form has a name");
  TimestampReader reader(*plan, zone_of(choice >> 3));
  std::vector<std::pair<BadRow, TimestampNs>> read;
  for (const Row& row : rows) {
    TimestampNs time_ns = 0;
    const BadRow bad = reader.read(row, time_ns);
    if (bad == BadRow::kNone) check_time(time_ns);
    read.emplace_back(bad, time_ns);
  }
  // The last rows first: what was read before must not matter.
  TimestampReader backwards(*plan, zone_of(choice >> 3));
  for (std::size_t i = rows.size(); i-- > 0;) {
    TimestampNs time_ns = 0;
    require(backwards.read(rows[i], time_ns) == read[i].first, "a row is read alike");
    if (read[i].first == BadRow::kNone) require(time_ns == read[i].second, "whenever it is read");
  }
}

}  // namespace

const Target kTimeTarget{"time", run, false};

}  // namespace factorwal::fuzz
