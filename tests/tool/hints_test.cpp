// Every option that a message of `run` proposes is one that the tool takes and that reads the file.
// Files of the project's shared folder (FACTORWAL_SHARED names it; else it is looked for beside the
// source folder) stand for kinds that people have; the others are made up here, one a hint.
#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <nlohmann/json.hpp>
#include <set>

#include "support/file_text.h"
#include "support/hints.h"
#include "tool/tool_fixture.h"

namespace factorwal::test {
namespace {

class ToolHints : public ToolTest {
 protected:
  /// `options` are a piece of a command line: the shell reads them, as it does a user's.
  [[nodiscard]] Outcome run(const std::string& file, const std::string& options) const {
    std::filesystem::remove_all(dir());
    const std::string line = "exec \"$0\" run --json --ticks \"$1\" --data \"$2\" " + options;
    return Command({"sh", "-c", line, FACTORWAL_TOOL, file, dir()}).wait();
  }

  /// Follows every proposal, and every one of the messages that come of it, until the file is read.
  /// `answers`: what the test knows and the file does not tell; tried where a message only asks.
  void follow(const std::string& file, const std::set<std::uint64_t>& rows,
              const std::string& answer = "", const std::string& options = "",
              const std::set<std::string>& before = {}) const {
    ASSERT_LT(before.size(), 5U) << "no end of hints: " << options;
    const Outcome got = run(file, options);
    ASSERT_TRUE(got.status == 0 || got.status == 1) << options << "\n" << got.err;
    EXPECT_EQ(got.err.find("Run with --help"), std::string::npos) << options << "\n" << got.err;
    if (got.status == 0) {
      const auto summary = nlohmann::json::parse(got.out);
      EXPECT_TRUE(rows.contains(summary["ticks"].get<std::uint64_t>())) << options << "\n"
                                                                        << got.out << got.err;
    }
    std::size_t followed = 0;
    for (const std::string& proposal : proposals_in(got.err)) {
      if (proposal == "--on-bad-row skip") continue;  // gives rows up: that is no way to read them
      ASSERT_FALSE(before.contains(proposal)) << proposal << " does not help:\n" << got.err;
      std::set<std::string> with = before;
      with.insert(proposal);
      follow(file, rows, answer, options + " " + proposal, with);
      ++followed;
    }
    if (got.status == 0 || followed > 0) return;
    ASSERT_FALSE(answer.empty() || before.contains(answer)) << options << "\n" << got.err;
    follow(file, rows, answer, options + " " + answer, {answer});
  }

  void follow_text(const std::string& text, const std::set<std::uint64_t>& rows,
                   const std::string& answer = "") const {
    SCOPED_TRACE(text);
    std::ofstream(path("made up.csv"), std::ios::binary) << text;
    follow(path("made up.csv"), rows, answer);
  }
};

TEST_F(ToolHints, EveryFieldCaseIsReadByFollowingThem) {
  const char* shared = std::getenv("FACTORWAL_SHARED");
  const std::filesystem::path folder =
      (shared != nullptr ? std::filesystem::path(shared)
                         : std::filesystem::path(FACTORWAL_SOURCE_DIR).parent_path() / "shared") /
      "field";
  if (!std::filesystem::exists(folder)) GTEST_SKIP() << folder << " is not here";
  std::size_t files = 0;
  for (const auto& entry : std::filesystem::directory_iterator(folder)) {
    if (entry.path().extension() != ".csv") continue;
    const std::string name = entry.path().filename().string();
    SCOPED_TRACE(name);
    ++files;
    const std::string text = text_of(entry.path());
    const auto lines = static_cast<std::uint64_t>(line_count(text));
    std::set<std::uint64_t> rows = {lines - 1};
    std::string answer;
    if (name.starts_with("05_")) rows.insert(lines);  // with --take-last-line
    if (name.starts_with("16l_")) rows = {lines - 2};
    if (name.starts_with("16e_")) {
      rows = {lines};
      answer =
          "--header timestamp,open,high,low,close,volume,end,quote,count,buy,buy_quote,none "
          "--instrument X";
    }
    follow(entry.path().string(), rows, answer);
  }
  EXPECT_GE(files, 20U);
}

TEST_F(ToolHints, FilesOfOtherKindsAreReadByFollowingThem) {
  const std::string ok = ",51,10\n";
  // Names that a shell, --map or a second column of the name would take for something else.
  follow_text("Trade Date,Trade Time,a=b,Price\n20200302,09:30:01,51,10\n", {1});
  follow_text("Date,Time (UTC),Last Price,Trade Qty\n20200302,09:30:01" + ok, {1});
  follow_text("Date,Tr'ade Time,close,x\n20200302,09:30:01" + ok, {1},
              "--map 'timestamp_ns=Date+#2' --instrument A");
  follow_text("Date,Trade,Time,close\n2020-03-02,09:30:01,09:30:02,51\n", {1});
  follow_text("Trade+Date,Trade+Time,close,x\n20200302,09:30:01" + ok, {1});
  follow_text("when,when,close,volume\n2020-03-02 09:30:00,2020-03-02 09:30:01" + ok, {1},
              "--map 'timestamp_ns=#1' --instrument A");
  follow_text("trade_time,trade_time,close,volume\n2020-03-02 09:30:00,2020-03-02 09:30:01" + ok,
              {1});
  follow_text("$sym,`ts`,\"$(close)\",Price\nA,2020-03-02 09:30:00,51,52\n", {1},
              "--map 'timestamp_ns=#2'");
  // Two stamps, of which no name says that it is the one; one of another moment.
  follow_text("event_time,trade_time,symbol,price\n1700000000000,1700000000001,A,51\n", {1});
  follow_text("ts_event,ts_recv,symbol,price\n1700000000000,1700000000001,A,51\n", {1});
  // A date beside times of day, in any of the orders.
  follow_text("Symbol,Date,Time,price\nA,03/02/2020,09:30:00,51\n", {1});
  follow_text("Symbol,Date,Time,price\nA,20200302,34200,51\n", {1});
  follow_text("TradeTime,TradeDate,price\n93000,20200302,51\n93100,20200302,52\n", {2});
  follow_text("TradeTime,Date,price,x\n09:30:00,20200302,51,1\n", {1});
  follow_text(
      "<TICKER>,<PER>,<DATE>,<TIME>,<CLOSE>\nA,1,20200302,000000,51\nA,1,20200302,100000,52\n",
      {2});
  follow_text("timestamp_utc,open,close\n2024-01-01 23:59:00,1,2\n2024-01-02 00:00:00,1,2\n", {2});
  // A header of three lines.
  follow_text(
      "Price,Close,High,Adj Close,Volume\nTicker,A,A,A,A\nDatetime,,,,\n"
      "2024-10-10 13:30:00+00:00,51.5,52.5,51,10\n2024-10-10 13:31:00+00:00,51.5,52.5,51,10\n",
      {2});
  follow_text("#a\n#b\nPrice,Close,Volume\nTicker,A,A\nDate,,\n2024-10-10,51.5,52\n", {1});
  // Numbers.
  follow_text("symbol,ts,price,volume\nA,1700000000,\"51,5\",10\n", {1});
  follow_text("symbol,ts,price,volume\nA,1700000000,51.5,\"1,234\"\n", {1});
  follow_text("symbol,ts,price,volume\nA,1700000000,\"1,234\",\"2,345\"\n", {1});
  follow_text("symbol;ts;price;volume\nA;1700000000;51,5;1.234\n", {1});
  follow_text("symbol,ts,price,amount\nA,1700000000,51.5,\"1,234.5\"\n", {1});
  // A price under another name, without which no factor of the default set can be computed.
  follow_text("symbol,ts,TradePrice,TradeQty\nA,1700000000,51.5,3\n", {1});
  follow_text("symbol,ts,bid_px_00,ask_px_00,trade_px\nA,1700000000,51.5,52.5,52\n", {1});
  follow_text(
      "symbol,timestamp,asks[0].price,asks[0].amount,bids[0].price,bids[0].amount\n"
      "A,1700000000,52.5,1,51.5,2\n",
      {1});
  // As a web page's download has them: a mark of UTF-8, thousands, percents, dollars; spaces.
  follow_text(
      "\xef\xbb\xbf\"Date\",\"Price\",\"Open\",\"Vol.\",\"Change %\"\n"
      "\"Jan 14, 2020\",\"8,746.6\",\"8,111.2\",\"1.38M\",\"7.83%\"\n",
      {1});
  follow_text(
      "Date, Close/Last, Volume, Open\n12/20/2019, $279.44, 68972090, $282.23\n"
      "12/19/2019, $280.02, 24626950, $279.5\n",
      {2});
  // Instruments.
  follow_text("stock_code,timestamp,price\n600000,1700000000,51\n", {1});
  follow_text("isin,ric,timestamp,price\nXS1,A.N,1700000000,51\n", {1});
  // A line whose end is missing, alone.
  follow_text("symbol,ts,price\nA,1700000000,51\nA,1700000001,52", {1, 2});
}

TEST_F(ToolHints, OfTimesThatAreNotSure) {
  follow_text("date,hhmm,close\n20200302,930,1\n20200302,931,2\n", {2}, "--instrument A");
  follow_text("date,hour,close\n20200302,9,1\n20200302,10,2\n", {2}, "--instrument A");
  follow_text("date,x,close\n20200302,930,1\n20200302,931,2\n", {2}, "--instrument A");
  follow_text("date,time,close\n20200302,9,1\n20200302,10,2\n", {2}, "--instrument A");
  follow_text("ts,close\n637187382000000000,1\n637187382000000001,2\n", {2}, "--instrument A");
  follow_text("ts,close\n2003021030,1\n2003021031,2\n", {2}, "--instrument A");
  follow_text("ts,close\n3003020930,1\n", {1}, "--instrument A");
}

TEST_F(ToolHints, OfANumberThatIsFoundLate) {
  std::string text = "symbol,ts,price\n";
  for (int i = 0; i < 300; ++i) text += "A," + std::to_string(1700000000 + i) + ",51\n";
  follow_text(text + "A,1700000300,\"1,051.5\"\n", {301});
  follow_text(text + "A,1700000300,\"51,25\"\n", {301});
  follow_text(text + "A,1700000300,\"1,051\"\n", {301});
}

TEST_F(ToolHints, OptionsThatComeTwiceAreOneList) {
  std::ofstream(path("t.csv")) << "s,t,p,v\nA,2020-03-02 09:30:00,51,1\n";
  const Outcome got = run(path("t.csv"),
                          "--map instrument_id=s --map timestamp_ns=t,last_price=p --map volume=v "
                          "--scale volume=10 --scale last_price=2 --missing 7 --missing volume=8");
  EXPECT_EQ(got.status, 0) << got.err;
}

TEST_F(ToolHints, NewestRowsFirstAreSaid) {
  std::ofstream(path("t.csv")) << "symbol,ts,price\nA,1700000002,3\nA,1700000001,2\n"
                                  "A,1700000000,1\n";
  EXPECT_TRUE(contains(run(path("t.csv"), "").err, "The newest rows seem to come first"));
  std::ofstream(path("t.csv")) << "symbol,ts,price\nA,1700000001,3\nA,1700000000,2\n"
                                  "A,1700000003,1\nA,1700000004,1\n";
  EXPECT_FALSE(contains(run(path("t.csv"), "").err, "The newest rows seem to come first"));
}

TEST_F(ToolHints, AFileOfWhichNoFactorCanBeComputedIsAnError) {
  std::ofstream(path("t.csv")) << "symbol,ts,height,weight\nA,1700000000,1,2\n";
  const Outcome got = run(path("t.csv"), "");
  EXPECT_EQ(got.status, 1);
  EXPECT_TRUE(contains(got.err, "no factor of the default set can be computed")) << got.err;
  EXPECT_TRUE(contains(got.err, "\"height\", \"weight\"")) << got.err;
  EXPECT_TRUE(contains(got.err, "--map last_price=COLUMN")) << got.err;
  EXPECT_FALSE(std::filesystem::exists(dir())) << "nothing is made for it";
  EXPECT_EQ(run(path("t.csv"), "--map last_price=height").status, 0);
}

}  // namespace
}  // namespace factorwal::test
