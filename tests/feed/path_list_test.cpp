// Folders, patterns, and what names of files tell.
#include <random>

#include "feed/feed_fixture.h"
#include "feed/files/file_name.h"

namespace factorwal::feed {
namespace {

class PathList : public FeedTest {
 protected:
  std::string put(const std::string& name) const {
    std::filesystem::create_directories(std::filesystem::path(path(name)).parent_path());
    return write(name, "ts,price\n1609723800,1\n");
  }
  /// The names of what the paths mean, relative to the test's folder.
  std::vector<std::string> names(const std::vector<std::string>& paths) const {
    const auto found = expand_paths(paths, report_);
    if (!found) return {found.error().message};
    std::vector<std::string> all;
    for (const std::string& file : *found) {
      const bool inside = file.starts_with(path(""));
      all.push_back(inside ? file.substr(path("").size()) : file);
    }
    return all;
  }
  bool noted(std::string_view part) const {
    return std::any_of(report_.notes.begin(), report_.notes.end(), [&](const FeedNote& note) {
      return note.text.find(part) != std::string::npos;
    });
  }
  mutable FeedReport report_;
};

using Names = std::vector<std::string>;

TEST_F(PathList, AFolderIsItsTickFilesInTheOrderOfTheNumbersInTheirNames) {
  for (const char* name : {"part10.csv", "part9.csv.gz", "part2.parquet", "part1.tsv", "README.txt",
                           "SOURCES.md", ".hidden.csv", "part3.json", "deeper/part4.csv"}) {
    put(name);
  }
  const Names expected = {"part1.tsv", "part2.parquet", "part9.csv.gz", "part10.csv"};
  EXPECT_EQ(names({path("")}), expected);
  EXPECT_TRUE(noted("4 files, from "));
  EXPECT_TRUE(noted("in the order of their names"));
  EXPECT_TRUE(
      noted("left out, by their names no ticks: \"README.txt\", \"SOURCES.md\", \"part3.json\""));
  EXPECT_TRUE(noted("1 folders in it were not entered"));
  EXPECT_FALSE(noted("hidden"));
}

TEST_F(PathList, DatesInAllNamesAreTheOrder) {
  for (const char* name : {"rb_31.12.2020.csv", "cu_20210104.csv", "rb_2021-01-05.csv",
                           "ag_2021_01_04.csv", "zn_2020-12.csv"}) {
    put(name);
  }
  const Names expected = {"zn_2020-12.csv", "rb_31.12.2020.csv", "ag_2021_01_04.csv",
                          "cu_20210104.csv", "rb_2021-01-05.csv"};
  EXPECT_EQ(names({path("")}), expected);
  EXPECT_TRUE(noted("in the order of their dates"));
  put("no_date.csv");
  EXPECT_EQ(names({path("")}).front(), "ag_2021_01_04.csv");
}

TEST_F(PathList, APatternTakesWhatItMatches) {
  for (const char* name : {"a2.csv", "a10.csv", "b1.csv", "a1.md", "a3.dat"}) put(name);
  EXPECT_EQ(names({path("a*")}), (Names{"a2.csv", "a10.csv"}));
  EXPECT_TRUE(noted("\"a1.md\", \"a3.dat\""));
  EXPECT_EQ(names({path("a*.dat")}), (Names{"a3.dat"})) << "its ending was given";
  EXPECT_EQ(names({path("[ab]?.csv"), path("a10.csv")}), (Names{"a2.csv", "b1.csv", "a10.csv"}));
  EXPECT_CONTAINS(names({path("c*")}).front(), "no file is called so");
  put("odd[1].csv");
  EXPECT_EQ(names({path("odd[1].csv")}), (Names{"odd[1].csv"})) << "a file of that name";
}

TEST_F(PathList, WithoutTickFilesThereIsAnError) {
  std::filesystem::create_directories(path("empty"));
  EXPECT_CONTAINS(names({path("empty")}).front(), "has no tick files");
  put("notes/README.md");
  EXPECT_CONTAINS(names({path("notes")}).front(), "others are there: \"README.md\"");
  put("years/2021/a.csv");
  EXPECT_CONTAINS(names({path("years")}).front(), "years/*' names what is in them");
  EXPECT_EQ(names({path("years/*/*")}), (Names{"years/2021/a.csv"})) << "as it says";
  EXPECT_EQ(names({"-", path("absent.csv")}), (Names{"-", "absent.csv"}))
      << "told when it is opened";
}

TEST_F(PathList, ASourceReadsAFolder) {
  write("t_20210105.csv", "ts,price\n1609810200,2\n");
  write("t_20210104.csv", "ts,price\n1609723800,1\n");
  FeedOptions options;
  options.instrument = "a";
  const Reading got = read({path("")}, options);
  ASSERT_EQ(got.error, "");
  ASSERT_EQ(got.rows.size(), 2U);
  EXPECT_EQ(got.rows[0].values[0], 1);
  EXPECT_TRUE(got.noted("2 files, from "));
  const Reading rest = read({path("")}, options, got.rows[0].position);
  EXPECT_EQ(rest.rows.size(), 1U);
}

TEST(FileNames, AreInTheirNaturalOrder) {
  const Names sorted = {"", "a", "a1", "a01", "a2", "a2b", "a10", "a010x", "ab", "b"};
  for (std::size_t i = 0; i < sorted.size(); ++i) {
    for (std::size_t j = 0; j < sorted.size(); ++j) {
      if (sorted[i] == "a1" || sorted[i] == "a01") continue;  // equal as numbers: any fixed order
      EXPECT_EQ(natural_less(sorted[i], sorted[j]), i < j) << sorted[i] << " " << sorted[j];
    }
  }
  EXPECT_NE(natural_less("a1", "a01"), natural_less("a01", "a1"));
}

struct NamedFile {
  const char* file;
  const char* instrument;  ///< empty: refused
  const char* form = "";
};

class InstrumentOfName : public ::testing::TestWithParam<NamedFile> {};

TEST_P(InstrumentOfName, IsWhatTheRuleSays) {
  const auto id = instrument_in_name(GetParam().file, GetParam().form, "--instrument-from-name");
  if (*GetParam().instrument == '\0') {
    ASSERT_FALSE(id) << *id;
    EXPECT_CONTAINS(id.error().message, "--instrument-from-name: ");
  } else {
    ASSERT_TRUE(id) << id.error().message;
    EXPECT_EQ(*id, GetParam().instrument);
  }
}

INSTANTIATE_TEST_SUITE_P(
    Table, InstrumentOfName,
    ::testing::Values(NamedFile{"data/rb2105_20210104.csv.gz", "rb2105"},
                      NamedFile{"20210104_rb2105.csv", "rb2105"}, NamedFile{"rb2105.csv", "rb2105"},
                      NamedFile{"600000.SH.csv", "600000.SH"},
                      NamedFile{"BTCUSDT-trades-2024-08-08.zip", "BTCUSDT"},
                      NamedFile{"BTCUSDT-aggTrades-2024-08.zip", "BTCUSDT"},
                      NamedFile{"BTCUSDT-1m-2024-08-08.csv", "BTCUSDT"},
                      NamedFile{"BTCUSDT-bookTicker-2024-08-08.parquet", "BTCUSDT"},
                      NamedFile{"BTC-USDT.arrow", "BTC-USDT"},
                      NamedFile{"EURUSD_M1_20200101_20201231.csv", "EURUSD"},
                      NamedFile{"ticks_IF2101_2021.01.04.txt", "IF2101"},
                      NamedFile{"SPY_daily.csv", "SPY"}, NamedFile{"trades.csv", ""},
                      NamedFile{"AAPL 2024-01-02.csv.zst", "AAPL"},
                      NamedFile{"ES 04.01.2021.csv", "ES"}, NamedFile{"20210104.csv", ""},
                      NamedFile{"ES20210319.csv", ""},
                      NamedFile{"binance_trades_2020-01-01_BTCUSDT.csv.gz", ""},
                      NamedFile{"binance_trades_2020-01-01_BTCUSDT.csv.gz", "BTCUSDT", "*_{}"},
                      NamedFile{"ES20210319.csv", "ES", "{}????????"},
                      NamedFile{"ES20210319.csv", "ES20210319", "{}"},
                      NamedFile{"a-trades-b-trades-c.csv", "a", "{}-trades-*"},
                      NamedFile{"rb2105.csv", "", "{}-trades-*"}, NamedFile{"rb2105.csv", "", "*"},
                      NamedFile{"rb2105.csv", "", "{}{}"}));

TEST_F(PathList, EachFileHasTheInstrumentOfItsName) {
  write("rb2105_20210104.csv", "ts,price\n1609723800,1\n");
  write("cu2105_20210104.csv", "ts,price\n1609723800,2\n");
  FeedOptions options;
  options.instrument_from_name = "";
  const Reading got = read({path("")}, options);
  ASSERT_EQ(got.error, "");
  ASSERT_EQ(got.rows.size(), 2U);
  EXPECT_EQ(got.rows[0].instrument_id, "cu2105");
  EXPECT_EQ(got.rows[1].instrument_id, "rb2105");
  EXPECT_EQ(read({path("")}, options, got.rows[1].position).rows.size(), 0U);
  options.instrument = "x";
  EXPECT_CONTAINS(read({path("")}, options).error, "two answers to one question");
  options.instrument.clear();
  write("cu2105_20210104.csv", "symbol,ts,price\nx,1609723800,2\n");
  EXPECT_CONTAINS(read({path("")}, options).error,
                  "--instrument-from-name cu2105 is for files without an instrument column");
}

}  // namespace
}  // namespace factorwal::feed
