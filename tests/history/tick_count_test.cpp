// The rule of verify for each instrument's ticks, as a table: their numbers in, gaps out.
#include "history/tick_count.h"

#include <gtest/gtest.h>

namespace factorwal {

bool operator==(const TickGap& a, const TickGap& b) {
  return a.instrument_id == b.instrument_id && a.expected == b.expected && a.found == b.found &&
         a.sequence == b.sequence;
}

void PrintTo(const TickGap& gap, std::ostream* out) {
  *out << gap.instrument_id << ": " << gap.expected << " expected, "
       << (gap.found.counted ? "" : "<=") << gap.found.ordinal << " at " << gap.sequence;
}

namespace history {
namespace {

struct NumberedTick {
  const char* instrument;
  TickNumber number;
  std::uint32_t layout = 0;
};

struct CountRow {
  const char* claim;
  std::vector<NumberedTick> ticks;  // at sequences 1, 2, ...
  std::vector<TickGap> gaps;
  bool begins_anywhere = false;
};

constexpr TickNumber at_most(std::uint64_t ordinal) { return {ordinal, false}; }

const std::vector<CountRow>& count_table() {
  static const std::vector<CountRow> rows{
      {"ticks follow one another", {{"A", {1}}, {"B", {1}}, {"A", {2}}}, {}},
      {"some are missing", {{"A", {1}}, {"A", {4}}}, {{"A", 2, {4}, 2}}},
      {"the first are missing", {{"A", {3}}}, {{"A", 1, {3}, 1}}},
      {"the first are cut by retention", {{"A", {3}}, {"A", {4}}}, {}, true},
      {"nobody knows how many are missing",
       {{"A", {1}}, {"A", at_most(4)}},
       {{"A", 2, at_most(4), 2}}},
      {"without a count ticks follow one another as well",
       {{"A", {1}}, {"A", at_most(4)}, {"A", at_most(5)}},
       {{"A", 2, at_most(4), 2}}},
      {"without a count some more are missing, and nobody knows how many",
       {{"A", {1}}, {"A", at_most(4)}, {"A", at_most(9)}},
       {{"A", 2, at_most(4), 2}, {"A", 5, at_most(9), 3}}},
      {"one of several instruments has lost its count",
       {{"A", {1}}, {"B", {1}}, {"B", at_most(3)}, {"A", {2}}},
       {{"B", 2, at_most(3), 3}}},
      {"cut by retention, its count is lost before the log begins",
       {{"A", at_most(7)}, {"A", at_most(8)}},
       {},
       true},
      {"it begins again, and is counted", {{"A", {1}}, {"A", {1}}, {"A", {2}}}, {}},
      {"engines of two layouts count side by side",
       {{"A", {1}, 0}, {"A", {2}, 0}, {"A", {1}, 1}, {"A", {3}, 0}, {"A", {2}, 1}},
       {}},
  };
  return rows;
}

TEST(TickCount, TellsEachGap) {
  for (const auto& row : count_table()) {
    TickCount count;
    if (row.begins_anywhere) count.begin_anywhere();
    LogRecord record;
    record.type = RecordType::kTick;
    for (const auto& tick : row.ticks) {
      ++record.sequence;
      record.instrument_id = tick.instrument;
      record.instrument = {static_cast<std::uint32_t>(tick.instrument[0] - 'A')};
      record.layout_handle = {tick.layout};
      record.tick_number = tick.number;
      count.note(record);
    }
    EXPECT_EQ(count.gaps(), row.gaps) << row.claim;
  }
}

}  // namespace
}  // namespace history
}  // namespace factorwal
