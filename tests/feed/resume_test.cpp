// Going on where an earlier run stopped: no row twice, none left out.
#include <bit>
#include <filesystem>

#include "feed/feed_fixture.h"
#include "feed/generator/tick_generator_market.h"

namespace factorwal::feed {
namespace {

class Resume : public FeedTest {
 protected:
  static std::string day(int number, int rows) {
    std::string text = "symbol,ts,trading_day,price,volume,turnover\n";
    RandomBits random(static_cast<std::uint64_t>(number));
    std::int64_t volume = 0;
    for (int i = 0; i < rows; ++i) {
      volume += random.below(9);
      if (i % 17 == 11) text += "bad row\n";
      text += std::string(1, static_cast<char>('a' + random.below(3))) + "," +
              std::to_string(1609723800 + number * 86400 + i) + "," +
              std::to_string(20210104 + number) + "," + std::to_string(random.below(100)) + "," +
              std::to_string(volume) + "," + std::to_string(volume * 10) + "\n";
    }
    return text;
  }

  static void expect_same(const ReadRow& got, const ReadRow& expected) {
    EXPECT_EQ(got.instrument_id, expected.instrument_id);
    EXPECT_EQ(got.timestamp_ns, expected.timestamp_ns);
    EXPECT_EQ(got.position, expected.position);
    EXPECT_EQ(got.file_index, expected.file_index);
    ASSERT_EQ(got.values.size(), expected.values.size());
    for (std::size_t i = 0; i < got.values.size(); ++i) {
      EXPECT_EQ(std::bit_cast<std::uint64_t>(got.values[i]),
                std::bit_cast<std::uint64_t>(expected.values[i]));
    }
  }

  void resumes_everywhere(const FeedOptions& options) const {
    const std::vector<std::string> paths = {write("1.csv", day(0, 60)),
                                            write("2.csv.gz", gzip(day(1, 50))),
                                            write("3.csv", day(2, 40))};
    const Reading whole = read(paths, options);
    ASSERT_EQ(whole.error, "");
    for (std::size_t done = 1; done <= whole.rows.size(); ++done) {
      const Reading rest = read(paths, options, whole.rows[done - 1].position);
      ASSERT_EQ(rest.error, "") << done;
      ASSERT_EQ(rest.rows.size(), whole.rows.size() - done) << done;
      for (std::size_t i = 0; i < rest.rows.size(); ++i) {
        expect_same(rest.rows[i], whole.rows[done + i]);
        if (HasFailure()) FAIL() << "after " << done << " rows, row " << i;
      }
    }
  }
};

TEST_F(Resume, AfterAnyRowTheRestIsWhatItWouldHaveBeen) { resumes_everywhere(skipping()); }

TEST_F(Resume, RunningTotalsGoOnAsIfNeverStopped) {
  FeedOptions options = skipping();
  options.volume_mode = VolumeMode::kCumulative;
  resumes_everywhere(options);
}

std::vector<std::byte> encoded(const FeedPosition& position) {
  std::vector<std::byte> bytes;
  append_position(position, bytes);
  return bytes;
}

std::string hex_of(std::span<const std::byte> bytes) {
  std::string hex;
  for (const std::byte byte : bytes) {
    hex += "0123456789abcdef"[std::to_integer<unsigned>(byte) >> 4U];
    hex += "0123456789abcdef"[std::to_integer<unsigned>(byte) & 15U];
  }
  return hex;
}

TEST_F(Resume, PositionsAreFortyFourBytesOfWhichTheLastThreeChangeWithEachRow) {
  const FeedPosition position{{0x0102030405060708U, 0x1112131415161718U},
                              64 * 0x2122 + 63,
                              RowsCheck{0x31323334, 0x4142},
                              200};
  auto bytes = encoded(position);
  EXPECT_EQ(hex_of(bytes),
            "03"
            "0102030405060708"
            "1112131415161718"
            "00000000000000c8"
            "0000000000002122"
            "0000000031323334"
            "3f"
            "4142");
  auto decoded = decode_position(bytes);
  ASSERT_TRUE(decoded);
  EXPECT_EQ(*decoded, position);
  // As an earlier release wrote it.
  bytes[0] = std::byte{2};
  bytes.erase(bytes.begin() + 17, bytes.begin() + 25);
  ASSERT_EQ(bytes.size(), kFeedPositionV2Bytes);
  decoded = decode_position(bytes);
  ASSERT_TRUE(decoded);
  EXPECT_EQ(decoded->next_row, position.next_row);
  EXPECT_EQ(decoded->check, position.check);
  EXPECT_EQ(decoded->form_rows, 0U);
}

TEST_F(Resume, PositionsOfTheFirstFormAreStillRead) {
  const FeedPosition position{{0x0102030405060708U, 0x1112131415161718U}, 0x2122232425262728U};
  const auto bytes = encoded(position);
  EXPECT_EQ(hex_of(bytes),
            "01"
            "0102030405060708"
            "1112131415161718"
            "2122232425262728");
  auto decoded = decode_position(bytes);
  ASSERT_TRUE(decoded);
  EXPECT_EQ(*decoded, position);
}

TEST_F(Resume, APositionWithoutChecksumGoesOnAndSaysThatRowsWereNotCompared) {
  const std::string file = write("a.csv", "symbol,ts,price\na,1609723800,1\na,1609723801,2\n");
  FeedPosition position = read({file}).rows.front().position;
  position.check.reset();
  const Reading got = read({file}, {}, position);
  ASSERT_EQ(got.error, "");
  EXPECT_EQ(got.rows.size(), 1U);
  EXPECT_TRUE(got.noted("kept no checksum of its rows"));
}

TEST_F(Resume, BytesThatAreNoPositionAreRefused) {
  auto bytes = encoded({{}, 0, RowsCheck{}});
  EXPECT_FALSE(decode_position(std::span(bytes).first(43)));
  EXPECT_FALSE(decode_position(std::span(bytes).first(kFeedPositionV1Bytes)));
  EXPECT_FALSE(decode_position({}));
  bytes[0] = std::byte{4};
  auto newer = decode_position(bytes);
  ASSERT_FALSE(newer);
  EXPECT_EQ(newer.error().code, Errc::kUnsupportedVersion);
  bytes[0] = std::byte{0};
  EXPECT_FALSE(decode_position(bytes));
}

TEST_F(Resume, AFileThatGrewIsTheSameFileEvenIfItHadOneRow) {
  const std::string head = "symbol,ts,price\na,1609723800,1\n";
  const std::string file = write("live.csv", head);
  const Reading before = read({file});
  ASSERT_EQ(before.rows.size(), 1U);
  write("live.csv", head + "a,1609723801,2\na,1609723802,3\n");
  const Reading after = read({file}, {}, before.rows.back().position);
  ASSERT_EQ(after.error, "");
  ASSERT_EQ(after.rows.size(), 2U);
  EXPECT_EQ(after.rows[0].values[0], 2);
  EXPECT_EQ(after.report.rows_resumed, 1U);
  EXPECT_EQ(after.report.rows_read, 3U);
}

TEST_F(Resume, AReplacedFileIsRefusedWithAnExplanation) {
  const std::string file = write("a.csv", "symbol,ts,price\na,1609723800,1\n");
  const FeedPosition position = read({file}).rows.back().position;
  write("a.csv", "symbol,ts,price\na,1609999999,1\na,1609999999,1\n");
  const Reading got = read({file}, {}, position);
  EXPECT_CONTAINS(got.error, "a.csv: was replaced");
  EXPECT_EQ(got.code, Errc::kInvalidArgument);
}

TEST_F(Resume, AShortenedFileIsRefusedWithBothCounts) {
  const std::string head = "symbol,ts,price\na,1609723800,1\n";
  const std::string file = write("a.csv", head + "a,1609723801,2\na,1609723802,3\n");
  const FeedPosition position = read({file}).rows.back().position;
  write("a.csv", head);
  EXPECT_CONTAINS(read({file}, {}, position).error,
                  "a.csv: was shortened or replaced: it has 1 rows, but the earlier run read 3");
}

/// A file of which the first row says nothing: header and first row are always the same.
class ResumeChecked : public Resume {
 protected:
  static std::string rows(int count, int changed_row = 0) {
    std::string text = "symbol,ts,price\n";
    for (int i = 1; i <= count; ++i) {
      text += "a," + std::to_string(1609723800 + i) + "," + (i == changed_row ? "8" : "7") + "\n";
    }
    return text;
  }
  /// The position after `count` rows of a longer file.
  FeedPosition position_after(int count) const {
    const Reading whole = read({write("live.csv", rows(count + 3))});
    return whole.rows.at(static_cast<std::size_t>(count) - 1).position;
  }
};

TEST_F(ResumeChecked, OneByteChangedInAnyRowThatWasReadIsNoticed) {
  constexpr int kRead = 150;  // two finished blocks, and rows since
  const FeedPosition position = position_after(kRead);
  for (int changed = 2; changed <= kRead; ++changed) {
    const Reading got = read({write("live.csv", rows(kRead + 3, changed))}, {}, position);
    ASSERT_CONTAINS(got.error, "live.csv: was changed or replaced since it was read");
    ASSERT_CONTAINS(got.error,
                    changed <= 128 ? "rows 1 to 128 are not" : "rows 129 to 150 are not");
    ASSERT_CONTAINS(got.error, "or take this one as new data with --append");
    ASSERT_EQ(got.code, Errc::kInvalidArgument);
  }
  // What was not read yet may change.
  const Reading got = read({write("live.csv", rows(kRead + 3, kRead + 1))}, {}, position);
  EXPECT_EQ(got.error, "");
  ASSERT_EQ(got.rows.size(), 3U);
  EXPECT_EQ(got.rows[0].values[0], 8);
}

TEST_F(ResumeChecked, AFileThatWasAppendedToGoesOnPlainOrPacked) {
  for (const int read_rows : {1, 63, 64, 65, 128, 200}) {
    const std::string before = rows(read_rows);
    const std::string after = rows(read_rows + 100);
    for (const bool packed : {false, true}) {
      // The gzip is made anew, or gets a further member, as `gzip >> file` does.
      for (const bool member : {false, true}) {
        const std::string name = packed ? "live.csv.gz" : "live.csv";
        const Reading first = read({write(name, packed ? gzip(before) : before)});
        const std::string added = after.substr(before.size());
        write(name, !packed ? after : member ? gzip(before) + gzip(added) : gzip(after));
        const Reading got = read({path(name)}, {}, first.rows.back().position);
        ASSERT_EQ(got.error, "") << read_rows;
        ASSERT_EQ(got.rows.size(), 100U);
        EXPECT_EQ(got.report.rows_resumed, static_cast<std::uint64_t>(read_rows));
      }
    }
  }
}

TEST_F(ResumeChecked, ALastRowThatWasReadHalfIsNotTakenForTheWholeOne) {
  const std::string half = "symbol,ts,price\na,1609723800,1\na,1609723801,2";
  FeedOptions options;
  options.take_last_line = true;
  const FeedPosition position = read({write("live.csv", half)}, options).rows.back().position;
  write("live.csv", half + "5\na,1609723802,3\n");
  EXPECT_CONTAINS(read({path("live.csv")}, {}, position).error, "rows 1 to 2 are not");
  write("live.csv", half + "\na,1609723802,3\n");
  EXPECT_EQ(read({path("live.csv")}, {}, position).rows.size(), 1U);
}

TEST_F(ResumeChecked, AReplacedFileIsNoticedThoughItBeginsAlikeAndIsLonger) {
  const FeedPosition position = position_after(100);
  std::string other = rows(1);
  for (int i = 0; i < 500; ++i) other += "a," + std::to_string(1609999999 + i) + ",7\n";
  EXPECT_CONTAINS(read({write("live.csv", other)}, {}, position).error, "rows 1 to 64 are not");
  EXPECT_CONTAINS(read({write("live.csv.gz", gzip(other))}, {}, position).error,
                  "rows 1 to 64 are not");
}

TEST_F(ResumeChecked, AShortenedFileIsToldWithBothCounts) {
  const FeedPosition position = position_after(100);
  for (const int left : {1, 63, 64, 99}) {
    const std::string error = read({write("live.csv", rows(left))}, {}, position).error;
    // Of what is left, finished blocks agree, so that nothing worse is to be told.
    ASSERT_CONTAINS(error, "live.csv: was shortened or replaced: it has " + std::to_string(left) +
                               " rows, but the earlier run read 100 of it");
  }
}

TEST_F(ResumeChecked, AFileThatWasMovedIsFoundBesideAnotherThatTookItsPlaceAndBeginsAlike) {
  const FeedPosition position = position_after(100);
  const std::string fresh = write("live.csv", rows(1) + "a,1609999999,7\n");
  const std::string moved = write("live.1.csv", rows(103));
  const std::string decoy = write("decoy.csv", rows(103, 50));
  const Reading got = read({fresh, decoy, moved}, {}, position);
  ASSERT_EQ(got.error, "");
  ASSERT_EQ(got.rows.size(), 3U);
  EXPECT_EQ(got.rows[0].file_index, 2U);
  EXPECT_TRUE(got.noted("another path"));
  EXPECT_EQ(got.report.rows_read, 103U) << "rows of the files that did not fit do not count";
  EXPECT_EQ(got.report.rows_resumed, 100U);
  EXPECT_CONTAINS(read({fresh, decoy}, {}, position).error, "live.csv: was shortened or replaced");
}

TEST_F(ResumeChecked, TheSameContentElsewhereGoesOn) {
  const FeedPosition position = position_after(64);
  const Reading got = read({write("copy.csv.gz", gzip(rows(67)))}, {}, position);
  ASSERT_EQ(got.error, "");
  EXPECT_EQ(got.rows.size(), 3U);
  EXPECT_TRUE(got.noted("another path"));
}

TEST_F(Resume, AFileThatIsNotGivenAgainIsMissed) {
  const std::string old_file = write("a.csv", "symbol,ts,price\na,1609723800,1\n");
  const std::string new_file = write("b.csv", "symbol,ts,price\na,1609810200,1\n");
  const Reading got = read({new_file}, {}, read({old_file}).rows.back().position);
  EXPECT_CONTAINS(got.error, "none of the tick files given");
  EXPECT_EQ(got.code, Errc::kNotFound);
}

TEST_F(Resume, AFileThatMovedOrWasPackedIsFoundByItsContentAndSaid) {
  const std::string text = "symbol,ts,price\na,1609723800,1\na,1609723801,2\n";
  const FeedPosition position = read({write("a.csv", text)}).rows.front().position;
  const std::string other = write("other.csv", "symbol,ts,price\na,1609000000,1\n");
  const Reading got = read({other, write("moved.csv.gz", gzip(text))}, {}, position);
  ASSERT_EQ(got.error, "");
  ASSERT_EQ(got.rows.size(), 1U);
  EXPECT_EQ(got.rows[0].values[0], 2);
  EXPECT_TRUE(got.noted("another path"));
}

TEST_F(Resume, OfTwoFilesThatBeginAlikeTheOneUnderThePathCounts) {
  const std::string text = "symbol,ts,price\na,1609723800,1\na,1609723801,2\n";
  const std::string first = write("1.csv", text);
  const std::string second = write("2.csv", text);
  const Reading whole = read({first, second});
  const Reading got = read({first, second}, {}, whole.rows[2].position);
  ASSERT_EQ(got.rows.size(), 1U);
  EXPECT_EQ(got.rows[0].file_index, 1U);
}

TEST_F(Resume, TheFormOfTimestampsStaysTheFirstRows) {
  const std::string file =
      write("a.csv", "symbol,ts,price\na,1609723800,1\na,1609723801,2\na,1609723802000,3\n");
  const Reading whole = read({file}, skipping());
  const Reading got = read({file}, skipping(), whole.rows[1].position);
  EXPECT_TRUE(got.rows.empty());
  EXPECT_EQ(got.bad(BadRow::kAbsurdTimestamp), 1U);
}

class Cumulative : public Resume {};

TEST_F(Cumulative, TotalsBecomeDifferencesPerInstrumentAndEachFileStartsAnew) {
  FeedOptions options;
  options.volume_mode = VolumeMode::kCumulative;
  const std::string first = write("1.csv",
                                  "symbol,ts,price,volume,turnover\na,1609723800,1,100,1000\n"
                                  "b,1609723800,1,7,70\na,1609723801,1,130,1300\n"
                                  "a,1609723802,1,,\na,1609723803,1,150,1500\n");
  const std::string second =
      write("2.csv", "symbol,ts,price,volume\na,1609810200,1,9\na,1609810201,1,12\n");
  const Reading got = read({first, second}, options);
  ASSERT_EQ(got.error, "");
  ASSERT_EQ(got.rows.size(), 7U);
  EXPECT_TRUE(std::isnan(got.rows[0].values[1]));
  EXPECT_TRUE(std::isnan(got.rows[1].values[1]));
  EXPECT_EQ(got.rows[2].values[1], 30);
  EXPECT_EQ(got.rows[2].values[2], 300);
  EXPECT_TRUE(std::isnan(got.rows[3].values[1]));
  EXPECT_EQ(got.rows[4].values[1], 20);
  EXPECT_TRUE(std::isnan(got.rows[5].values[1]));
  EXPECT_EQ(got.rows[6].values[1], 3);
  EXPECT_TRUE(std::isnan(got.rows[6].values[2]));
}

// Field case 06a.
TEST_F(Cumulative, AFallWithinATradingDayIsACorrectionUnlessSessionsCount) {
  const std::string text =
      "symbol,TradingDay,timestamp,price,volume\nA,20200302,1583112600,10,1000000\n"
      "A,20200302,1583112605,10,1016000\nA,20200302,1583112610,10,1005000\n"
      "A,20200302,1583112615,10,1020000\n";
  FeedOptions options;
  options.volume_mode = VolumeMode::kCumulative;
  const auto volumes = [&] {
    const Reading got = read_text(text, options);
    EXPECT_EQ(got.error, "");
    EXPECT_EQ(got.report.volume_corrections,
              options.volume_mode == VolumeMode::kCumulative ? 1U : 0U);
    const auto at = std::find(got.fields.begin(), got.fields.end(), "volume") - got.fields.begin();
    std::vector<double> found;
    for (std::size_t i = 1; i < got.rows.size(); ++i) {
      found.push_back(got.rows[i].values[static_cast<std::size_t>(at)]);
    }
    return found;
  };
  EXPECT_EQ(volumes(), (std::vector<double>{16'000, 0, 4'000}));
  options.volume_mode = VolumeMode::kSession;
  EXPECT_EQ(volumes(), (std::vector<double>{16'000, 1'005'000, 15'000}));
}

TEST_F(Cumulative, ANewTradingDayWithinAFileStartsAtZero) {
  FeedOptions options;
  options.volume_mode = VolumeMode::kCumulative;
  const Reading got = read_text(
      "symbol,ts,TradingDay,price,volume\na,1609723800,2021-01-04,1,100\n"
      "a,1609810200,2021-01-05,1,400\na,1609810201,2021-01-05,1,410\n",
      options);
  ASSERT_EQ(got.error, "");
  EXPECT_EQ(got.rows[1].values.back(), 400);
  EXPECT_EQ(got.rows[2].values.back(), 10);
}

}  // namespace
}  // namespace factorwal::feed
