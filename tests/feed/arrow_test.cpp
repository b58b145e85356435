// Ticks of Arrow streams, made by hand.
#include <bit>
#include <cerrno>
#include <cmath>
#include <limits>

#include "factorwal/feed/arrow.h"
#include "feed/arrow_tables.h"
#include "feed/feed_fixture.h"

namespace factorwal::feed {
namespace {

constexpr std::int64_t kMorning = 1'609'723'800'000'000'000;  // 2021-01-04T01:30:00Z
constexpr double kNone = std::numeric_limits<double>::quiet_NaN();

class ArrowTicks : public FeedTest {
 protected:
  static Reading read_stream(std::vector<HandColumn> batches, FeedOptions options = {},
                             std::optional<FeedPosition> resume = std::nullopt) {
    options.words = tool::feed_words();
    return read_all(open_arrow_stream(hand::stream(std::move(batches)), options), resume);
  }
  static Reading read_table(std::vector<HandColumn> columns, const FeedOptions& options = {}) {
    return read_stream({hand::table(std::move(columns))}, options);
  }
  static FeedOptions one(const std::string& instrument) {
    FeedOptions options;
    options.instrument = instrument;
    return options;
  }
  /// One row with the column `price`.
  static double price_of(HandColumn price) {
    const Reading got =
        read_table({hand::longs("ts", "tsn:UTC", {kMorning}), std::move(price)}, one("a"));
    EXPECT_EQ(got.error, "");
    return got.rows.empty() ? -1 : got.rows.front().values.at(0);
  }
  /// One row with these columns and a price: its time in UTC, or the error.
  static std::pair<std::int64_t, std::string> time_of(std::vector<HandColumn> columns,
                                                      FeedOptions options = {}) {
    options.instrument = "a";
    columns.push_back(hand::doubles("price", {1.0}));
    const Reading got = read_table(std::move(columns), options);
    return {got.rows.empty() ? -1 : got.rows.front().timestamp_ns, got.error};
  }
};

TEST_F(ArrowTicks, EachColumnIsWhatTheSameNameIsInACsvFile) {
  const Reading got =
      read_table({hand::texts("InstrumentID", {"rb2105", "cu2105"}),
                  hand::longs("timestamp", "tsn:UTC", {kMorning, kMorning + 1}),
                  hand::doubles("LastPrice", {4321.5, std::nullopt}),
                  hand::ints("Volume", "i", {7, 8}), hand::texts("remark", {"x", "y"})});
  ASSERT_EQ(got.error, "");
  EXPECT_EQ(got.fields, (std::vector<std::string>{"close", "volume"}));
  ASSERT_EQ(got.rows.size(), 2U);
  EXPECT_EQ(got.rows[0].instrument_id, "rb2105");
  EXPECT_EQ(got.rows[0].timestamp_ns, kMorning);
  EXPECT_EQ(got.rows[0].values, (std::vector<double>{4321.5, 7}));
  EXPECT_EQ(got.rows[1].instrument_id, "cu2105");
  EXPECT_TRUE(std::isnan(got.rows[1].values[0])) << "null is missing";
  EXPECT_TRUE(got.noted("\"remark\""));
  EXPECT_TRUE(got.noted("timestamps are timestamp[ns, UTC]"));
}

TEST_F(ArrowTicks, FormsOfVendorsSidesAndFlagsAreThoseOfCsvFiles) {
  const Reading tardis = read_table(
      {hand::texts("exchange", {"binance", "binance"}), hand::texts("symbol", {"A", "A"}),
       hand::longs("timestamp", "tsn:UTC", {kMorning, kMorning + 1}),
       hand::longs("local_timestamp", "l", {1, 2}), hand::longs("id", "l", {1, 2}),
       hand::texts("side", {"buy", "sell"}), hand::doubles("price", {10.0, 11.0}),
       hand::doubles("amount", {3.0, 4.0}), hand::texts("is_last", {"true", "f"})});
  ASSERT_EQ(tardis.error, "");
  EXPECT_EQ(column(tardis, "volume"), (std::vector<double>{3, 4}));
  EXPECT_EQ(column(tardis, "side"), (std::vector<double>{1, -1}));
  EXPECT_EQ(column(tardis, "is_last"), (std::vector<double>{1, 0}));
  const Reading databento = read_table(
      {hand::longs("ts_event", "tsn:UTC", {kMorning, kMorning + 1}),
       hand::longs("rtype", "l", {0, 0}), hand::longs("publisher_id", "l", {1, 1}),
       hand::longs("instrument_id", "l", {77, 77}), hand::texts("action", {"T", "T"}),
       hand::longs("price", "l", {185'640'000'000, std::numeric_limits<std::int64_t>::max()}),
       hand::longs("size", "l", {5, 6}), hand::texts("symbol", {"AA", "AA"})});
  ASSERT_EQ(databento.error, "");
  EXPECT_EQ(databento.rows.at(0).instrument_id, "AA");
  EXPECT_DOUBLE_EQ(column(databento, "close").at(0), 185.64);
  EXPECT_TRUE(std::isnan(column(databento, "close").at(1)));
}

TEST_F(ArrowTicks, NumbersOfEveryTypeAreTheNearestDoubles) {
  EXPECT_EQ(price_of(hand::numbers<std::int8_t>("price", "c", {std::int8_t{-7}})), -7);
  EXPECT_EQ(price_of(hand::numbers<std::int16_t>("price", "s", {std::int16_t{-700}})), -700);
  EXPECT_EQ(price_of(hand::ints("price", "i", {-70'000})), -70'000);
  EXPECT_EQ(price_of(hand::longs("price", "l", {-7'000'000'000})), -7'000'000'000.0);
  EXPECT_EQ(price_of(hand::numbers<std::uint8_t>("price", "C", {std::uint8_t{255}})), 255);
  EXPECT_EQ(price_of(hand::numbers<std::uint16_t>("price", "S", {std::uint16_t{65'535}})), 65'535);
  EXPECT_EQ(price_of(hand::numbers<std::uint32_t>("price", "I", {4'294'967'295U})),
            4'294'967'295.0);
  EXPECT_EQ(price_of(hand::numbers<std::uint64_t>("price", "L", {~std::uint64_t{0}})), 0x1p64);
  EXPECT_EQ(price_of(hand::numbers<std::uint16_t>("price", "e", {std::uint16_t{0x3555}})),
            0.333251953125);
  EXPECT_EQ(price_of(hand::numbers<std::uint16_t>("price", "e", {std::uint16_t{0xfbff}})), -65'504);
  EXPECT_EQ(price_of(hand::numbers<std::uint16_t>("price", "e", {std::uint16_t{1}})), 0x1p-24);
  EXPECT_EQ(price_of(hand::numbers<float>("price", "f", {0.1F})), static_cast<double>(0.1F));
  EXPECT_EQ(price_of(hand::doubles("price", {0.1})), 0.1);
  EXPECT_EQ(price_of(hand::flags("price", {true})), 1);
  EXPECT_EQ(price_of(hand::flags("price", {false})), 0);
  EXPECT_EQ(price_of(hand::ints("price", "d:9,4,32", {-123'456})), -12.3456);
  EXPECT_EQ(price_of(hand::longs("price", "d:18,4,64", {514'999})), 51.4999);
  EXPECT_EQ(price_of(hand::longs("price", "d:18,-3,64", {5})), 5000);
  for (const char* format : {"u", "z", "U", "Z", "vu", "vz"}) {
    EXPECT_EQ(price_of(hand::texts("price", {"51.25"}, format)), 51.25) << format;
    EXPECT_EQ(price_of(hand::texts("price", {"0051.250000000000000"}, format)), 51.25) << format;
  }
  EXPECT_EQ(price_of(hand::coded<std::int8_t>("price", "c", {std::int8_t{1}},
                                              hand::doubles("", {1.5, 2.5}))),
            2.5);
  EXPECT_EQ(price_of(hand::coded<std::uint16_t>("price", "S", {std::uint16_t{0}},
                                                hand::texts("", {"3.5"}))),
            3.5);
}

TEST_F(ArrowTicks, DecimalsOfAnyWidthRoundAsTheirTextsDo) {
  const auto wide = [](const std::string& format, std::vector<std::uint64_t> limbs) {
    HandColumn column{"price", format, 1, 0, 0, {"", ""}, {}, {}};
    for (const std::uint64_t limb : limbs) hand::put(column.buffers[1], limb);
    return column;
  };
  // -1, in units of 1e-2; 2^64 + 1 in units of 1e-10: 1844674407.3709551617.
  EXPECT_EQ(price_of(wide("d:38,2", {~std::uint64_t{0}, ~std::uint64_t{0}})), -0.01);
  EXPECT_EQ(price_of(wide("d:38,10", {1, 1})), 1844674407.3709551617);
  EXPECT_EQ(price_of(wide("d:38,25", {1, 1})), 18446744073709551617e-25);
  EXPECT_EQ(price_of(wide("d:76,0,256", {0, 0, 0, 1})), 0x1p192);
  const std::uint64_t all = ~std::uint64_t{0};
  EXPECT_EQ(price_of(wide("d:76,1,256", {all - 4, all, all, all})), -0.5);
  EXPECT_EQ(price_of(wide("d:38,0", {0, std::uint64_t{1} << 63})), -0x1p127);
}

TEST_F(ArrowTicks, DoublesAreTakenBitForBit) {
  const std::vector<std::optional<double>> values = {
      5e-324, -0.0, 9.999999999999999e299, 0.1 + 0.2, 299.99999999999994, kNone};
  std::vector<std::optional<std::int64_t>> times(values.size(), kMorning);
  const Reading got =
      read_table({hand::longs("ts", "tsn:UTC", times), hand::doubles("price", values)}, one("a"));
  ASSERT_EQ(got.rows.size(), values.size());
  for (std::size_t i = 0; i + 1 < values.size(); ++i) {
    EXPECT_EQ(std::bit_cast<std::uint64_t>(got.rows[i].values[0]),
              std::bit_cast<std::uint64_t>(*values[i]));
  }
  EXPECT_TRUE(std::isnan(got.rows.back().values[0]));
}

TEST_F(ArrowTicks, AnIntegerThatIsNoDoubleIsRoundedAndSaid) {
  const auto rounded = [](std::int64_t value) {
    return read_table(
        {hand::longs("ts", "tsn:UTC", {kMorning}), hand::longs("volume", "l", {value})}, one("a"));
  };
  const Reading got = rounded((std::int64_t{1} << 53) + 1);
  ASSERT_EQ(got.rows.size(), 1U);
  EXPECT_EQ(got.rows[0].values[0], 0x1p53);
  EXPECT_TRUE(got.noted("the nearest is taken"));
  EXPECT_FALSE(rounded(std::int64_t{1} << 60).noted("the nearest is taken")) << "this one is exact";
  EXPECT_TRUE(rounded(INT64_MAX).noted("the nearest is taken"));
}

TEST_F(ArrowTicks, TimestampsOfEveryUnitAreRead) {
  EXPECT_EQ(time_of({hand::longs("ts", "tss:UTC", {1'609'723'800})}).first, kMorning);
  EXPECT_EQ(time_of({hand::longs("ts", "tsm:UTC", {1'609'723'800'001})}).first,
            kMorning + 1'000'000);
  EXPECT_EQ(time_of({hand::longs("ts", "tsu:UTC", {1'609'723'800'000'001})}).first,
            kMorning + 1'000);
  EXPECT_EQ(time_of({hand::longs("ts", "tsn:Asia/Shanghai", {kMorning + 1})}).first, kMorning + 1)
      << "numbers are of UTC, whatever the zone";
  EXPECT_EQ(time_of({hand::longs("ts", "tsm:UTC", {-1})}).first, -1'000'000) << "before 1970";
  EXPECT_EQ(time_of({hand::ints("date", "tdD", {18'631})}).first,
            kMorning / 86'400'000'000'000 * 86'400'000'000'000);
  EXPECT_EQ(time_of({hand::longs("date", "tdm", {std::int64_t{18'631} * 86'400'000})}).first,
            kMorning / 86'400'000'000'000 * 86'400'000'000'000);
  EXPECT_CONTAINS(time_of({hand::longs("ts", "tss:UTC", {7'300'000'000})}).second,
                  "no time between 1700 and 2200");
  EXPECT_CONTAINS(time_of({hand::longs("ts", "tss:UTC", {INT64_MAX})}).second,
                  "no time between 1700 and 2200");
}

TEST_F(ArrowTicks, NaiveTimesAreOfTheZoneThatIsGiven) {
  FeedOptions shanghai;
  shanghai.time_zone = "Asia/Shanghai";
  const std::int64_t eight_hours = std::int64_t{8} * 3'600 * 1'000'000'000;
  EXPECT_EQ(time_of({hand::longs("ts", "tsn:", {kMorning + eight_hours})}, shanghai).first,
            kMorning);
  const Reading utc =
      read_table({hand::longs("ts", "tsn:", {kMorning}), hand::doubles("price", {1.0})}, one("a"));
  EXPECT_EQ(utc.rows.at(0).timestamp_ns, kMorning);
  EXPECT_TRUE(utc.noted("taken as UTC (--tz says otherwise)"));
  FeedOptions new_york = one("a");
  new_york.time_zone = "America/New_York";
  // 01:30 on the day when clocks were set back, 02:30 on the one when they were set forward.
  const Reading twice = read_table(
      {hand::longs("ts", "tss:", {1'604'194'200}), hand::doubles("price", {1.0})}, new_york);
  EXPECT_EQ(twice.report.ambiguous_times, 1U);
  const Reading never = read_table(
      {hand::longs("ts", "tss:", {1'583'634'600}), hand::doubles("price", {1.0})}, new_york);
  EXPECT_CONTAINS(never.error, "never was");
}

TEST_F(ArrowTicks, NaiveTimesEndTheFeedWhereAZoneIsRequired) {
  FeedOptions required = one("a");
  required.zone_required = true;
  const auto naive = [&] {
    return read_table({hand::longs("ts", "tsn:", {kMorning}), hand::doubles("price", {1.0})},
                      required);
  };
  const Reading refused = naive();
  EXPECT_CONTAINS(refused.error,
                  "column \"ts\" (timestamp[ns]) has times without a zone: --tz names it");
  EXPECT_TRUE(refused.rows.empty());
  EXPECT_EQ(read_table({hand::longs("ts", "tsn:UTC", {kMorning}), hand::doubles("price", {1.0})},
                       required)
                .error,
            "");
  required.time_zone = "UTC";
  EXPECT_EQ(naive().error, "");
}

TEST_F(ArrowTicks, DatesAndTimesOfDayArePutTogether) {
  const auto date = [] { return hand::ints("date", "tdD", {18'631}); };
  EXPECT_EQ(time_of({date(), hand::longs("time", "ttn", {5'400'000'000'001})}).first, kMorning + 1);
  EXPECT_EQ(time_of({date(), hand::longs("time", "ttu", {5'400'000'001})}).first, kMorning + 1'000);
  EXPECT_EQ(time_of({date(), hand::ints("time", "ttm", {5'400'001})}).first, kMorning + 1'000'000);
  EXPECT_EQ(time_of({date(), hand::ints("time", "tts", {5'400})}).first, kMorning);
  EXPECT_EQ(time_of({date(), hand::texts("time", {"01:30:00.000000001"})}).first, kMorning + 1);
  EXPECT_EQ(time_of({hand::ints("date", "i", {20'210'104}), hand::texts("time", {"01:30"})}).first,
            kMorning);
  EXPECT_EQ(time_of({hand::longs("date", "tsn:", {18'631LL * 86'400'000'000'000}),
                     hand::ints("time", "tts", {5'400})})
                .first,
            kMorning)
      << "midnight of a day is a date";
  EXPECT_CONTAINS(time_of({hand::longs("ts", "ttn", {5'400'000'000'000})}).second,
                  "times of day without a date");
}

TEST_F(ArrowTicks, NumbersAndTextsAreTimesByTheRulesForCsv) {
  EXPECT_EQ(time_of({hand::longs("ts", "l", {kMorning})}).first, kMorning);
  EXPECT_EQ(time_of({hand::longs("ts", "l", {kMorning / 1'000'000})}).first, kMorning);
  EXPECT_EQ(time_of({hand::doubles("ts", {1'609'723'800.5})}).first, kMorning + 500'000'000);
  EXPECT_EQ(time_of({hand::longs("ts", "l", {20'210'104'013'000})}).first, kMorning);
  EXPECT_EQ(time_of({hand::texts("ts", {"2021-01-04T09:30:00+08:00"})}).first, kMorning);
  EXPECT_EQ(
      time_of({hand::coded<std::int32_t>("ts", "i", {0}, hand::texts("", {"2021.01.04 01:30"}))})
          .first,
      kMorning);
  EXPECT_CONTAINS(time_of({hand::texts("ts", {"01/02/2021 01:30"})}).second, "--time-format dmy");
  FeedOptions day_first;
  day_first.time_format = "dmy";
  EXPECT_EQ(time_of({hand::texts("ts", {"04/01/2021 01:30"})}, day_first).first, kMorning);
}

TEST_F(ArrowTicks, ALaterBatchTellsTheFormThatTheFirstOneDoesNot) {
  const auto batch = [](std::size_t rows, const std::string& date) {
    return hand::table({hand::texts("date", std::vector<std::optional<std::string>>(rows, date)),
                        hand::doubles("price", std::vector<std::optional<double>>(rows, 1.0))});
  };
  const Reading got =
      read_stream({batch(300, "04/01/2021"), batch(1, "13/01/2021"), batch(2, "05/01/2021")},
                  mapped("timestamp_ns=date", one("a")));
  ASSERT_EQ(got.error, "");
  ASSERT_EQ(got.rows.size(), 303U);
  constexpr std::int64_t kDay = std::int64_t{86'400} * 1'000'000'000;
  EXPECT_EQ(got.rows[0].timestamp_ns, kMorning / kDay * kDay);
  EXPECT_EQ(got.rows[302].timestamp_ns, (kMorning / kDay + 1) * kDay);
}

TEST_F(ArrowTicks, EachSliceHasItsOwnRows) {
  const auto columns = [] {
    return std::vector<HandColumn>{
        hand::texts("symbol", {"x", "a", std::nullopt, "b", "long instrument id", "a"}),
        hand::longs("ts", "tsn:UTC", {1, kMorning, kMorning, kMorning + 1, kMorning + 2, kMorning}),
        hand::doubles("price", {9.0, 1.0, 2.0, std::nullopt, 4.0, 5.0}),
        hand::flags("buy", {true, false, true, true, false, true})};
  };
  const auto check = [](const Reading& got) {
    ASSERT_EQ(got.error, "");
    ASSERT_EQ(got.rows.size(), 3U);
    EXPECT_EQ(got.rows[0].instrument_id, "a");
    EXPECT_EQ(got.rows[0].values, (std::vector<double>{1, 0}));
    EXPECT_EQ(got.rows[1].instrument_id, "b");
    EXPECT_TRUE(std::isnan(got.rows[1].values[0]));
    EXPECT_EQ(got.rows[2].instrument_id, "long instrument id");
    EXPECT_EQ(got.rows[2].timestamp_ns, kMorning + 2);
    EXPECT_EQ(got.bad(BadRow::kEmptyInstrument), 1U);
  };
  // Sliced column by column, and sliced as a whole.
  std::vector<HandColumn> each = columns();
  for (HandColumn& column : each) {
    column = hand::sliced(std::move(column), 1);
    column.length = 4;
  }
  check(read_table(std::move(each), skipping()));
  HandColumn whole = hand::sliced(hand::table(columns()), 1);
  whole.length = 4;
  check(read_stream({whole}, skipping()));
  // Both at once.
  std::vector<HandColumn> padded = columns();
  for (HandColumn& column : padded) column = hand::sliced(std::move(column), 1);
  HandColumn both = hand::table(std::move(padded));
  both.length = 4;
  check(read_stream({both}, skipping()));
}

TEST_F(ArrowTicks, ARowOfATableThatIsNullIsABadOne) {
  HandColumn rows = hand::table({hand::texts("symbol", {"a", "b", "c"}),
                                 hand::longs("ts", "tsn:UTC", {kMorning, kMorning, kMorning}),
                                 hand::doubles("price", {1.0, 2.0, 3.0})});
  rows.null_count = 1;
  rows.buffers[0] = hand::bits({true, false, true});
  const Reading got = read_stream({rows}, skipping());
  ASSERT_EQ(got.rows.size(), 2U);
  EXPECT_EQ(got.rows[1].instrument_id, "c");
  EXPECT_EQ(got.rows[1].row_number, 2U);
}

TEST_F(ArrowTicks, EachBatchHasADictionaryOfItsOwn) {
  const auto batch = [](std::vector<std::optional<std::string>> ids) {
    return hand::table({hand::coded<std::int32_t>("symbol", "i", {1, 0, 1}, hand::texts("", ids)),
                        hand::longs("ts", "tsn:UTC", {kMorning, kMorning, kMorning}),
                        hand::doubles("price", {1.0, 2.0, 3.0})});
  };
  const Reading got = read_stream({batch({"a", "b"}), batch({"b", "c"})});
  ASSERT_EQ(got.error, "");
  std::string ids;
  for (const ReadRow& row : got.rows) ids += row.instrument_id;
  EXPECT_EQ(ids, "babcbc");
}

TEST_F(ArrowTicks, APlaceBeyondTheDictionaryIsAnError) {
  const Reading got = read_table(
      {hand::coded<std::int32_t>("symbol", "i", {0, 7}, hand::texts("", {"a"})),
       hand::longs("ts", "tsn:UTC", {kMorning, kMorning}), hand::doubles("price", {1.0, 2.0})});
  EXPECT_CONTAINS(got.error, "beyond its dictionary");
  EXPECT_EQ(got.code, Errc::kCorruption);
}

TEST_F(ArrowTicks, NullInstrumentsAndTimesAreBadRows) {
  const auto columns = [] {
    return std::vector<HandColumn>{
        hand::coded<std::int32_t>("symbol", "i", {0, std::nullopt, 1, 0},
                                  hand::texts("", {"a", std::nullopt})),
        hand::longs("ts", "tsn:UTC", {kMorning, kMorning, kMorning, std::nullopt}),
        hand::doubles("price", {1.0, 2.0, 3.0, 4.0})};
  };
  EXPECT_CONTAINS(read_table(columns()).error,
                  "the Arrow stream: row 2: column \"symbol\" (1): the instrument is empty");
  const Reading got = read_table(columns(), skipping());
  EXPECT_EQ(got.rows.size(), 1U);
  EXPECT_EQ(got.bad(BadRow::kEmptyInstrument), 2U);
  EXPECT_EQ(got.bad(BadRow::kBadTimestamp), 1U);
}

TEST_F(ArrowTicks, AColumnOfListsIsLeftOutUnlessItIsNamed) {
  const auto lists = [](const char* name) {
    HandColumn column{name, "+l", 1, 0, 0, {"", std::string(8, '\0')}, {}, {}};
    column.children.push_back(hand::doubles("item", {1.0}));
    return column;
  };
  const auto rest = [] { return hand::longs("ts", "tsn:UTC", {kMorning}); };
  const Reading left =
      read_table({rest(), hand::doubles("price", {1.0}), lists("depth")}, one("a"));
  ASSERT_EQ(left.error, "");
  EXPECT_TRUE(left.noted("\"depth\""));
  const Reading known = read_table({rest(), lists("price")}, one("a"));
  EXPECT_CONTAINS(known.error, "column \"price\" is the field \"close\", but of the type list; ");
  EXPECT_CONTAINS(known.error, "columns of their own");
  FeedOptions mapped = one("a");
  mapped.map = {{"volume", "depth"}};
  EXPECT_CONTAINS(read_table({rest(), hand::doubles("price", {1.0}), lists("depth")}, mapped).error,
                  "column \"depth\" is the field \"volume\", but of the type list");
  mapped.map = {{"volume", "at"}};
  EXPECT_CONTAINS(
      read_table({rest(), hand::doubles("price", {1.0}), hand::longs("at", "tsn:UTC", {kMorning})},
                 mapped)
          .error,
      "column \"at\" is the field \"volume\", but of the type timestamp[ns, UTC]; cast");
}

TEST_F(ArrowTicks, ARuleForAFieldThatIsNotThereIsAnError) {
  const auto table = [] {
    return std::vector<HandColumn>{hand::texts("symbol", {"A"}),
                                   hand::longs("ts", "tsn:UTC", {kMorning}),
                                   hand::doubles("price", {1.7976931348623157e308})};
  };
  FeedOptions options;
  options.scale = {{"last_prices", 2}};
  EXPECT_CONTAINS(read_table(table(), options).error, "--scale names the field \"last_prices\"");
  options.scale.clear();
  options.missing = {{"clsoe", 0}};
  EXPECT_CONTAINS(read_table(table(), options).error, "did you mean `close`?");
  options.missing.clear();
  EXPECT_TRUE(std::isnan(read_table(table(), options).rows.at(0).values[0])) << "DBL_MAX";
}

TEST_F(ArrowTicks, OptionsMeanWhatTheyMeanForCsv) {
  FeedOptions options;
  options.map = {{"instrument_id", "ex+code"}, {"timestamp_ns", "when"}};
  options.missing = {{"close", 0}};
  options.scale = {{"close", 0.01}};
  options.volume_mode = VolumeMode::kCumulative;
  const Reading got = read_table(
      {hand::texts("ex", {"SSE", "SSE", "SZSE"}), hand::ints("code", "i", {1, 1, 1}),
       hand::longs("when", "tsn:UTC", {kMorning, kMorning + 1, kMorning}),
       hand::ints("TradingDay", "tdD", {18'631, 18'631, 18'631}),
       hand::longs("price", "l", {5'150, 0, 5'151}), hand::longs("volume", "l", {100, 130, 7})},
      options);
  ASSERT_EQ(got.error, "");
  ASSERT_EQ(got.rows.size(), 3U);
  EXPECT_EQ(got.rows[0].instrument_id, "SSE.1");
  EXPECT_EQ(got.rows[2].instrument_id, "SZSE.1");
  EXPECT_EQ(got.rows[0].values[0], 51.5);
  EXPECT_TRUE(std::isnan(got.rows[1].values[0]));
  EXPECT_TRUE(std::isnan(got.rows[0].values[1]));
  EXPECT_EQ(got.rows[1].values[1], 30);
}

TEST_F(ArrowTicks, OneRowTooManyInAColumnNobodyAskedForCostsNoRow) {
  std::vector<std::optional<std::string>> conditions(201, "37");
  conditions.back() = "12,37";
  const std::vector<std::optional<std::int64_t>> times(201, kMorning);
  const std::vector<std::optional<double>> prices(201, 1.0);
  const Reading got =
      read_table({hand::longs("ts", "tsn:UTC", times), hand::doubles("price", prices),
                  hand::texts("conditions", conditions)},
                 one("a"));
  ASSERT_EQ(got.error, "");
  EXPECT_EQ(got.rows.size(), 201U);
  EXPECT_TRUE(std::isnan(got.rows.back().values[1]));
  EXPECT_TRUE(got.noted("row 201: column \"conditions\" (3): \"12,37\" is not a number"));
}

TEST_F(ArrowTicks, AFailureOfTheStreamIsToldBehindTheRowsBeforeIt) {
  const auto failing = [](int code) {
    return read_all(open_arrow_stream(
        hand::stream(
            {hand::table({hand::texts("symbol", {"a"}), hand::longs("ts", "tsn:UTC", {kMorning}),
                          hand::doubles("price", {1.0})}),
             hand::table({hand::texts("symbol", std::vector<std::optional<std::string>>(300, "b")),
                          hand::longs("ts", "tsn:UTC",
                                      std::vector<std::optional<std::int64_t>>(300, kMorning)),
                          hand::doubles("price", std::vector<std::optional<double>>(300, 1.0))})},
            code),
        {}, "frame"));
  };
  const Reading got = failing(EIO);
  EXPECT_EQ(got.rows.size(), 301U);
  EXPECT_EQ(got.error, "frame: cannot be read further: the disk is gone");
  EXPECT_EQ(got.code, Errc::kIo);
  EXPECT_EQ(failing(EINVAL).code, Errc::kInvalidArgument);
  EXPECT_EQ(failing(EBADMSG).code, Errc::kCorruption);
}

TEST_F(ArrowTicks, AResumedStreamGoesOnAtItsRow) {
  const auto batches = [](double first) {
    return std::vector<HandColumn>{hand::table({hand::texts("symbol", {"a", "b"}),
                                                hand::longs("ts", "tsn:UTC", {kMorning, kMorning}),
                                                hand::doubles("price", {first, 2.0})}),
                                   hand::table({hand::texts("symbol", {"a", "b"}),
                                                hand::longs("ts", "tsn:UTC", {kMorning, kMorning}),
                                                hand::doubles("price", {3.0, 4.0})})};
  };
  const Reading whole = read_stream(batches(1));
  ASSERT_EQ(whole.rows.size(), 4U);
  for (std::size_t done = 0; done < 4; ++done) {
    const Reading rest = read_stream(batches(1), {}, whole.rows[done].position);
    ASSERT_EQ(rest.error, "");
    ASSERT_EQ(rest.rows.size(), 3 - done);
    EXPECT_EQ(rest.report.rows_resumed, done + 1);
    if (done < 3) {
      EXPECT_EQ(rest.rows[0].values, whole.rows[done + 1].values);
      EXPECT_EQ(rest.rows[0].position, whole.rows[done + 1].position);
    }
  }
  EXPECT_CONTAINS(read_stream(batches(9), {}, whole.rows[1].position).error,
                  "is not what the earlier run was reading");
  auto shorter = batches(1);
  shorter.pop_back();
  EXPECT_CONTAINS(read_stream(shorter, {}, whole.rows[3].position).error, "it has 2 rows");
}

TEST_F(ArrowTicks, WhatIsNoTableIsRefused) {
  EXPECT_CONTAINS(read_stream({hand::doubles("price", {1.0})}).error, "is no table");
  EXPECT_CONTAINS(read_table({hand::doubles("price", {1.0})}).error, "timestamp");
  HandColumn three = hand::table({hand::doubles("price", {1.0})});
  three.children.push_back(hand::doubles("volume", {1.0}));
  const Reading uneven = read_stream(
      {hand::table({hand::longs("ts", "tsn:UTC", {kMorning}), hand::doubles("price", {1.0})}),
       hand::table({hand::longs("ts", "tsn:UTC", {kMorning})})},
      one("a"));
  EXPECT_CONTAINS(uneven.error, "a batch has 1 columns, not 2");
}

TEST_F(ArrowTicks, BatchesAreReleasedOneAfterAnother) {
  FeedOptions options = one("a");
  TickBatch batch;
  auto source = open_arrow_stream(
      hand::stream(
          {hand::table({hand::longs("ts", "tsn:UTC", {kMorning}), hand::doubles("price", {1.0})})}),
      options);
  ASSERT_TRUE(source);
  ASSERT_EQ((*source)->next_batch(batch), FeedStep::kRow);
  EXPECT_EQ(batch.size(), 1U);
  EXPECT_EQ((*source)->next_batch(batch), FeedStep::kEnd);
  EXPECT_EQ((*source)->next_batch(batch), FeedStep::kEnd) << "an end stays";
}

}  // namespace
}  // namespace factorwal::feed
