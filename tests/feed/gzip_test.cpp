#include "feed/feed_fixture.h"

namespace factorwal::feed {
namespace {

class GzipFeed : public FeedTest {
 protected:
  static std::string some_rows(int count) {
    std::string text = "instrument_id,timestamp_ns,last_price\n";
    for (int i = 0; i < count; ++i) {
      text += "rb2105," + std::to_string(1609723740400000000 + i) + "," +
              std::to_string(i * 7 % 31) + "\n";
    }
    return text;
  }
};

TEST_F(GzipFeed, IsToldByItsBytesNotByItsName) {
  const std::string text = some_rows(10);
  EXPECT_EQ(read({write("a.csv", gzip(text))}).rows.size(), 10U);
  EXPECT_EQ(read({write("a.csv.gz", text)}).rows.size(), 10U);
  EXPECT_EQ(read({write("b.csv.gz", gzip(text))}).rows.size(), 10U);
}

TEST_F(GzipFeed, SeveralMembersAreOneFileEvenWhenALineCrossesThem) {
  const std::string text = some_rows(100);
  std::string packed;
  for (std::size_t at = 0; at < text.size(); at += 333) packed += gzip(text.substr(at, 333));
  const Reading got = read({write("a.csv.gz", packed)});
  EXPECT_EQ(got.error, "");
  EXPECT_EQ(got.rows.size(), 100U);
}

TEST_F(GzipFeed, ZeroPaddingAfterTheEndIsTolerated) {
  const Reading got = read({write("a.csv.gz", gzip(some_rows(5)) + std::string(600, '\0'))});
  EXPECT_EQ(got.error, "");
  EXPECT_EQ(got.rows.size(), 5U);
}

TEST_F(GzipFeed, OtherBytesAfterTheEndAreDamage) {
  const Reading got = read({write("a.csv.gz", gzip(some_rows(5)) + "junk")}, skipping());
  EXPECT_CONTAINS(got.error, "a.csv.gz: damaged gzip: unknown bytes after the data's end");
  EXPECT_EQ(got.code, Errc::kCorruption);
}

TEST_F(GzipFeed, CutAnywhereItStopsWithSkipTooAndGivesNoHalfRow) {
  const std::string text = some_rows(60);
  const Reading whole = read({write("whole.csv", text)});
  const std::string packed = gzip(text);
  for (std::size_t size = 2; size < packed.size(); ++size) {
    const Reading got = read({write("cut.csv.gz", packed.substr(0, size))}, skipping());
    ASSERT_CONTAINS(got.error, "truncated gzip") << size;
    ASSERT_EQ(got.code, Errc::kCorruption);
    ASSERT_EQ(got.report.rows_bad, 0U) << size;
    ASSERT_LE(got.rows.size(), whole.rows.size());
    for (std::size_t i = 0; i < got.rows.size(); ++i) {
      ASSERT_EQ(got.rows[i].values, whole.rows[i].values) << size;
    }
  }
}

TEST_F(GzipFeed, AWrongChecksumStops) {
  std::string packed = gzip(some_rows(20));
  packed[packed.size() - 6] = static_cast<char>(packed[packed.size() - 6] ^ 1);
  const Reading got = read({write("a.csv.gz", packed)}, skipping());
  EXPECT_CONTAINS(got.error, "damaged gzip: incorrect data check");
}

}  // namespace
}  // namespace factorwal::feed
