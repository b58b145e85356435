// The market data of the project's shared folder, as Parquet and Arrow files of other programs,
// gives the same ticks, bit for bit, as the CSV files that they were made of.

#include <filesystem>
#include <fstream>

#include "support/archive_python.h"
#include "tool/tool_fixture.h"

namespace factorwal::test {
namespace {

class ArrowOpenData : public ToolTest, public ::testing::WithParamInterface<const char*> {
 protected:
  void SetUp() override {
    const char* shared = std::getenv("FACTORWAL_SHARED");
    const std::filesystem::path folder =
        shared != nullptr ? std::filesystem::path(shared)
                          : std::filesystem::path(FACTORWAL_SOURCE_DIR).parent_path() / "shared";
    csv_ = (folder / "data" / "open" / (std::string(GetParam()) + ".csv.gz")).string();
    if (!std::filesystem::exists(csv_)) GTEST_SKIP() << csv_ << " is not here";
    if (!std::filesystem::exists(python_))
      GTEST_SKIP() << "no " << python_ << ": scripts/setup archive makes it";
    const auto tried = factorwal({"archive", "--data", path("none")});
    if (contains(tried.err, "built without the archive"))
      GTEST_SKIP() << "the tool was built without Arrow";
    std::ofstream(path("factors")) << "factor mean = ts_mean(close, 5)\n";
  }

  /// Every tick with all its fields, as `query` prints them after a run on that file.
  [[nodiscard]] std::string ticks_of(const std::string& file) const {
    std::filesystem::remove_all(dir());
    const auto ran = factorwal({"run", "--ticks", file, "--data", dir(), "--factors",
                                path("factors"), "--preset", "high_throughput"});
    EXPECT_EQ(ran.status, 0) << file << ": " << ran.err;
    const bool bars = std::string(GetParam()).starts_with("bars");
    const auto* fields = bars ? "open,high,low,close,volume"
                              : "close,volume,turnover,open_interest,bid,bid_volume,ask,ask_volume";
    const auto asked = factorwal({"query", "--data", dir(), "--format", "csv", "--fields", fields});
    EXPECT_EQ(asked.status, 0) << asked.err;
    return asked.out;
  }

  std::string csv_;
  const std::string python_ = archive_python();
};

TEST_P(ArrowOpenData, IsTheSameInEveryForm) {
  const auto expected = ticks_of(csv_);
  ASSERT_GT(expected.size(), 100'000U);
  const auto made =
      Command({python_, FACTORWAL_SOURCE_DIR "/tests/archive/as_tables.py", csv_, temp_.path()})
          .wait();
  ASSERT_EQ(made.status, 0) << made.err;
  std::istringstream files(made.out);
  std::size_t compared = 0;
  for (std::string file; std::getline(files, file); ++compared) {
    EXPECT_TRUE(ticks_of(file) == expected) << file;
  }
  EXPECT_EQ(compared, 7U);
}

INSTANTIATE_TEST_SUITE_P(, ArrowOpenData,
                         ::testing::Values("ticks_CFFEX_IF2101_20210104",
                                           "ticks_BINANCE_UM_BTCUSDT_20240808_trades",
                                           "ticks_BINANCE_multi_20240808_quotes_trades",
                                           "bars_SHFE_rb_5m", "bars_CN_futures_1d_multi",
                                           "bars_XCME_6EH4_1m"),
                         [](const auto& row) { return std::string(row.param); });

}  // namespace
}  // namespace factorwal::test
