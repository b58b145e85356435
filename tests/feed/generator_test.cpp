#include <bit>
#include <cmath>
#include <map>
#include <set>

#include "factorwal/feed/generator.h"
#include "feed/feed_fixture.h"
#include "feed/generator/tick_generator.h"

namespace factorwal::feed {
namespace {

std::uint64_t mix(std::uint64_t hash, std::uint64_t value) {
  return (hash ^ value) * 0x100000001b3U;
}

std::uint64_t digest(TickStream& stream, std::uint64_t* count = nullptr) {
  std::uint64_t hash = 0xcbf29ce484222325U;
  TickRow row;
  while (stream.next(row) == FeedStep::kRow) {
    for (const char c : row.instrument_id) hash = mix(hash, static_cast<unsigned char>(c));
    hash = mix(hash, static_cast<std::uint64_t>(row.timestamp_ns));
    for (const double value : row.values) hash = mix(hash, std::bit_cast<std::uint64_t>(value));
    if (count != nullptr) ++*count;
  }
  return hash;
}

std::unique_ptr<TickGenerator> generator(std::uint64_t seed, std::uint64_t rows,
                                         std::size_t instruments) {
  auto made = TickGenerator::make({seed, rows, instruments});
  EXPECT_TRUE(made);
  return std::move(*made);
}

class TickGeneratorTest : public FeedTest {};

TEST_F(TickGeneratorTest, TheSameSeedGivesTheSameBitsOnEveryMachine) {
  // Found once, with g++ 12 on x86-64; any other compiler and machine must find it too.
  EXPECT_EQ(digest(*generator(1, 20'000, 4)), 7488707819598241907U);
}

TEST_F(TickGeneratorTest, AnotherSeedGivesOtherTicks) {
  EXPECT_NE(digest(*generator(1, 1000, 4)), digest(*generator(2, 1000, 4)));
}

TEST_F(TickGeneratorTest, RowsAreInOrderOfTimeAndInstrumentsInterleaved) {
  auto stream = generator(7, 50'000, 6);
  TickRow row;
  TimestampNs newest = 0;
  std::map<std::string, std::uint64_t, std::less<>> counts;
  while (stream->next(row) == FeedStep::kRow) {
    ASSERT_GE(row.timestamp_ns, newest);
    newest = row.timestamp_ns;
    ++counts[std::string(row.instrument_id)];
  }
  EXPECT_EQ(counts.size(), 6U);
  for (const auto& [id, count] : counts) EXPECT_GT(count, 500U) << id;
}

TEST_F(TickGeneratorTest, PricesAreOnTheirTicksWithGapsMissingCellsAndOneSidedBooks) {
  auto stream = generator(3, 200'000, 4);
  TickRow row;
  std::map<std::string, TimestampNs, std::less<>> last;
  std::uint64_t one_sided = 0;
  std::uint64_t no_volume = 0;
  std::uint64_t long_gaps = 0;
  while (stream->next(row) == FeedStep::kRow) {
    const auto& values = row.values;
    if (row.instrument_id.starts_with("IF") && !std::isnan(values[0])) {
      const double fifths = values[0] * 5;
      ASSERT_NEAR(fifths, std::round(fifths), 1e-6);
    }
    if (std::isnan(values[4]) != std::isnan(values[6])) ++one_sided;
    if (!std::isnan(values[4]) && !std::isnan(values[6])) {
      ASSERT_LT(values[4], values[6]);
    }
    if (std::isnan(values[1])) ++no_volume;
    auto& before = last[std::string(row.instrument_id)];
    if (before != 0 && row.timestamp_ns - before > 20'000'000'000) ++long_gaps;
    before = row.timestamp_ns;
  }
  EXPECT_GT(one_sided, 20U);
  EXPECT_GT(no_volume, 5U);
  EXPECT_GT(long_gaps, 5U);
}

TEST_F(TickGeneratorTest, ThroughCsvAndReaderEveryBitComesBack) {
  const GeneratorOptions options{11, 30'000, 9};
  const std::string file = path("generated.csv");
  std::FILE* out = std::fopen(file.c_str(), "wb");
  ASSERT_NE(out, nullptr);
  ASSERT_TRUE(write_csv(out, options));
  std::fclose(out);
  auto source = TickSource::open({file}, {});
  ASSERT_TRUE(source) << source.error().message;
  auto direct = generator(options.seed, options.row_count, options.instrument_count);
  EXPECT_EQ((*source)->schema(), direct->schema());
  std::uint64_t count = 0;
  EXPECT_EQ(digest(**source, &count), digest(*direct));
  EXPECT_EQ(count, options.row_count);
  EXPECT_EQ((*source)->report().backward_stamps, 0U);
}

TEST_F(TickGeneratorTest, AResumedGeneratorGoesOnAsIfNeverStopped) {
  auto whole = generator(5, 3000, 4);
  TickRow row;
  for (int i = 0; i < 1000; ++i) ASSERT_EQ(whole->next(row), FeedStep::kRow);
  auto resumed = TickGenerator::make({5, 3000, 4}, row.position);
  ASSERT_TRUE(resumed);
  EXPECT_EQ(digest(**resumed), digest(*whole));
  EXPECT_EQ((*resumed)->report().rows_resumed, 1000U);
  auto other = TickGenerator::make({6, 3000, 4}, row.position);
  ASSERT_FALSE(other);
  EXPECT_EQ(other.error().code, Errc::kNotFound);
}

TEST_F(TickGeneratorTest, InstrumentsAreNumberedByTheirFirstAppearance) {
  auto stream = generator(1, 10'000, 4);
  TickBatch batch;
  std::vector<std::string_view> seen;
  while (stream->next_batch(batch) == FeedStep::kRow) {
    for (const auto instrument : batch.instruments) {
      ASSERT_LE(instrument, seen.size());
      if (instrument == seen.size()) seen.push_back(batch.ids[instrument]);
      ASSERT_EQ(batch.ids[instrument], seen[instrument]);
    }
    ASSERT_EQ(batch.ids.size(), seen.size());
  }
  EXPECT_EQ(seen.size(), 4U);
}

TEST_F(TickGeneratorTest, TenThousandInstrumentsHaveTenThousandNames) {
  std::set<std::string> ids;
  for (std::size_t i = 0; i < 10'000; ++i) ids.insert(SimulatedInstrument(1, i).id());
  EXPECT_EQ(ids.size(), 10'000U);
}

TEST_F(TickGeneratorTest, AWriteThatFailsIsAnError) {
  std::FILE* full = std::fopen("/dev/full", "wb");
  if (full == nullptr) GTEST_SKIP() << "no /dev/full here";
  const Status status = write_csv(full, {1, 100'000, 4});
  std::fclose(full);
  ASSERT_FALSE(status);
  EXPECT_EQ(status.error().code, Errc::kIo);
}

}  // namespace
}  // namespace factorwal::feed
