// The market data of the project's shared folder reads whole. FACTORWAL_SHARED names the folder;
// else it is looked for beside the source folder.
#include <cstdlib>
#include <filesystem>

#include "feed/feed_fixture.h"

namespace factorwal::feed {
namespace {

struct OpenFile {
  const char* name;
  std::size_t rows;
  std::size_t instruments;
  std::size_t fields;
};

std::ostream& operator<<(std::ostream& out, const OpenFile& file) { return out << file.name; }

class OpenData : public FeedTest, public ::testing::WithParamInterface<OpenFile> {};

TEST_P(OpenData, HasAsManyRowsAsItsPageSays) {
  const char* shared = std::getenv("FACTORWAL_SHARED");
  const std::filesystem::path folder =
      shared != nullptr ? std::filesystem::path(shared)
                        : std::filesystem::path(FACTORWAL_SOURCE_DIR).parent_path() / "shared";
  const auto file = folder / "data" / "open" / (std::string(GetParam().name) + ".csv.gz");
  if (!std::filesystem::exists(file)) GTEST_SKIP() << file << " is not here";
  const Reading got = read({file.string()});
  ASSERT_EQ(got.error, "");
  EXPECT_EQ(got.rows.size(), GetParam().rows);
  EXPECT_EQ(got.fields.size(), GetParam().fields);
  EXPECT_EQ(got.report.backward_stamps, 0U);
  EXPECT_TRUE(got.noted("nanoseconds"));
  std::vector<std::string> ids;
  for (const ReadRow& row : got.rows) {
    if (std::find(ids.begin(), ids.end(), row.instrument_id) == ids.end()) {
      ids.push_back(row.instrument_id);
    }
  }
  EXPECT_EQ(ids.size(), GetParam().instruments);
}

INSTANTIATE_TEST_SUITE_P(
    Files, OpenData,
    ::testing::Values(OpenFile{"ticks_CFFEX_IF2101_20210104", 27955, 1, 8},
                      OpenFile{"ticks_BINANCE_UM_BTCUSDT_20240808_trades", 21313, 1, 8},
                      OpenFile{"ticks_BINANCE_multi_20240808_quotes_trades", 108818, 2, 8},
                      OpenFile{"bars_SHFE_rb_5m", 12000, 1, 5},
                      OpenFile{"bars_CN_futures_1d_multi", 20824, 16, 5},
                      OpenFile{"bars_XCME_6EH4_1m", 10000, 1, 5}),
    [](const auto& row) { return std::string(row.param.name); });

}  // namespace
}  // namespace factorwal::feed
