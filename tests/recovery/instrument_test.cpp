// What the number of a logged tick or state makes of an instrument, as a table: whether its ticks
// are counted from there on, and how many of them there were at most.
#include "recovery/instrument.h"

#include <gtest/gtest.h>

#include "channel/entry.h"
#include "graph/state_records.h"
#include "recovery/drained_entry.h"

namespace factorwal::recovery {
namespace {

FactorSet mean_and_ema() {
  return FactorSet::parse("factor ma = ts_mean(x, 3)\nfactor e = ema(x, 3)\n",
                          TickSchema::make({"x"}).value())
      .value();
}

/// A state as an engine saves it that has had so many ticks.
Bytes state_after(const TickNumber& last) {
  Instrument saved(mean_and_ema().plan());
  if (last.ordinal > 0) saved.skip({last.ordinal, last.counted}, 1);
  Bytes bytes;
  saved.graph.save(bytes);
  return bytes;
}

class Life {
 public:
  Life() : map_(map_layout({{"x"}, {"ma", "e"}, logged_text(set_)}, set_)) {}

  void tick(const TickNumber& number) {
    auto record = next(number);
    record.type = RecordType::kTick;
    record.fields = field_;
    (void)apply(instrument, record, map_, scratch_);
  }
  void state(const TickNumber& number) {
    const auto bytes = state_after(number);
    ASSERT_TRUE(catch_up(instrument, state_record(number, bytes), map_, sequence_));
  }
  void begin_with_state(const TickNumber& number) {
    const auto bytes = state_after(number);
    ASSERT_TRUE(load_state(instrument, state_record(number, bytes), map_, sequence_));
  }

 private:
  LogRecord next(const TickNumber& number) {
    LogRecord record;
    record.sequence = ++sequence_;
    record.tick_number = number;
    record.timestamp_ns = 5;
    return record;
  }
  LogRecord state_record(const TickNumber& number, ByteView bytes) {
    auto record = next(number);
    record.type = RecordType::kOperatorState;
    record.values = values_;
    record.state = bytes;
    return record;
  }

  const FactorSet set_ = mean_and_ema();
  const LayoutMap map_;
  std::vector<double> scratch_;
  const std::vector<double> field_{1.5};
  const std::vector<double> values_{1.5, 1.5};
  Sequence sequence_ = 0;

 public:
  Instrument instrument{set_.plan()};
};

constexpr TickNumber at_most(std::uint64_t ordinal) { return {ordinal, false}; }

struct LifeRow {
  const char* claim;
  void (*events)(Life&);
  TickNumber after;
};

constexpr LifeRow kLifeRows[] = {
    {"ticks are counted", [](Life& l) { l.tick({1}), l.tick({2}); }, {2}},
    {"a gap is, too", [](Life& l) { l.tick({1}), l.tick({5}); }, {5}},
    {"but for one that nobody counted", [](Life& l) { l.tick({1}), l.tick(at_most(5)); },
     at_most(5)},
    {"the first tick behind it need not be there",
     [](Life& l) { l.tick({1}), l.tick(at_most(8)), l.tick(at_most(9)); }, at_most(9)},
    {"not even a gap need be there", [](Life& l) { l.tick({1}), l.tick(at_most(2)); }, at_most(2)},
    {"a tick that is in already says nothing",
     [](Life& l) { l.tick({1}), l.tick({2}), l.tick({3}), l.tick(at_most(2)); },
     {3}},
    {"it stays so, whatever a later tick says", [](Life& l) { l.tick(at_most(5)), l.tick({6}); },
     at_most(6)},
    {"until the instrument begins again", [](Life& l) { l.tick(at_most(5)), l.tick({1}); }, {1}},
    {"a state says it as well", [](Life& l) { l.tick({1}), l.state(at_most(4)); }, at_most(4)},
    {"of the last tick, too", [](Life& l) { l.tick({1}), l.state(at_most(1)); }, at_most(1)},
    {"a counted one does not take it back", [](Life& l) { l.tick(at_most(5)), l.state({7}); },
     at_most(7)},
    {"begun with a state, counted", [](Life& l) { l.begin_with_state({4}), l.tick({5}); }, {5}},
    {"begun with a state, not counted",
     [](Life& l) { l.begin_with_state(at_most(4)), l.tick(at_most(5)); }, at_most(5)},
    {"begun late, counted", [](Life& l) { l.instrument.begin_late({4}, 1), l.tick({5}); }, {5}},
    {"begun late, not counted",
     [](Life& l) { l.instrument.begin_late(at_most(4), 1), l.tick(at_most(5)); }, at_most(5)},
    {"an open has lost some at the end of the log",
     [](Life& l) {
       l.tick({1}), l.instrument.skip({3, false}, 1), l.tick(at_most(5));
     },
     at_most(5)},
};

TEST(Instrument, KnowsWhetherItsTicksAreCounted) {
  for (const auto& row : kLifeRows) {
    Life life;
    row.events(life);
    EXPECT_EQ(life.instrument.tick_number(), row.after)
        << row.claim << ": " << life.instrument.ordinal;
  }
}

TEST(Instrument, SavesThatItsTicksAreNotCounted) {
  EXPECT_FALSE(graph::has_uncounted_mark(state_after({4})));
  EXPECT_TRUE(graph::has_uncounted_mark(state_after(at_most(4))));
}

TEST(StateRecords, TheMarkIsFoundWhereParsingFindsItAndInNoOtherBytes) {
  for (const auto& number : {TickNumber{0}, TickNumber{4}, at_most(4)}) {
    const auto whole = state_after(number);
    EXPECT_EQ(graph::has_uncounted_mark(whole), !number.counted);
    EXPECT_EQ(graph::parse_state_records(whole)->counted, number.counted);
    for (std::size_t size = 0; size < whole.size(); ++size) {
      const auto part = ByteView(whole).first(size);
      const auto parsed = graph::parse_state_records(part);
      EXPECT_EQ(graph::has_uncounted_mark(part), parsed && !parsed->counted) << size;
    }
  }
  // A state of no bytes whose identity is not all zeros, and zeros that have a state.
  Bytes other(16 + 4);
  other[15] = std::byte{1};
  EXPECT_FALSE(graph::has_uncounted_mark(other));
  other[15] = std::byte{0};
  EXPECT_TRUE(graph::has_uncounted_mark(other));
  other[16] = std::byte{1};
  other.push_back(std::byte{0});
  EXPECT_FALSE(graph::has_uncounted_mark(other));
}

TEST(DrainedRecord, HasTheNumberOfItsTick) {
  using channel::EntryKind;
  wal::NameTable names;
  (void)names.instruments.intern("A");
  (void)names.layouts.intern({{}, {}, "x"});
  for (const auto kind : {EntryKind::kTick, EntryKind::kUncountedTick}) {
    channel::TickEntry entry{};
    entry.header = channel::EntryHeader::of(sizeof entry, kind);
    entry.ordinal = 77;
    const auto bytes = std::as_bytes(std::span(&entry, 1));
    wal::HandleMap map;
    ASSERT_TRUE(resolve_entry(names, map, bytes));
    DrainedRecord drained;
    ASSERT_TRUE(drained.from(bytes.data(), map, names));
    EXPECT_EQ(drained.record.type, RecordType::kTick);
    EXPECT_EQ(drained.record.tick_number, (TickNumber{77, kind == EntryKind::kTick}));
  }
}

}  // namespace
}  // namespace factorwal::recovery
