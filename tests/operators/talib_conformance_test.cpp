// Every TA-Lib column that the built-in operators cover, on every reference file, by the rule of
// the reference's README: rtol 2e-6 + atol 2e-9 * scale except where TA-Lib itself deviates, and
// the `__exact` columns at tolerances of our own.

#include <gtest/gtest.h>

#include <cmath>
#include <map>
#include <memory>

#include "factorwal/factor_set.h"
#include "graph/instrument_graph.h"
#include "support/csv_table.h"
#include "support/shared_data.h"

namespace factorwal {
namespace {

using test::CsvTable;

constexpr double kCorrelationNoise = 1e-15;

constexpr std::string_view kFactors = R"(
factor SMA_5 = ts_mean(close, 5)
factor SMA_20 = SMA(close, 20)
factor EMA_12 = ema(close, 12)
factor EMA_26 = ema(close, 26)
factor DEMA_20 = dema(close, 20)
factor RSI_14 = rsi(close, 14)
factor (MACD_12_26_9_macd, MACD_12_26_9_signal, MACD_12_26_9_hist) = macd(close, 12, 26, 9)
factor (BBANDS_20_2_2_upper, BBANDS_20_2_2_middle, BBANDS_20_2_2_lower) = bbands(close, 20, 2)
factor MIN_20 = ts_min(close, 20)
factor MAX_20 = ts_max(close, 20)
factor SUM_20 = ts_sum(close, 20)
factor MOM_10 = mom(close, 10)
factor STDDEV_20_1__exact = ts_std(close, 20, ddof=0)
factor VAR_20__exact = ts_std(close, 20, ddof=0) * ts_std(close, 20, ddof=0)
factor CORREL_20_price_volume__exact = ts_corr(close, volume, 20)
)";
constexpr std::string_view kBarFactors = R"(
factor ATR_14 = atr(14)
factor (PLUS_DI_14, MINUS_DI_14) = dmi(14)
factor CORREL_20_high_low__exact = ts_corr(high, low, 20)
)";
constexpr std::string_view kTickFactors = R"(
factor CORREL_20_price_bid1__exact = ts_corr(close, bid, 20)
)";

/// Per column of CROSSCHECK.csv: the 90th percentile of |exact|.
std::map<std::string, double> scales_of(const std::filesystem::path& folder,
                                        const std::string& dataset) {
  std::map<std::string, double> scales;
  const CsvTable table(folder / "CROSSCHECK.csv");  // zlib reads plain files too
  for (std::size_t row = 0; row < table.row_count(); ++row) {
    if (table.cell(row, "dataset").find(dataset) == std::string_view::npos) continue;
    scales[std::string(table.cell(row, "column"))] = table.number(row, "scale_p90_abs");
  }
  return scales;
}

class TalibConformance : public testing::TestWithParam<std::string> {};

TEST_P(TalibConformance, EveryCoveredColumnAgreesOnEveryStoredRow) {
  const auto shared = test::shared_data();
  if (!shared) GTEST_SKIP() << "the shared data folder is not there";
  const std::string dataset = GetParam();
  const bool is_ticks = dataset.starts_with("ticks");
  const CsvTable data(*shared / "data/open" / (dataset + ".csv.gz"));
  const CsvTable reference(*shared / "data/reference/open" / (dataset + ".ref.csv.gz"));
  ASSERT_GT(data.row_count(), 0u);
  ASSERT_GT(reference.row_count(), 0u);
  const auto scales = scales_of(*shared / "data/reference/open", dataset);
  ASSERT_FALSE(scales.empty());

  std::vector<std::string> fields(data.header().begin() + 2, data.header().end());
  const TickSchema schema = TickSchema::make(std::span<const std::string>(fields)).value();
  std::string text(kFactors);
  text += is_ticks ? kTickFactors : kBarFactors;
  const auto parsed = FactorSet::parse(text, schema);
  ASSERT_TRUE(parsed) << parsed.error().message;

  std::map<std::string, std::unique_ptr<graph::InstrumentGraph>, std::less<>> graphs;
  std::vector<double> inputs(fields.size());
  std::vector<double> outputs(parsed->size());
  std::size_t next_reference = 0;
  std::size_t compared_count = 0;
  std::map<std::string, double> worst;
  for (std::size_t row = 0; row < data.row_count(); ++row) {
    const auto& cells = data.cells(row);
    auto& graph = graphs[std::string(cells[0])];
    if (!graph) graph = std::make_unique<graph::InstrumentGraph>(parsed->plan());
    for (std::size_t i = 0; i < fields.size(); ++i) inputs[i] = CsvTable::parse(cells[i + 2]);
    graph->evaluate(inputs, outputs);
    if (next_reference == reference.row_count() || reference.index(next_reference, "row") != row) {
      continue;
    }
    const std::size_t ref_row = next_reference++;
    std::string deviates(";");
    deviates.append(reference.cell(ref_row, "ta_deviates")).append(";");
    for (std::size_t i = 0; i < outputs.size(); ++i) {
      const std::string& column = parsed->names()[i];
      const double expected = reference.number(ref_row, column);
      const double actual = outputs[i];
      const bool is_exact = column.ends_with("__exact");
      const bool is_correlation = column.starts_with("CORREL");
      if (!is_exact &&
          deviates.find(std::string(";").append(column).append(";")) != std::string::npos)
        continue;
      ++compared_count;
      if (is_correlation && expected == 0 && std::isnan(actual)) continue;  // flat: ours is NaN
      ASSERT_EQ(std::isnan(actual), std::isnan(expected)) << column << " row " << row;
      if (std::isnan(expected)) continue;
      double tolerance = 0;
      if (is_exact) {
        tolerance = (is_ticks ? 1e-11 : 1e-9) * std::fabs(expected);
        // Where deviations cancel, a correlation's last digits are those of 1, not its own.
        if (is_correlation) tolerance += kCorrelationNoise;
        worst[column] = std::max(
            worst[column], expected == 0 ? std::fabs(actual) : std::fabs(actual / expected - 1));
      } else {
        const auto scale = scales.find(column);
        ASSERT_NE(scale, scales.end()) << column;
        tolerance = 2e-6 * std::fabs(expected) + 2e-9 * scale->second;
      }
      ASSERT_LE(std::fabs(actual - expected), tolerance) << column << " row " << row;
    }
  }
  EXPECT_EQ(next_reference, reference.row_count());
  EXPECT_GT(compared_count, 10 * reference.row_count());
  for (const auto& [column, error] : worst) {
    RecordProperty(column, testing::PrintToString(error));
  }
}

INSTANTIATE_TEST_SUITE_P(Files, TalibConformance,
                         testing::Values("bars_SHFE_rb_5m", "bars_XCME_6EH4_1m",
                                         "bars_CN_futures_1d_multi", "ticks_CFFEX_IF2101_20210104",
                                         "ticks_BINANCE_UM_BTCUSDT_20240808_trades",
                                         "ticks_BINANCE_multi_20240808_quotes_trades"),
                         [](const auto& test) { return test.param; });

}  // namespace
}  // namespace factorwal
