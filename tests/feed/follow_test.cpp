// Files that grow while they are read, and files that take the place of others.

#include <chrono>
#include <random>

#include "feed_fixture.h"

namespace factorwal::feed {
namespace {

const std::string kColumns = "symbol,timestamp,price,volume\n";

std::string row_text(int i) {
  return "S" + std::to_string(i % 3) + "," + std::to_string(1700000000 + i) + "," +
         std::to_string(i) + ".25," + std::to_string(10 + i) + "\n";
}

class Follow : public FeedTest {
 protected:
  static FeedOptions following() {
    FeedOptions options;
    options.follow = true;
    options.words = tool::feed_words();
    return options;
  }
  void append(const std::string& name, std::string_view text) const {
    std::ofstream(path(name), std::ios::binary | std::ios::app) << text;
  }
  void rename(const std::string& from, const std::string& to) const {
    std::filesystem::rename(path(from), path(to));
  }
  /// As if it had been written so long ago: nothing more is waited for.
  void age(const std::string& name, int seconds) const {
    std::filesystem::last_write_time(
        path(name), std::filesystem::file_time_type::clock::now() - std::chrono::seconds(seconds));
  }
  std::unique_ptr<TickSource> open(const std::string& name = "ticks.csv",
                                   std::optional<FeedPosition> begun = std::nullopt) const {
    auto source = TickSource::open({path(name)}, following(), begun);
    EXPECT_TRUE(source) << source.error().message;
    return source ? std::move(*source) : nullptr;
  }
  /// The closes of the rows that are there; ends at kIdle.
  static std::vector<double> take(TickSource& source, FeedPosition* position = nullptr) {
    std::vector<double> closes;
    TickRow row;
    FeedStep step = FeedStep::kRow;
    while ((step = source.next(row)) == FeedStep::kRow) {
      closes.push_back(row.values[0]);
      if (position != nullptr) *position = row.position;
    }
    EXPECT_EQ(step, FeedStep::kIdle);
    return closes;
  }
  using Closes = std::vector<double>;
};

TEST_F(Follow, GivesWholeLinesAsTheyAreFinished) {
  write("ticks.csv", kColumns + row_text(0));
  const auto source = open();
  EXPECT_EQ(take(*source), Closes{0.25});
  EXPECT_EQ(take(*source), Closes{});
  append("ticks.csv", "S1,1700000001,1");
  EXPECT_EQ(take(*source), Closes{}) << "half a number is a wrong number";
  append("ticks.csv", "4.5,3\r");
  EXPECT_EQ(take(*source), Closes{});
  append("ticks.csv", "\n" + row_text(2) + "S0,17");
  EXPECT_EQ(take(*source), (Closes{14.5, 2.25}));
  TickBatch batch;
  EXPECT_EQ(source->next_batch(batch), FeedStep::kIdle);
  append("ticks.csv", "00000009,9,9\n");
  EXPECT_EQ(source->next_batch(batch), FeedStep::kRow);
  EXPECT_EQ(batch.size(), 1U);
}

TEST_F(Follow, PiecesOfAnySizeGiveWhatTheWholeFileGives) {
  std::string text = kColumns;
  for (int i = 0; i < 400; ++i) text += row_text(i);
  text += "\"S\"\"x\ny\",1700000500,7,8\n";  // a quoted line end
  for (int i = 401; i < 500; ++i) text += row_text(i);
  const Reading whole = read_text(text);
  ASSERT_EQ(whole.error, "");
  ASSERT_EQ(whole.rows.size(), 500U);
  for (unsigned seed = 1; seed <= 20; ++seed) {
    std::mt19937 random(seed);
    const std::string name = "grows" + std::to_string(seed) + ".csv";
    write(name, "");
    std::unique_ptr<TickSource> source;
    std::vector<double> closes;
    std::optional<FeedPosition> position;
    for (std::size_t at = 0; at < text.size();) {
      const std::size_t size = std::min<std::size_t>(1 + random() % 300, text.size() - at);
      append(name, std::string_view(text).substr(at, size));
      at += size;
      if (random() % 20 == 0) source.reset();  // a crash
      if (!source) {
        auto opened = TickSource::open({path(name)}, following(), position);
        if (!opened) {
          ASSERT_EQ(opened.error().code, Errc::kTimeout) << opened.error().message;
          continue;
        }
        source = std::move(*opened);
        if (position) {
          const Status found = source->go_on_at(*position);
          ASSERT_TRUE(found) << found.error().message;
        }
      }
      FeedPosition last;
      const std::vector<double> some = take(*source, &last);
      if (!some.empty()) position = last;
      closes.insert(closes.end(), some.begin(), some.end());
    }
    std::vector<double> expected;
    for (const ReadRow& row : whole.rows) expected.push_back(row.values[0]);
    EXPECT_EQ(closes, expected) << "seed " << seed;
  }
}

TEST_F(Follow, AFileThatDoesNotTellItsFormYetIsTriedAgain) {
  const auto refusal = [&](const std::string& text) {
    auto source = TickSource::open({write("ticks.csv", text)}, following());
    return source ? std::string("read")
                  : std::string(to_string(source.error().code)) + ": " + source.error().message;
  };
  EXPECT_CONTAINS(refusal(""), "timeout");
  EXPECT_CONTAINS(refusal("symbol,timest"), "its header is not there yet");
  EXPECT_CONTAINS(refusal(kColumns), "its first row is not there yet");
  EXPECT_CONTAINS(refusal("symbol,date,time,price\nA,13/02/2024,"), "its first row");
  EXPECT_CONTAINS(refusal("symbol,date,time,price\nA,03/02/2024,09:30,1\n"),
                  "do not tell the form");
  EXPECT_EQ(refusal("symbol,date,time,price\nA,03/02/2024,09:30,1\nA,13/02/2024,09:30,1\n"),
            "read");
}

// Failure: the form was decided anew from more rows, and what was logged was read otherwise.
TEST_F(Follow, AFileThatHasGrownIsReadAsItWasReadFirst) {
  const std::string begin = "symbol,timestamp,price,code\nA,1700000000,1,7\n";
  write("ticks.csv", begin);
  FeedPosition position;
  auto source = open();
  EXPECT_EQ(source->schema().names(), (std::vector<std::string>{"close", "code"}));
  EXPECT_EQ(take(*source, &position), Closes{1});
  append("ticks.csv", "A,1700000001,2,x\nA,1700000002,3,9\n");
  EXPECT_EQ(open()->schema().names(), (std::vector<std::string>{"close"})) << "as a new file";
  source = open("ticks.csv", position);
  EXPECT_EQ(source->schema().names(), (std::vector<std::string>{"close", "code"}));
  ASSERT_TRUE(source->go_on_at(position));
  EXPECT_EQ(take(*source), (Closes{2, 3}));
}

TEST_F(Follow, RenamedFilesAreReadToTheirEndAndThenTheNext) {
  write("ticks.csv", kColumns + row_text(0));
  const auto source = open();
  EXPECT_EQ(take(*source), Closes{0.25});
  append("ticks.csv", row_text(1));
  rename("ticks.csv", "ticks.csv.1");
  append("ticks.csv.1", row_text(2));
  EXPECT_EQ(take(*source), (Closes{1.25, 2.25}));
  write("ticks.csv", "");
  append("ticks.csv.1", row_text(3));
  age("ticks.csv.1", 100);
  EXPECT_EQ(take(*source), Closes{3.25})
      << "its successor is empty: the writer may not have turned";
  write("ticks.csv", kColumns + row_text(5));
  append("ticks.csv.1", "S0,1700000004,4.25,1");
  EXPECT_EQ(take(*source), Closes{}) << "the writer may be within the line";
  age("ticks.csv.1", 5);
  EXPECT_EQ(take(*source), Closes{});
  age("ticks.csv.1", 100);
  EXPECT_EQ(take(*source), (Closes{4.25, 5.25})) << "the last line of a finished file";
  // Two at once.
  append("ticks.csv", row_text(6));
  rename("ticks.csv", "ticks.csv.2");
  age("ticks.csv.2", 90);
  write("ticks.csv", kColumns + row_text(7));
  rename("ticks.csv", "ticks-20260301.csv");
  age("ticks-20260301.csv", 80);
  write("ticks.csv", kColumns + row_text(8));
  write("ticks_other.csv", kColumns + row_text(99));
  EXPECT_EQ(take(*source), (Closes{6.25, 7.25, 8.25}));
}

// Failures: the whole old file was read again, half a line of it was taken, late lines were lost.
TEST_F(Follow, AFileThatGrowsOnAfterItWasRenamedIsReadOnBeforeTheNext) {
  write("ticks.csv", kColumns + row_text(0) + "S0,1700000001,1");
  const auto source = open();
  EXPECT_EQ(take(*source), Closes{0.25});
  rename("ticks.csv", "ticks.csv.1");
  write("ticks.csv", kColumns);
  age("ticks.csv.1", 100);
  EXPECT_EQ(take(*source), Closes{}) << "the successor does not tell its form yet";
  append("ticks.csv.1", ".5,3\n");
  EXPECT_EQ(take(*source), Closes{1.5});
  append("ticks.csv", row_text(3));
  EXPECT_EQ(take(*source), Closes{}) << "written to within the last second";
  append("ticks.csv.1", row_text(2));
  age("ticks.csv.1", 2);
  EXPECT_EQ(take(*source), (Closes{2.25, 3.25}));
  append("ticks.csv.1", row_text(9));
  EXPECT_EQ(take(*source), Closes{});
  EXPECT_TRUE(std::any_of(source->report().notes.begin(), source->report().notes.end(),
                          [](const FeedNote& note) {
                            return note.text.find("got further lines") != std::string::npos;
                          }))
      << "too late, but not without a word";
}

TEST_F(Follow, GoesOnInAFileThatWasRenamedMeanwhile) {
  write("ticks.csv", kColumns + row_text(0) + row_text(1));
  FeedPosition position;
  EXPECT_EQ(take(*open(), &position), (Closes{0.25, 1.25}));
  write("ticks.csv.1.gz", gzip(kColumns + row_text(0) + row_text(1) + row_text(2)));
  age("ticks.csv.1.gz", 100);
  write("ticks.csv.0", kColumns + row_text(3));
  age("ticks.csv.0", 90);
  write("ticks.csv", kColumns + row_text(4));
  const auto source = open("ticks.csv", position);
  const Status found = source->go_on_at(position);
  ASSERT_TRUE(found) << found.error().message;
  EXPECT_EQ(take(*source), (Closes{2.25, 3.25, 4.25}));
}

// Failure: the run died while logrotate packed the file that it had just read.
TEST_F(Follow, AFileThatIsBeingPackedIsNoSuccessor) {
  write("ticks.csv", kColumns + row_text(0));
  const auto source = open();
  EXPECT_EQ(take(*source), Closes{0.25});
  rename("ticks.csv", "ticks.csv.1");
  age("ticks.csv.1", 100);
  write("ticks.csv", kColumns + row_text(1));
  const std::string packed = gzip(kColumns + row_text(0));
  write("ticks.csv.1.gz", packed.substr(0, packed.size() / 2));
  EXPECT_EQ(take(*source), Closes{1.25});
  std::filesystem::remove(path("ticks.csv.1"));
  write("ticks.csv.1.gz", packed);
  age("ticks.csv.1.gz", 100);
  append("ticks.csv", row_text(2));
  EXPECT_EQ(take(*source), Closes{2.25});
}

// Failure: half a record, up to a line end within quotes, decided the form, and its time was bad.
TEST_F(Follow, ARecordWithinQuotesDoesNotTellTheForm) {
  write("ticks.csv", "symbol,time,note,close\nA,2020-03-02 09:30:03,\"x\n");
  auto source = TickSource::open({path("ticks.csv")}, following());
  ASSERT_FALSE(source);
  EXPECT_EQ(source.error().code, Errc::kTimeout);
  append("ticks.csv", "y\",3\n");
  EXPECT_EQ(take(*open()), Closes{3});
}

TEST_F(Follow, AFileThatIsNotThereYetIsWaitedFor) {
  auto source = TickSource::open({path("ticks.csv")}, following());
  ASSERT_FALSE(source);
  EXPECT_EQ(source.error().code, Errc::kTimeout);
  EXPECT_CONTAINS(source.error().message, "is not there yet");
}

// Failure: a file that was emptied and had grown beyond its old size was read on in its middle.
TEST_F(Follow, AFileThatWasEmptiedAndWrittenAnewIsToldAlsoIfItIsLonger) {
  write("ticks.csv", kColumns + row_text(0) + row_text(1));
  const auto source = open();
  EXPECT_EQ(take(*source).size(), 2U);
  std::string text = kColumns;
  for (int i = 10; i < 20; ++i) text += row_text(i);
  write("ticks.csv", text);
  TickRow row;
  EXPECT_EQ(source->next(row), FeedStep::kFailed);
  EXPECT_CONTAINS(source->error().message, "was emptied or written anew");
}

TEST_F(Follow, ShortenedAndPackedFilesAreRefused) {
  write("ticks.csv", kColumns + row_text(0) + row_text(1));
  const auto source = open();
  EXPECT_EQ(take(*source).size(), 2U);
  write("ticks.csv", kColumns);
  TickRow row;
  EXPECT_EQ(source->next(row), FeedStep::kFailed);
  EXPECT_CONTAINS(source->error().message, "was emptied or written anew");
  auto packed = TickSource::open({write("t.csv.gz", gzip(kColumns + row_text(0)))}, following());
  ASSERT_FALSE(packed);
  EXPECT_CONTAINS(packed.error().message, "is packed, and cannot be followed");
}

TEST_F(Follow, FilesBeforeTheLastAreFinished) {
  write("day1.csv", kColumns + row_text(0) + "S0,1700000001,1.25,1");
  write("day2.csv", kColumns + row_text(2) + "S0,1700000003,3.2");
  auto source = TickSource::open({path("day1.csv"), path("day2.csv")}, following());
  ASSERT_TRUE(source);
  EXPECT_EQ(take(**source), (Closes{0.25, 1.25, 2.25}));
}

}  // namespace
}  // namespace factorwal::feed
