// Batches of Arrow rows, which are read in runs, are the rows one by one.
#include <bit>

#include "factorwal/feed/arrow.h"
#include "factorwal/feed/source_position.h"
#include "feed/arrow_tables.h"
#include "feed/feed_fixture.h"

namespace factorwal::feed {
namespace {

constexpr std::int64_t kFirstNs = 1'609'723'800'000'000'000;  // 2021-01-04T01:30:00Z

/// A stream in which each kind of row that needs a closer look comes now and then.
struct Rows {
  std::vector<std::optional<std::string>> ids;
  std::vector<std::optional<std::int64_t>> times;
  std::vector<std::optional<double>> prices;
  std::vector<std::optional<std::string>> volumes;

  explicit Rows(std::int64_t begin, std::int64_t count, bool are_bad) {
    for (std::int64_t i = begin; i < begin + count; ++i) {
      // More and more instruments, short and long ids, and one with a guard.
      const auto number = std::to_string(i % (1 + i / 40));
      ids.emplace_back(i % 7 == 0 ? "an instrument with a long id " + number : "cu" + number);
      if (i % 97 == 5) ids.back() = "=\"cu" + number + "\"";
      times.emplace_back(kFirstNs + i * 500'000'000);
      if (i % 50 == 20) times.back() = kFirstNs;  // backward
      prices.emplace_back(100 + 0.5 * static_cast<double>(i % 13));
      if (i % 11 == 3) prices.back() = std::nullopt;
      if (i % 61 == 7) prices.back() = 1.7e308;
      volumes.emplace_back(std::to_string(i % 9));
      if (!are_bad) continue;
      if (i % 83 == 30) ids.back() = std::nullopt;
      if (i % 89 == 40) times.back() = std::nullopt;
      if (i % 101 == 50) volumes.back() = "x";
    }
  }
};

class ArrowBatches : public FeedTest {
 protected:
  using Make = HandColumn (*)(const Rows& rows);

  static Result<std::unique_ptr<TickSource>> open(Make ids, Make times,
                                                  const FeedOptions& options) {
    std::vector<HandColumn> batches;
    std::int64_t begin = 0;
    for (const std::int64_t count : {300, 1, 700}) {
      const Rows rows(begin, count, options.on_bad_row == OnBadRow::kSkip);
      batches.push_back(hand::table({ids(rows), times(rows), hand::doubles("price", rows.prices),
                                     hand::texts("volume", rows.volumes)}));
      begin += count;
    }
    return open_arrow_stream(hand::stream(std::move(batches)), options);
  }

  static void expect_same(Make ids, Make times, const FeedOptions& options) {
    const Reading single = read_all(open(ids, times, options), std::nullopt);
    ASSERT_EQ(single.error, "");
    for (const std::size_t most : {1U, 7U, 256U, 5000U}) {
      auto source = open(ids, times, options);
      ASSERT_TRUE(source);
      std::size_t at = 0;
      TickBatch batch;
      while ((*source)->next_batch(batch, most) == FeedStep::kRow) {
        ASSERT_LE(batch.size(), most);
        ASSERT_EQ(batch.positions.size(), batch.size());
        std::vector<PositionBytes> encoded(batch.size());
        batch.positions.encode(7, encoded);
        for (std::size_t i = 0; i < batch.size(); ++i, ++at) {
          const auto& row = single.rows.at(at);
          ASSERT_EQ(batch.ids.at(batch.instruments[i]), row.instrument_id) << at;
          ASSERT_EQ(batch.times_ns[i], row.timestamp_ns) << at;
          for (std::size_t field = 0; field < 2; ++field) {
            ASSERT_EQ(std::bit_cast<std::uint64_t>(batch.values[2 * i + field]),
                      std::bit_cast<std::uint64_t>(row.values[field]))
                << at;
          }
          ASSERT_EQ(batch.positions[i], row.position) << at;
          std::vector<std::byte> bytes;
          append_source_position(7, row.position, bytes);
          ASSERT_TRUE(std::ranges::equal(encoded[i].span(), bytes)) << at;
        }
        // A caller may bring another batch at any time.
        if (at % 3 == 0) batch = TickBatch();
      }
      EXPECT_EQ(at, single.rows.size()) << most;
      const FeedReport& report = (*source)->report();
      EXPECT_EQ(report.rows_read, single.report.rows_read);
      EXPECT_EQ(report.rows_delivered, single.report.rows_delivered);
      EXPECT_EQ(report.rows_bad, single.report.rows_bad);
      EXPECT_EQ(report.backward_stamps, single.report.backward_stamps);
      EXPECT_EQ(report.ambiguous_times, single.report.ambiguous_times);
      EXPECT_EQ(report.notes.size(), single.report.notes.size());
    }
  }

  static HandColumn texts(const Rows& rows) { return hand::texts("symbol", rows.ids); }
  static HandColumn views(const Rows& rows) { return hand::texts("symbol", rows.ids, "vu"); }
  static HandColumn coded(const Rows& rows) {
    std::vector<std::optional<std::int32_t>> places;
    std::vector<std::optional<std::string>> words;
    for (const auto& id : rows.ids) {
      const auto found = std::ranges::find(words, id);
      if (!id) {
        places.emplace_back();
        continue;
      }
      places.emplace_back(static_cast<std::int32_t>(found - words.begin()));
      if (found == words.end()) words.push_back(id);
    }
    return hand::coded("symbol", "i", places, hand::texts("", words));
  }
  static HandColumn utc(const Rows& rows) { return hand::longs("ts", "tsn:UTC", rows.times); }
  static HandColumn naive(const Rows& rows) { return hand::longs("ts", "tsn:", rows.times); }
  static HandColumn micros(const Rows& rows) {
    auto times = rows.times;
    for (auto& time : times) {
      if (time) *time /= 1'000;
    }
    return hand::longs("ts", "tsu:", times);
  }
  static FeedOptions skipping() {
    FeedOptions options;
    options.on_bad_row = OnBadRow::kSkip;
    return options;
  }
};

TEST_F(ArrowBatches, OfGoodRowsAreTheRowsOneByOne) {
  expect_same(texts, utc, {});
  expect_same(views, naive, {});
  expect_same(coded, micros, {});
}

TEST_F(ArrowBatches, LeaveOutTheBadRowsAndNoOther) {
  expect_same(texts, micros, skipping());
  expect_same(views, utc, skipping());
  expect_same(coded, naive, skipping());
}

TEST_F(ArrowBatches, OfAZoneKnowItsClock) {
  FeedOptions options = skipping();
  options.time_zone = "America/New_York";
  expect_same(views, naive, options);
}

TEST_F(ArrowBatches, FollowRunningTotals) {
  FeedOptions options = skipping();
  options.volume_mode = VolumeMode::kCumulative;
  expect_same(coded, utc, options);
}

TEST_F(ArrowBatches, GoOnBehindAnyRow) {
  const FeedOptions options = skipping();
  const Reading single = read_all(open(views, utc, options), std::nullopt);
  for (const std::size_t at : {0U, 1U, 255U, 290U, 298U, 299U, 600U}) {
    auto source = open(views, utc, options);
    ASSERT_TRUE(source);
    ASSERT_TRUE((*source)->go_on_at(single.rows.at(at).position));
    TickBatch batch;
    ASSERT_EQ((*source)->next_batch(batch, 5), FeedStep::kRow);
    for (std::size_t i = 0; i < batch.size(); ++i) {
      EXPECT_EQ(batch.positions[i], single.rows.at(at + 1 + i).position);
      EXPECT_EQ(batch.ids.at(batch.instruments[i]), single.rows[at + 1 + i].instrument_id);
    }
  }
}

TEST(PositionLists, KeepEachPosition) {
  const auto at = [](std::uint64_t row, std::optional<std::uint16_t> check, std::uint64_t file) {
    FeedPosition position{{file, 2}, row, {}, 3};
    if (check) position.check = RowsCheck{row, *check};
    return position;
  };
  std::vector<FeedPosition> all;
  for (std::uint64_t row = 0; row < 40; ++row) {
    const std::uint64_t file = row < 20 ? 1 : 7;
    const auto check =
        row < 10 || row > 30 ? std::optional<std::uint16_t>(row * row) : std::nullopt;
    if (row % 9 != 4) all.push_back(at(row < 20 ? row : row - 20, check, file));
  }
  PositionList list;
  for (int round = 0; round < 2; ++round) {
    list.clear();
    for (const auto& position : all) list.push_back(position);
    ASSERT_EQ(list.size(), all.size());
    std::vector<PositionBytes> encoded(all.size());
    list.encode(7, encoded);
    for (std::size_t i = 0; i < all.size(); ++i) {
      EXPECT_EQ(list[i], all[i]) << i;
      std::vector<std::byte> bytes;
      append_source_position(7, all[i], bytes);
      EXPECT_TRUE(std::ranges::equal(encoded[i].span(), bytes)) << i;
    }
  }
}

}  // namespace
}  // namespace factorwal::feed
