// The short ways that most rows take agree with the long ones, wherever a cell stands in its line.

#include <gtest/gtest.h>

#include <algorithm>
#include <bit>
#include <cstdint>
#include <cstdlib>
#include <random>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "feed/bytes/cells.h"
#include "feed/bytes/utf8_scan.h"
#include "feed/instrument_table.h"
#include "feed/scanner.h"
#include "feed/short_decimal.h"
#include "feed/times/clock_text.h"
#include "feed/times/stamp_plan.h"

namespace factorwal::feed {
namespace {

std::string some_of(std::string_view letters, std::size_t size, std::mt19937_64& random) {
  std::string text;
  while (text.size() < size) text += letters[random() % letters.size()];
  return text;
}

/// Digits with one point perhaps, at most 15 of them, by the definition.
bool is_short_decimal(std::string_view cell) {
  const auto points = std::count(cell.begin(), cell.end(), '.');
  const auto digits = std::count_if(cell.begin(), cell.end(), is_digit);
  return points <= 1 && digits >= 1 && digits <= 15 &&
         static_cast<std::size_t>(points + digits) == cell.size();
}

TEST(ShortWays, DecimalsWithinALineHaveTheBitsOfStrtod) {
  std::mt19937_64 random(15);
  for (int i = 0; i < 400'000; ++i) {
    std::string cell = some_of("0123456789", random() % 18, random);
    if (random() % 4 != 0) cell.insert(random() % (cell.size() + 1), 1, '.');
    if (random() % 4 == 0 && !cell.empty()) {
      cell[random() % cell.size()] = static_cast<char>(random() % 256);
    }
    // What stands around the cell is no part of it.
    const std::string before = some_of("0123456789.,\xff", 16, random);
    const std::string line = before + cell + some_of("0123456789.,", random() % 3, random);
    constexpr double kUntouched = -77.25;
    double value = kUntouched;
    const bool taken = parse_short_decimal(std::string_view(line).substr(16, cell.size()), value);
    ASSERT_EQ(taken, is_short_decimal(cell)) << cell;
    const double expected = taken ? std::strtod(cell.c_str(), nullptr) : kUntouched;
    ASSERT_EQ(std::bit_cast<std::uint64_t>(value), std::bit_cast<std::uint64_t>(expected)) << cell;
  }
}

TEST(ShortWays, EveryByteThatIsNoDigitIsSeenWhereverItStands) {
  for (int byte = 0; byte < 256; ++byte) {
    const char c = static_cast<char>(byte);
    for (std::size_t size = 1; size <= 15; ++size) {
      for (std::size_t at = 0; at < size; ++at) {
        std::string line(16 + size, '9');
        line[16 + at] = c;
        double value = 0;
        const std::string_view cell = std::string_view(line).substr(16);
        ASSERT_EQ(parse_short_decimal(cell, value), is_short_decimal(cell)) << byte << " " << cell;
      }
    }
  }
}

TEST(ShortWays, RecordsAreSplitAtEveryDelimiter) {
  std::mt19937_64 random(16);
  std::vector<std::string_view> cells;
  for (int i = 0; i < 20'000; ++i) {
    const char delimiter = ",;\t|"[random() % 4];
    const std::string letters = std::string("ab-\x80\xff\x7f") + (random() % 8 == 0 ? "" : "x") +
                                delimiter + static_cast<char>(delimiter + 1) +
                                static_cast<char>(delimiter ^ 0x80);
    const std::string text = some_of(letters, random() % 200, random);
    split_plain(text, delimiter, cells);
    std::size_t from = 0;
    for (const std::string_view cell : cells) {
      const std::size_t end = std::min(text.find(delimiter, from), text.size());
      ASSERT_EQ(cell.data(), text.data() + from) << text;
      ASSERT_EQ(cell.size(), end - from) << text;
      from = end + 1;
    }
    ASSERT_EQ(from, text.size() + 1) << text;
  }
}

TEST(ShortWays, OddBytesAreSeenWhereverTheyStand) {
  for (std::size_t size = 1; size < 40; ++size) {
    std::string text(size, '\x01');
    EXPECT_FALSE(has_odd_bytes(text));
    EXPECT_FALSE(has_odd_bytes(std::string(size, '\x7f')));
    for (std::size_t at = 0; at < size; ++at) {
      for (const char odd : {'\0', '\x80', '\xff'}) {
        text[at] = odd;
        EXPECT_TRUE(has_odd_bytes(text)) << size << " " << at;
      }
      text[at] = '\x01';
    }
  }
}

/// What is taken at once is of that unit by form_of_number as well.
void expect_epoch(std::string_view number, std::int64_t unit_ns, StampForm form, bool taken) {
  const auto plain = plain_epoch(number, unit_ns);
  EXPECT_EQ(plain.has_value(), taken) << number;
  if (!plain) return;
  EXPECT_EQ(form_of_number(number), form) << number;
  EXPECT_EQ(*plain, std::strtoll(std::string(number).c_str(), nullptr, 10) * unit_ns) << number;
}

TEST(ShortWays, EpochsAreThoseOfTheLongWay) {
  struct Unit {
    std::int64_t ns;
    StampForm form;
  };
  for (const auto& [ns, form] :
       {Unit{1'000'000'000, StampForm::kSeconds}, Unit{1'000'000, StampForm::kMilliseconds},
        Unit{1'000, StampForm::kMicroseconds}, Unit{1, StampForm::kNanoseconds}}) {
    const std::int64_t per_second = 1'000'000'000 / ns;
    const std::int64_t first = 631'152'000 * per_second;
    const std::int64_t end = 4'102'444'800 * per_second;
    const bool first_may_be_a_date = form == StampForm::kMilliseconds;  // 12 digits
    expect_epoch(std::to_string(first - 1), ns, form, false);
    expect_epoch(std::to_string(first), ns, form, !first_may_be_a_date);
    expect_epoch(std::to_string(end - 1), ns, form, true);
    expect_epoch(std::to_string(end), ns, form, false);
    std::string number = std::to_string(1'700'000'000 * per_second + 123'456'789 / ns);
    expect_epoch(number, ns, form, true);
    expect_epoch("0" + number, ns, form, form == StampForm::kSeconds);
    for (char& c : number) {
      for (const char odd : {'/', ':', ' ', '.', '-', '\x80', '\0'}) {
        const char digit = std::exchange(c, odd);
        expect_epoch(number, ns, form, false);
        c = digit;
      }
    }
  }
  expect_epoch("", 1, StampForm::kNanoseconds, false);
  expect_epoch("99999999999999999999", 1, StampForm::kNanoseconds, false);
  expect_epoch("20210104093000500", 1'000, StampForm::kMicroseconds, false);
}

TEST(ShortWays, PlainStampsAreThoseOfTheLongWay) {
  std::mt19937_64 random(17);
  int taken = 0;
  for (int i = 0; i < 200'000; ++i) {
    std::string text = "20" + some_of("0123", 2, random) + "-0" + some_of("123456789", 1, random) +
                       "-" + some_of("0123", 2, random) + " T"[random() % 2] +
                       some_of("012", 2, random) + ":" + some_of("012345", 2, random) + ":" +
                       some_of("0123456", 2, random);
    if (random() % 2 == 0) text += "." + some_of("0123456789", random() % 11, random);
    if (random() % 3 == 0) text[random() % text.size()] = static_cast<char>(random() % 128);
    if (random() % 8 == 0) text += some_of(" Z+0.,", 1 + random() % 3, random);
    if (random() % 8 == 0) text.resize(random() % text.size());
    ClockText plain;
    if (!parse_plain_stamp(text, plain)) continue;
    ++taken;
    ClockText whole;
    ASSERT_TRUE(parse_clock_text(text, DateOrder::kUnknown, whole)) << text;
    ASSERT_EQ(plain.days, whole.days) << text;
    ASSERT_EQ(plain.second_of_day, whole.second_of_day) << text;
    ASSERT_EQ(plain.nanoseconds, whole.nanoseconds) << text;
    ASSERT_TRUE(whole.has_date && whole.has_time && plain.has_date && plain.has_time) << text;
    ASSERT_TRUE(whole.zone.empty() && whole.time_digits.empty() && !whole.offset_seconds) << text;
    ASSERT_FALSE(whole.needs_order) << text;
  }
  EXPECT_GT(taken, 20'000);
  ClockText plain;
  EXPECT_TRUE(parse_plain_stamp("2020-02-29T23:59:59.123456789", plain));
  EXPECT_EQ(plain.nanoseconds, 123'456'789);
  for (const char* const text :
       {"2021-02-29 09:30:00", "2021-02-28 24:00:00", "2021-02-28 09:60:00", "2021-02-28 09:30:60",
        "2021-13-01 09:30:00"}) {
    EXPECT_FALSE(parse_plain_stamp(text, plain)) << text;
  }
}

TEST(ShortWays, InstrumentsThatLookAlikeStayApart) {
  InstrumentTable table;
  std::vector<std::string> ids = {"", "a", "b", "ab", "ba"};
  for (int i = 0; i < 2'000; ++i) {
    // Of one beginning, one end and one middle.
    std::string id =
        "OPTIONS.BTC-" + std::to_string(100'000 + i) + "-MIDDLE-24-LETTERS-ALL.DERIBIT";
    ids.push_back(id.substr(0, 8) + std::to_string(i));
    ids.push_back(std::move(id));
  }
  for (int round = 0; round < 3; ++round) {
    for (std::size_t i = 0; i < ids.size(); ++i) {
      const FeedInstrument& found = table.intern(ids[i]);
      ASSERT_EQ(found.index, i);
      ASSERT_EQ(found.id, ids[i]);
    }
  }
}

}  // namespace
}  // namespace factorwal::feed
