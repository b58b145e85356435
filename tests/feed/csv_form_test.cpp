// What a CSV file may look like and still be read as it was meant.
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <atomic>
#include <thread>

#include "feed/feed_fixture.h"

namespace factorwal::feed {
namespace {

constexpr std::string_view kHeader = "instrument_id,timestamp_ns,last_price,volume\n";

class CsvForm : public FeedTest {
 protected:
  Reading rows(std::string_view data, const FeedOptions& options = {}) const {
    return read_text(std::string(kHeader) + std::string(data), options);
  }
};

TEST_F(CsvForm, ColumnsBecomeCanonicalFieldsInTheirOrder) {
  const Reading got = rows("rb2105,1609723740400000000,4321,7\n");
  ASSERT_EQ(got.error, "");
  EXPECT_EQ(got.fields, (std::vector<std::string>{"close", "volume"}));
  ASSERT_EQ(got.rows.size(), 1U);
  EXPECT_EQ(got.rows[0].instrument_id, "rb2105");
  EXPECT_EQ(got.rows[0].timestamp_ns, 1609723740400000000);
  EXPECT_EQ(got.rows[0].values, (std::vector<double>{4321, 7}));
  EXPECT_EQ(got.report.rows_read, 1U);
  EXPECT_EQ(got.report.rows_delivered, 1U);
}

TEST_F(CsvForm, CrLfByteOrderMarkAndAMissingLastLineEndChangeNothing) {
  FeedOptions options;
  options.take_last_line = true;
  const Reading got = read_text(
      "\xEF\xBB\xBFinstrument_id,timestamp_ns,last_price\r\n"
      "a,1609723740400000000,1\r\nb,1609723740400000001,2",
      options);
  ASSERT_EQ(got.error, "");
  ASSERT_EQ(got.rows.size(), 2U);
  EXPECT_EQ(got.rows[0].instrument_id, "a");
  EXPECT_EQ(got.rows[1].values[0], 2);
}

TEST_F(CsvForm, EmptyLinesAreNotRows) {
  const Reading got =
      rows("\na,1609723740400000000,1,2\n\n  \nb,1609723740400000000,1,2\n\n\r\n\n");
  ASSERT_EQ(got.error, "");
  ASSERT_EQ(got.rows.size(), 2U);
  EXPECT_EQ(got.rows[1].row_number, 1U);
}

TEST_F(CsvForm, QuotesMayHoldDelimitersQuotesAndLineEnds) {
  FeedOptions options;
  options.take_last_line = true;
  const Reading got = read_text(
      "\"instrument_id\",comment,timestamp_ns,\"last_price\"\n"
      "\"a,b\",\"say \"\"hi\"\"\",1609723740400000000,\"5\"\n"
      "\"q\"\"q\",\"two\r\nlines\nor three\",1609723740400000001, \"6\" \n"
      "c,plain,1609723740400000002,7\n"
      "c,\"last line\nwithout end\",1609723740400000003,8",
      options);
  ASSERT_EQ(got.error, "");
  ASSERT_EQ(got.rows.size(), 4U);
  EXPECT_EQ(got.rows[0].instrument_id, "a,b");
  EXPECT_EQ(got.rows[1].instrument_id, "q\"q");
  EXPECT_EQ(got.rows[1].values[0], 6);
  EXPECT_EQ(got.rows[3].values[0], 8);
}

TEST_F(CsvForm, LineNumbersCountTheLinesWithinQuotes) {
  const Reading got = read_text(
      "instrument_id,comment,timestamp_ns,last_price\n"
      "a,\"x\ny\nz\",1609723740400000000,5\n"
      "b,,1609723740400000001,abc\n");
  EXPECT_CONTAINS(got.error, "ticks.csv:5: ");
}

TEST_F(CsvForm, AStrayQuoteCostsItsOwnLineOnly) {
  const Reading got = rows(
      "a,1609723740400000000,1,2\n\"b,1609723740400000001,1,2\nc,1609723740400000002,1,2\n"
      "\"d\"x,1609723740400000003,1,2\n"
      "e,1609723740400000004,1,2\n",
      skipping());
  ASSERT_EQ(got.error, "");
  ASSERT_EQ(got.rows.size(), 3U);
  EXPECT_EQ(got.bad(BadRow::kBadQuoting), 2U);
  EXPECT_EQ(got.rows[1].instrument_id, "c");
  EXPECT_EQ(got.rows[2].row_number, 4U);
  EXPECT_CONTAINS(got.report.bad[static_cast<std::size_t>(BadRow::kBadQuoting)].first_example,
                  "ticks.csv:3: ");
}

TEST_F(CsvForm, AQuoteWithinACellIsALetter) {
  const Reading got = rows("a\"b,1609723740400000000,1,2\n");
  ASSERT_EQ(got.error, "");
  EXPECT_EQ(got.rows[0].instrument_id, "a\"b");
}

TEST_F(CsvForm, SemicolonsTabsAndBarsAreSeenInTheHeaderAndSaid) {
  for (const char delimiter : {';', '\t', '|'}) {
    std::string text(kHeader);
    text.append("a,1609723740400000000,1.5,2\n");
    for (char& c : text) c = c == ',' ? delimiter : c;
    const Reading got = read_text(text);
    ASSERT_EQ(got.error, "");
    EXPECT_EQ(got.rows.at(0).values[0], 1.5);
    EXPECT_TRUE(got.noted("columns are parted by"));
  }
}

TEST_F(CsvForm, AHeaderAloneIsAFileWithoutRows) {
  const Reading got = rows("");
  EXPECT_EQ(got.error, "");
  EXPECT_TRUE(got.rows.empty());
}

TEST_F(CsvForm, AnEmptyFileIsRefused) {
  EXPECT_CONTAINS(read_text("").error, "is empty");
  EXPECT_CONTAINS(read_text("\n\n").error, "is empty");
}

TEST_F(CsvForm, AHeaderlessFileIsRecognisedAndSaid) {
  const Reading got =
      read_text("rb2105,1609723740400000000,4321,7\nrb2105,1609723740400000001,1,1\n");
  EXPECT_CONTAINS(got.error, "seems to have no header");
  EXPECT_CONTAINS(got.error, "\"rb2105\"");
}

TEST_F(CsvForm, OtherFormatsAreNamed) {
  EXPECT_CONTAINS(read_text("PK\x03\x04zip").error, "zip");
  EXPECT_CONTAINS(read_text("PAR1....").error, "a Parquet file");
  EXPECT_CONTAINS(read_text("\x28\xb5\x2f\xfd....").error, "zstd");
  EXPECT_CONTAINS(read_text("instrument_id,timestamp_ns,close\ra,1,2\r").error, "CR alone");
  EXPECT_CONTAINS(read_text(std::string_view("bin\0ary,x\n1,2\n", 14)).error, "not UTF-8 text");
}

TEST_F(CsvForm, RowsFarBeyondTheBufferComeWhole) {
  std::string text(kHeader);
  constexpr std::size_t kRows = 120'000;  // several times the buffer
  for (std::size_t i = 0; i < kRows; ++i) {
    text += "rb2105," + std::to_string(1609723740400000000 + static_cast<std::int64_t>(i)) + "," +
            std::to_string(i) + ".5,1\n";
  }
  const Reading got = read_text(text);
  ASSERT_EQ(got.error, "");
  ASSERT_EQ(got.rows.size(), kRows);
  for (std::size_t i = 0; i < kRows; ++i) {
    ASSERT_EQ(got.rows[i].values[0], static_cast<double>(i) + 0.5);
    ASSERT_EQ(got.rows[i].row_number, i);
  }
}

TEST_F(CsvForm, StandardInputIsReadAsItComes) {
  int ends[2] = {-1, -1};
  ASSERT_EQ(::pipe(ends), 0);
  const int saved = ::dup(STDIN_FILENO);
  ASSERT_EQ(::dup2(ends[0], STDIN_FILENO), STDIN_FILENO);
  const std::string head = std::string(kHeader) + "a,1609723740400000000,1,2\n";
  ASSERT_EQ(::write(ends[1], head.data(), head.size()), static_cast<ssize_t>(head.size()));
  // The pipe is still open: opening and the first row must not wait for more.
  auto source = TickSource::open({"-"}, {});
  ASSERT_TRUE(source) << source.error().message;
  TickRow row;
  ASSERT_EQ((*source)->next(row), FeedStep::kRow);
  EXPECT_EQ(row.instrument_id, "a");
  const std::string_view tail = "b,1609723740400000000,x,2\n";
  ASSERT_EQ(::write(ends[1], tail.data(), tail.size()), static_cast<ssize_t>(tail.size()));
  ::close(ends[1]);
  ASSERT_EQ((*source)->next(row), FeedStep::kFailed);
  EXPECT_CONTAINS((*source)->error().message, "standard input:3: column \"last_price\" (3): \"x\"");
  ::dup2(saved, STDIN_FILENO);
  ::close(saved);
  ::close(ends[0]);
}

TEST_F(CsvForm, ASilentPipeCanBeLeft) {
  const std::string fifo = path("live.csv");
  ASSERT_EQ(::mkfifo(fifo.c_str(), 0600), 0);
  const int writer = ::open(fifo.c_str(), O_RDWR);
  ASSERT_GE(writer, 0);
  const std::string head = std::string(kHeader) + "a,1609723740400000000,1,2\n";
  ASSERT_EQ(::write(writer, head.data(), head.size()), static_cast<ssize_t>(head.size()));
  std::atomic<bool> stop = false;
  FeedOptions options;
  options.stop = &stop;
  auto source = TickSource::open({fifo}, options);
  ASSERT_TRUE(source) << source.error().message;
  TickRow row;
  ASSERT_EQ((*source)->next(row), FeedStep::kRow);
  std::thread stopper([&] { stop = true; });
  EXPECT_EQ((*source)->next(row), FeedStep::kFailed);
  EXPECT_EQ((*source)->error().code, Errc::kClosed);
  stopper.join();
  ::close(writer);
}

TEST_F(CsvForm, AReadErrorIsAnErrorAndNotAnEnd) {
  // At address 0 of a process there is nothing to read.
  const Reading got = read({"/proc/self/mem"});
  EXPECT_CONTAINS(got.error, "cannot read");
  EXPECT_EQ(got.code, Errc::kIo);
}

TEST_F(CsvForm, AFileThatIsNotThereIsKnownBeforeTheFirstRow) {
  const std::string first = write("a.csv", std::string(kHeader) + "a,1609723740400000000,1,2\n");
  const Reading got = read({first, path("missing.csv")});
  EXPECT_CONTAINS(got.error, "missing.csv: cannot open");
  EXPECT_EQ(got.code, Errc::kNotFound);
  EXPECT_TRUE(got.rows.empty());
  EXPECT_CONTAINS(read({first, first}).error, "given twice");
  EXPECT_CONTAINS(read({}).error, "no tick file");
}

// Failure: " A" and "A " became "A", two instruments one. Cause: the cell was trimmed like a
// number's. Cure: an id is what stands in its cell; that there are spaces is said.
TEST_F(CsvForm, AnIdIsWhatStandsInItsCellSpacesIncluded) {
  const Reading got = read_text(
      " symbol , ts , price \nA, 1609723800 , 1 \n  A,1609723801,2\nA ,1609723802,3\n"
      "\tA\t,1609723803,4\n\" A \",1609723804,5\n \"A\" ,1609723805,6\nA B,1609723806,7\n");
  ASSERT_EQ(got.error, "");
  ASSERT_EQ(got.rows.size(), 7U);
  const char* const ids[] = {"A", "  A", "A ", "\tA\t", " A ", "A", "A B"};
  for (std::size_t i = 0; i < got.rows.size(); ++i) {
    EXPECT_EQ(got.rows[i].instrument_id, ids[i]) << i;
    EXPECT_EQ(got.rows[i].values[0], static_cast<double>(i + 1)) << "numbers are trimmed";
  }
  EXPECT_TRUE(got.noted("\"  A\" has spaces around it"));
  EXPECT_FALSE(read_text("symbol,ts,price\nA B,1609723800,1\n").noted("spaces"));
}

}  // namespace
}  // namespace factorwal::feed
