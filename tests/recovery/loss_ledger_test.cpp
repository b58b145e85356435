// The rules of losses as a table: events of a log in, who is hit out.

#include "recovery/loss_ledger.h"

#include <gtest/gtest.h>

#include <functional>
#include <ostream>

namespace factorwal::recovery {

void PrintTo(const LossLedger::Hit& hit, std::ostream* out) {
  *out << "instrument " << hit.instrument.index << ": " << (hit.loss.counted ? "" : "up to ")
       << hit.loss.ticks << " ticks, since " << hit.since;
}

namespace {

constexpr std::uint32_t kInstruments = 2;  // A and B
constexpr InstrumentHandle kA{0};
constexpr InstrumentHandle kB{1};
constexpr Sequence kEnd = 99;
constexpr Sequence kGapSince = 50;

using Events = std::function<void(LossLedger&)>;

struct Row {
  const char* claim;
  Events events;
  std::vector<LossLedger::Hit> hits;
  std::uint64_t lost_records = 0;
  bool refed_by_source = false;
};

// Verbs of the rows.
void tick(LossLedger& ledger, InstrumentHandle instrument, bool with_position = false) {
  ledger.source_went_on(ledger.lost_records(), with_position);
  ledger.in_channel(instrument, 0, with_position);
  ledger.seen(instrument, ledger.lost_records());
}
void tick_behind_gap(LossLedger& ledger, InstrumentHandle instrument, Loss loss) {
  ledger.source_went_on(ledger.lost_records(), false);
  ledger.in_channel(instrument, loss.ticks, false);
  ledger.gap(instrument, loss, kGapSince);
  ledger.seen(instrument, ledger.lost_records());
}
void both_tick(LossLedger& ledger, bool with_position = false) {
  tick(ledger, kA, with_position);
  tick(ledger, kB, with_position);
}
LossLedger::Hit counted(InstrumentHandle instrument, std::uint64_t ticks) {
  return {instrument, {ticks, true}, kGapSince};
}
LossLedger::Hit uncounted(InstrumentHandle instrument, std::uint64_t ticks) {
  return {instrument, {ticks, false}, kEnd};
}

const std::vector<Row>& table() {
  static const std::vector<Row> rows{
      {"nothing is lost, nobody is hit", [](auto& l) { both_tick(l); }, {}},
      {"ticks that follow each other around the damage were not in it",
       [](auto& l) {
         both_tick(l);
         l.lost_so_far(5);
         both_tick(l);
       },
       {},
       5},
      {"a gap is a hit of as many ticks as are missing",
       [](auto& l) {
         both_tick(l);
         l.lost_so_far(5);
         tick_behind_gap(l, kA, {3});
         tick(l, kB);
       },
       {counted(kA, 3)},
       5},
      {"no tick behind the damage: hit by what no gap accounts for",
       [](auto& l) {
         both_tick(l);
         l.lost_so_far(5);
         tick_behind_gap(l, kA, {3});
       },
       {counted(kA, 3), uncounted(kB, 2)},
       5},
      {"gaps that account for everything excuse who has no tick behind it",
       [](auto& l) {
         both_tick(l);
         l.lost_so_far(5);
         tick_behind_gap(l, kA, {5});
       },
       {counted(kA, 5)},
       5},
      {"gaps that account for more than is lost are no counts",
       [](auto& l) {
         both_tick(l);
         l.lost_so_far(5);
         tick_behind_gap(l, kA, {7});
       },
       {counted(kA, 7), uncounted(kB, 5)},
       5},
      {"a gap that nobody counted accounts for nothing",
       [](auto& l) {
         both_tick(l);
         l.lost_so_far(5);
         tick_behind_gap(l, kA, {5, false});
       },
       {{kA, {5, false}, kGapSince}, uncounted(kB, 5)},
       5},
      {"a gap that may lie before an instrument's last sign of life does not account for it",
       [](auto& l) {
         both_tick(l);
         l.lost_so_far(5);
         tick(l, kB);
         l.lost_so_far(8);
         tick_behind_gap(l, kA, {3});
       },
       {counted(kA, 3), uncounted(kB, 3)},
       8},
      {"a state counts where it was read, though it is taken later",
       [](auto& l) {
         both_tick(l);
         l.lost_so_far(5);
         l.seen(kB, 0);
         tick(l, kA);
       },
       {uncounted(kB, 5)},
       5},
      {"an instrument of which only the name is left may have lost everything",
       [](auto& l) {
         tick(l, kA);
         l.lost_so_far(5);
         tick(l, kA);
       },
       {uncounted(kB, 5)},
       5},
      {"the log's end is lost, and no source goes on: everybody is hit",
       [](auto& l) {
         both_tick(l);
         l.lose(4);
         l.end_log(1000);
       },
       {uncounted(kA, 4), uncounted(kB, 4)},
       4},
      {"the source gives the log's end again",
       [](auto& l) {
         both_tick(l, true);
         l.lose(4);
         l.end_log(1000);
       },
       {},
       4,
       true},
      {"what lies before the source's position is not given again",
       [](auto& l) {
         both_tick(l, true);
         l.lost_so_far(3);
         tick(l, kA, true);
         l.lose(4);
         l.end_log(1000);
       },
       {uncounted(kB, 3)},
       7,
       true},
      {"a channel behind the damage shows that the source went on",
       [](auto& l) {
         both_tick(l, true);
         l.lose(4);
         l.end_log(1000);
         tick(l, kA, true);
       },
       {uncounted(kB, 4)},
       4},
      {"a gap between log and channel that the lost records explain takes no more",
       [](auto& l) {
         both_tick(l);
         l.lose(4);
         l.end_log(1000);
         tick_behind_gap(l, kA, {4});
       },
       {counted(kA, 4)},
       4},
      {"a larger one: as many records are lost as the last segment has bytes, once",
       [](auto& l) {
         both_tick(l);
         l.end_log(1000);
         tick_behind_gap(l, kA, {2});
         tick_behind_gap(l, kA, {1});
       },
       {counted(kA, 2), counted(kA, 1), uncounted(kB, 997)},
       1000},
      {"of an instrument whose ticks go on in the channel these tell",
       [](auto& l) {
         both_tick(l);
         l.end_log(1000);
         tick(l, kB);
         tick_behind_gap(l, kA, {2});
       },
       {counted(kA, 2)},
       1000},
      {"a ring says how many are missing at the log's end",
       [](auto& l) {
         both_tick(l);
         l.lose(1);
         l.end_log(0);
         l.lost_behind_source(6);
       },
       {uncounted(kA, 6), uncounted(kB, 6)},
       6},
      {"records that are given up are lost at the end",
       [](auto& l) {
         both_tick(l);
         l.end_log(0);
         l.lose(2);
       },
       {uncounted(kA, 2), uncounted(kB, 2)},
       2},
  };
  return rows;
}

TEST(LossLedger, EveryRuleHasARow) {
  for (const auto& row : table()) {
    SCOPED_TRACE(row.claim);
    LossLedger ledger;
    row.events(ledger);
    const auto before = ledger.hits().size();
    const auto fresh = ledger.finish(kInstruments, kEnd);
    EXPECT_EQ(ledger.hits(), row.hits);
    EXPECT_EQ(fresh.size(), ledger.hits().size() - before);
    for (const auto& hit : fresh) EXPECT_FALSE(hit.loss.counted);
    EXPECT_EQ(ledger.lost_records(), row.lost_records);
    EXPECT_EQ(ledger.refed_by_source(), row.refed_by_source);
  }
}

TEST(LossLedger, LostSinceSeenAsksOfOneInstrument) {
  LossLedger ledger;
  tick(ledger, kA);
  EXPECT_EQ(ledger.lost_since_seen(kA), 0U);
  ledger.lost_so_far(4);
  EXPECT_EQ(ledger.lost_since_seen(kA), 4U);
  EXPECT_EQ(ledger.lost_since_seen(kB), 4U) << "it was never seen";
  tick(ledger, kA);
  EXPECT_EQ(ledger.lost_since_seen(kA), 0U);
}

}  // namespace
}  // namespace factorwal::recovery
