// Proposals for headers that nobody foresaw.
#include <map>
#include <random>
#include <set>

#include "feed/columns/column_guess.h"
#include "feed/feed_fixture.h"
#include "support/hints.h"

namespace factorwal::feed {
namespace {

enum class Cells : std::uint8_t { kNumbers, kTexts, kTimes, kDates, kClocks, kNothing };

/// A name, what it is filled with, and the only field it may be proposed for; empty: for none.
struct Name {
  std::string_view name;
  Cells cells;
  std::string_view field;
};
constexpr Name kNames[] = {
    {"trade px", Cells::kNumbers, "last_price"},
    {"last trade price", Cells::kNumbers, "last_price"},
    {"closing price", Cells::kNumbers, "last_price"},
    {"trade size", Cells::kNumbers, "volume"},
    {"traded qty", Cells::kNumbers, "volume"},
    {"trade volume", Cells::kNumbers, "volume"},
    {"notional value", Cells::kNumbers, "turnover"},
    {"best bid", Cells::kNumbers, "bid_price1"},
    {"bid px 00", Cells::kNumbers, "bid_price1"},
    {"bid qty", Cells::kNumbers, "bid_volume1"},
    {"best ask price", Cells::kNumbers, "ask_price1"},
    {"offer size", Cells::kNumbers, "ask_volume1"},
    {"stock code", Cells::kTexts, "instrument_id"},
    {"security id", Cells::kTexts, "instrument_id"},
    {"trading symbol", Cells::kTexts, "instrument_id"},
    {"trade time", Cells::kTimes, "timestamp_ns"},
    {"event timestamp", Cells::kTimes, "timestamp_ns"},
    {"local timestamp", Cells::kTimes, "timestamp_ns"},
    {"trade date", Cells::kDates, "timestamp_ns"},
    {"bar time", Cells::kClocks, "timestamp_ns"},
    // What looks like one of those, and is not.
    {"taker buy volume", Cells::kNumbers, ""},
    {"quote volume", Cells::kNumbers, ""},
    {"implied volatility", Cells::kNumbers, ""},
    {"historical vol 20 d", Cells::kNumbers, ""},
    {"tick size", Cells::kNumbers, ""},
    {"lot size", Cells::kNumbers, ""},
    {"contract size", Cells::kNumbers, ""},
    {"strike price", Cells::kNumbers, ""},
    {"limit price", Cells::kNumbers, ""},
    {"mark px", Cells::kNumbers, ""},
    {"last trade id", Cells::kNumbers, ""},
    {"last update id", Cells::kNumbers, ""},
    {"bid px 02", Cells::kNumbers, ""},
    {"bid volume 5", Cells::kNumbers, ""},
    {"bid exchange", Cells::kNumbers, ""},
    {"ask orders", Cells::kNumbers, ""},
    {"basket price", Cells::kNumbers, ""},
    {"task size", Cells::kNumbers, ""},
    {"time in force", Cells::kNumbers, ""},
    {"time zone", Cells::kTexts, ""},
    {"expiration date", Cells::kDates, ""},
    {"last trading day", Cells::kDates, ""},
    {"settlement date", Cells::kDates, ""},
    {"delivery time", Cells::kTimes, ""},
    {"market cap", Cells::kNumbers, ""},
    {"asset class", Cells::kTexts, ""},
    {"exchange code", Cells::kTexts, ""},
    {"currency code", Cells::kTexts, ""},
    {"product type", Cells::kTexts, ""},
    {"conditions", Cells::kTexts, ""},
    {"code", Cells::kTexts, "instrument_id"},
    {"a+b", Cells::kNumbers, ""},
    {"it's, so to say", Cells::kNumbers, ""},
    {"", Cells::kNumbers, ""},
};

class RandomFile {
 public:
  explicit RandomFile(std::uint64_t seed) : random_(seed) {
    const std::size_t count = 3 + below(9);
    while (columns_.size() < count) {
      const Name& name = kNames[below(std::size(kNames))];
      // Now and then the cells are not what the name says.
      const Cells cells = below(6) == 0 ? static_cast<Cells>(below(6)) : name.cells;
      columns_.push_back({styled(name.name), name, cells});
    }
  }
  struct Column {
    std::string header;
    Name name;
    Cells cells;
  };
  [[nodiscard]] const std::vector<Column>& columns() const { return columns_; }

  std::string text() {
    std::string out;
    for (const Column& column : columns_) out += quoted(column.header) + ",";
    out.back() = '\n';
    for (int row = 0; row < kRows; ++row) {
      for (const Column& column : columns_) out += cell(column.cells, row) + ",";
      out.back() = '\n';
    }
    return out;
  }
  static constexpr int kRows = 5;

 private:
  std::size_t below(std::size_t end) { return static_cast<std::size_t>(random_() % end); }
  std::string styled(std::string_view name) {
    std::string out;
    const std::size_t style = below(4);
    bool begins = true;
    for (const char c : name) {
      if (c == ' ') {
        if (style == 0) out += '_';
        if (style == 1) out += ' ';
        begins = true;
        continue;
      }
      const bool capital = style > 0 && style < 3 && begins && c >= 'a' && c <= 'z';
      out += capital ? static_cast<char>(c - 'a' + 'A') : c;
      begins = false;
    }
    return out;
  }
  static std::string quoted(const std::string& text) { return '"' + text + '"'; }
  std::string cell(Cells cells, int row) {
    switch (cells) {
      case Cells::kNumbers: return std::to_string(below(1000)) + ".25";
      case Cells::kTexts: return "T" + std::to_string(below(3));
      case Cells::kTimes: return "2024-01-02 09:30:0" + std::to_string(row);
      case Cells::kDates: return "2024-01-0" + std::to_string(row + 1);
      case Cells::kClocks: return "09:30:0" + std::to_string(row);
      case Cells::kNothing: return "";
    }
    return "";
  }
  std::mt19937_64 random_;
  std::vector<Column> columns_;
};

class Hints : public FeedTest {
 protected:
  /// The column that a mapping names, by name or number.
  static const RandomFile::Column& column_of(const RandomFile& file, const std::string& name) {
    if (name.starts_with('#')) return file.columns().at(std::stoul(name.substr(1)) - 1);
    const auto& columns = file.columns();
    const auto found = std::find_if(columns.begin(), columns.end(),
                                    [&](const auto& column) { return column.header == name; });
    if (found == columns.end()) throw std::out_of_range("no column " + name);
    return *found;
  }
  static void expect_right_kind(const RandomFile& file, const ColumnMapping& mapping) {
    std::string rest = mapping.column;
    for (std::size_t part = 0; !rest.empty(); ++part) {
      const std::size_t plus = rest.find('+');
      const auto& column = column_of(file, rest.substr(0, plus));
      rest = plus == std::string::npos ? "" : rest.substr(plus + 1);
      const bool unnamed_stamp = column.header.empty() && mapping.field == "timestamp_ns";
      const bool tells_apart =
          part > 0 && mapping.field == "instrument_id" &&
          (column.name.name == "expiration date" || column.name.name == "strike price");
      EXPECT_TRUE(unnamed_stamp || tells_apart || column.name.field == mapping.field)
          << column.header;
      const bool number = mapping.field != "instrument_id" && mapping.field != "timestamp_ns";
      const bool stamp = mapping.field == "timestamp_ns";
      const bool time = column.cells == Cells::kTimes || column.cells == Cells::kDates ||
                        column.cells == Cells::kClocks;
      EXPECT_TRUE(!number || column.cells == Cells::kNumbers) << column.header;
      EXPECT_TRUE(!stamp || time) << column.header;
      EXPECT_TRUE(number || stamp || column.cells != Cells::kNothing) << column.header;
    }
  }
  /// One proposal's options on top of others. Without a shell: names in quotes are taken literally.
  static FeedOptions with(FeedOptions options, const std::string& proposal,
                          const RandomFile& file) {
    const auto value_of = [&](const std::string& option) -> std::string {
      const std::size_t at = proposal.find(option + " ");
      if (at == std::string::npos) return "";
      const std::string rest = proposal.substr(at + option.size() + 1);
      return rest.starts_with('\'') ? rest.substr(1, rest.find('\'', 1) - 1)
                                    : rest.substr(0, rest.find(' '));
    };
    if (const std::string map = value_of("--map"); !map.empty()) {
      const auto pairs = parse_column_map(map);
      EXPECT_TRUE(pairs) << proposal;
      if (!pairs) return options;
      for (const ColumnMapping& pair : *pairs) expect_right_kind(file, pair);
      options.map.insert(options.map.end(), pairs->begin(), pairs->end());
    }
    if (const std::string id = value_of("--instrument"); !id.empty()) options.instrument = id;
    if (const std::string form = value_of("--time-format"); !form.empty()) {
      options.time_format = form;
    }
    return options;
  }
};

TEST_F(Hints, OfRandomHeadersAreAcceptedAndNeverOfAWrongKind) {
  int proposed = 0;
  int read_to_the_end = 0;
  for (std::uint64_t seed = 1; seed <= 400; ++seed) {
    RandomFile file(seed);
    const std::string text = file.text();
    SCOPED_TRACE("seed " + std::to_string(seed) + ":\n" + text);
    // First proposals first: each of a choice has the same form.
    FeedOptions options;
    std::set<std::string> before;
    for (int tries = 0;; ++tries) {
      ASSERT_LT(tries, 5);
      const Reading got = read_text(text, options);
      std::vector<std::string> proposals = test::proposals_in(got.error);
      for (const FeedNote& note : got.report.notes) {
        for (const std::string& one : test::proposals_in(note.text)) proposals.push_back(one);
      }
      std::erase(proposals, "--on-bad-row skip");
      EXPECT_EQ(got.error.find("which is not there"), std::string::npos) << got.error;
      EXPECT_EQ(got.error.find(" twice"), std::string::npos) << got.error;
      for (const ColumnMapping& mapped : options.map) {
        EXPECT_FALSE(contains(got.error, "\"" + mapped.column + "\" (")) << got.error;
      }
      if (got.error.empty()) {
        EXPECT_EQ(got.rows.size(), static_cast<std::size_t>(RandomFile::kRows));
        ++read_to_the_end;
      }
      if (proposals.empty()) break;
      for (const std::string& proposal : proposals) static_cast<void>(with({}, proposal, file));
      ++proposed;
      ASSERT_TRUE(before.insert(proposals.front()).second)
          << proposals.front() << " does not help: " << got.error;
      options = with(options, proposals.front(), file);
    }
  }
  EXPECT_GT(proposed, 100) << "the test tests something";
  EXPECT_GT(read_to_the_end, 50);
}

TEST_F(Hints, WhereSeveralColumnsFitEquallyAllAreNamed) {
  const Reading got =
      read_text("event_time,trade_time,symbol,price\n1700000000000,1700000000001,A,51\n");
  EXPECT_CONTAINS(got.error,
                  "one of these probably would: --map timestamp_ns=event_time or --map "
                  "timestamp_ns=trade_time");
}

TEST_F(Hints, OfADateBesideATimeOfDayNameBoth) {
  const std::string rows = "A,20200302,000000,51\nA,20200302,100000,52\n";
  EXPECT_CONTAINS(read_text("symbol,[trade date],[trade time],close\n" + rows).error,
                  "--map 'timestamp_ns=[trade date]+[trade time]'");
  EXPECT_CONTAINS(read_text("symbol,Date,[trade time],close\n" + rows).error,
                  "--map 'timestamp_ns=Date+[trade time]'")
      << "was: the dates alone, and midnight for every row";
}

TEST_F(Hints, MidnightIsAWholeTimestampAmongOthers) {
  EXPECT_CONTAINS(
      read_text("timestamp_utc,symbol,close\n2024-01-01 23:59:00,A,2\n2024-01-02 00:00:00,A,2\n")
          .error,
      "--map timestamp_ns=timestamp_utc");
}

TEST_F(Hints, AHeaderOfSeveralLinesIsReadByNamesOfItsOwn) {
  const std::string text =
      "Attribute,Close,Volume\nTicker,A,A\nDatetime,,\n2024-10-10 13:30:00,51.5,10\n";
  EXPECT_CONTAINS(read_text(text).error,
                  "--skip-lines 3 --header Datetime,Close,Volume --instrument A");
  const std::string two = "Attribute,Close,Close\nTicker,A,B\nDatetime,,\n2024-10-10,51.5,10\n";
  EXPECT_EQ(read_text(two).error.find("--skip-lines"), std::string::npos)
      << "two instruments side by side: no options read that";
}

TEST_F(Hints, AreNotOfColumnsThatHaveAMeaningAlready) {
  FeedOptions options;
  options.map = *parse_column_map("timestamp_ns=when,last_price=trade_px");
  options.instrument = "A";
  const Reading got = read_text("when,trade_px,trade_size\n1700000000,51,2\n", options);
  ASSERT_EQ(got.error, "");
  for (const FeedNote& note : got.report.notes) {
    EXPECT_TRUE(test::proposals_in(note.text).empty()) << note.text;
  }
}

TEST(OptionName, IsANumberWhereANameIsNoHelp) {
  const std::vector<std::string> header = {"a",     "b b",   "",     "a,b", "a=b",    "a+b",
                                           "twice", "twice", "it's", "#2",  "成交量", "line\nend"};
  const std::vector<std::string> names = {"a",  "b b", "#3", "#4",  "#5",     "#6",
                                          "#7", "#8",  "#9", "#10", "成交量", "#12"};
  for (std::size_t i = 0; i < header.size(); ++i) EXPECT_EQ(option_name(header, i), names[i]);
}

}  // namespace
}  // namespace factorwal::feed
