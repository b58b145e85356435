#include "factorwal/factor_set.h"

#include <gtest/gtest.h>

#include "factorwal/operators.h"
#include "support/series.h"

namespace factorwal {
namespace {

FactorSet parsed(std::string_view text, const TickSchema& schema = TickSchema::bars()) {
  auto set = FactorSet::parse(text, schema, "test.factors");
  EXPECT_TRUE(set) << (set ? "" : set.error().message);
  return std::move(set).value();
}

std::string canonical(std::string_view text) { return parsed(text).canonical_text(); }

TEST(FactorSet, NamesComeInOrderOfDefinition) {
  const FactorSet set =
      parsed("factor b = close\nfactor (dif, _, hist) = macd(12, 26, 9)\na = 1\n");
  EXPECT_EQ(set.names(), (std::vector<std::string>{"b", "dif", "hist", "a"}));
  EXPECT_EQ(set.find("hist"), 2u);
  EXPECT_EQ(set.find("dea"), std::nullopt);
}

TEST(FactorSet, CanonicalTextHasEveryDefaultAndNoAlias) {
  EXPECT_EQ(canonical("factor a = sma(last, 5)"), "factor a = ts_mean(close, d=5, minp=5)\n");
  EXPECT_EQ(canonical("factor a = RollingStd(close, 20)"),
            "factor a = ts_std(close, d=20, ddof=0, minp=20)\n");
  EXPECT_EQ(canonical("factor a = ts_std(close, 20)"),
            "factor a = ts_std(close, d=20, ddof=1, minp=20)\n");
  EXPECT_EQ(canonical("factor a = rolling_std(close, 20, ddof=1, minp=3)"),
            "factor a = ts_std(close, d=20, ddof=1, minp=3)\n");
  EXPECT_EQ(canonical("factor a = atr(14)"), "factor a = atr(high, low, close, n=14)\n");
  EXPECT_EQ(canonical("factor a = ATR(high, low, close, 2*7)"),
            "factor a = atr(high, low, close, n=14)\n");
  // With every parameter named, a number before them is a series: a canonical text is its own.
  for (const auto* call : {"ema(-0, n=1)", "ema(5, n=2)", "ts_mean(2.5, d=3, minp=3)"}) {
    const auto text = std::string("factor a = ") + call + "\n";
    EXPECT_EQ(canonical(text), text);
  }
  EXPECT_EQ(canonical("factor a = ema(5, 2)"), "factor a = ema(5, n=2)\n");
  EXPECT_EQ(canonical("factor (u, m) = BollingerBands(close, 20, k=2.5)"),
            "factor (u, m) = bbands(close, n=20, k=2.5, ddof=0)\n");
  EXPECT_EQ(canonical("factor a = MOM(close, 10)"), "factor a = delta(close, d=10)\n");
  EXPECT_EQ(parsed("factor a = mid - spread", TickSchema::quotes()).canonical_text(),
            "factor a = mid(bid, ask) - spread(bid, ask)\n");
}

TEST(FactorSet, CanonicalTextKeepsTheOrderOfOperations) {
  EXPECT_EQ(canonical("a = close - (open - low)"), "factor a = close - (open - low)\n");
  EXPECT_EQ(canonical("a = (close - open) - low"), "factor a = close - open - low\n");
  EXPECT_EQ(canonical("a = -(close + 1) * 2 / (3 * open)"),
            "factor a = -(close + 1) * 2 / (3 * open)\n");
  EXPECT_EQ(canonical("a = --close"), "factor a = --close\n");
  EXPECT_EQ(canonical("a = nan + 1e-3"), "factor a = nan + 0.001\n");
  EXPECT_EQ(canonical("a = (close # why\n  + open)"), "factor a = close + open\n");
}

TEST(FactorSet, ComparisonsAndLogicBindAsInPython) {
  EXPECT_EQ(canonical("a = close > open + 1"), "factor a = close > open + 1\n");
  EXPECT_EQ(canonical("a = close > open and not high < low or 1"),
            "factor a = close > open and not high < low or 1\n");
  EXPECT_EQ(canonical("a = ((close > open) and (not (high < low))) or 1"),
            "factor a = close > open and not high < low or 1\n");
  EXPECT_EQ(canonical("a = (close or open) and low"), "factor a = (close or open) and low\n");
  EXPECT_EQ(canonical("a = close or (open or low)"), "factor a = close or (open or low)\n");
  EXPECT_EQ(canonical("a = (close > open) == (open > low)"),
            "factor a = (close > open) == (open > low)\n");
  EXPECT_EQ(canonical("a = (not close) + 1"), "factor a = (not close) + 1\n");
  EXPECT_EQ(canonical("a = -(close > open)"), "factor a = -(close > open)\n");
  EXPECT_EQ(canonical("a = not not close"), "factor a = not not close\n");
  EXPECT_EQ(canonical("a = !close > open && low || high"),
            "factor a = (not close) > open and low or high\n");
  EXPECT_EQ(canonical("a = ema((close >= open) * volume, 3)"),
            "factor a = ema((close >= open) * volume, n=3)\n");
}

TEST(FactorSet, AChoiceHasThreeSpellings) {
  const auto* chosen = "factor a = if_else(close > open, high, if_else(low <= 1, 2, nan))\n";
  EXPECT_EQ(canonical("a = if_else(close > open, high, if_else(low <= 1, 2, nan))"), chosen);
  EXPECT_EQ(canonical("a = close > open ? high : low <= 1 ? 2 : nan"), chosen);
  EXPECT_EQ(canonical("a = if close > open then high else if low <= 1 then 2 else nan"), chosen);
  EXPECT_EQ(canonical("a = (close > open ? 1 : -1) * volume"),
            "factor a = if_else(close > open, 1, -1) * volume\n");
}

TEST(FactorSet, CanonicalTextParsesToTheSameGraph) {
  for (const TickSchema& schema : {TickSchema::futures(), TickSchema::bars()}) {
    const FactorSet set = FactorSet::default_set(schema).value();
    const FactorSet again = parsed(set.canonical_text(), schema);
    EXPECT_EQ(again.canonical_text(), set.canonical_text());
    EXPECT_EQ(again.describe_graph(), set.describe_graph());
  }
}

TEST(FactorSet, AFactorMayUseAnEarlierOne) {
  const FactorSet set = parsed("factor m = ts_mean(close, 5)\nfactor z = close - m\n");
  EXPECT_EQ(set.canonical_text(), "factor m = ts_mean(close, d=5, minp=5)\nfactor z = close - m\n");
  EXPECT_NE(set.describe_graph().find("(close - ts_mean(close, d=5, minp=5))"), std::string::npos);
}

TEST(FactorSet, ALetNamesAValueAndMakesNoFactor) {
  const FactorSet set = parsed(
      "let m = sma(close, 5)\n"
      "let (_, middle) = bbands(close, 20)\n"
      "factor z = (close - m) / middle\n");
  EXPECT_EQ(set.names(), std::vector<std::string>{"z"});
  EXPECT_EQ(set.canonical_text(),
            "let m = ts_mean(close, d=5, minp=5)\n"
            "let (_, middle) = bbands(close, n=20, k=2, ddof=0)\n"
            "factor z = (close - m) / middle\n");
  EXPECT_EQ(parsed(set.canonical_text()).describe_graph(), set.describe_graph());
  // The same nodes, so the same states, as without it.
  EXPECT_EQ(parsed("factor z = close - ts_mean(close, 5)\n").describe_graph(),
            parsed("let c = close\nlet m = ts_mean(c, 5)\nfactor z = c - m\n").describe_graph());
}

TEST(FactorSet, BackticksQuoteAFieldWhoseNameIsNoWord) {
  const auto schema = TickSchema::make({"Adj Close", "close", "on"}).value();
  const auto text = "factor a = `Adj Close` - `close` * ts_mean(`on`, 3)\n";
  const FactorSet set = parsed(text, schema);
  EXPECT_EQ(set.canonical_text(), "factor a = `Adj Close` - close * ts_mean(`on`, d=3, minp=3)\n");
  EXPECT_EQ(parsed(set.canonical_text(), schema).describe_graph(), set.describe_graph());
}

TEST(FactorSet, ChainsOfFactorsDoNotDoubleTheirText) {
  std::string text = "factor f0 = close + open\n";
  for (int i = 1; i < 200; ++i) {
    const std::string before = std::to_string(i - 1);
    text.append("factor f").append(std::to_string(i)).append(" = f").append(before);
    text.append(" * f").append(before).append("\n");
  }
  const FactorSet set = parsed(text);
  EXPECT_LT(set.describe_graph().size(), 100'000u);
  EXPECT_LT(set.canonical_text().size(), 20'000u);
}

TEST(FactorSet, EqualSubexpressionsAreOneNode) {
  const FactorSet set = parsed(
      "factor a = ts_mean(close, 5)\nfactor b = sma(last_price, 5) + 1\nfactor c = ts_mean(5)\n");
  const std::string graph = set.describe_graph();
  EXPECT_EQ(graph.find("ts_mean"), graph.find("ts_mean(close, d=5, minp=5)\treads"));
  EXPECT_NE(graph.find("factor a\t#1\n"), std::string::npos);
  EXPECT_NE(graph.find("factor c\t#1\n"), std::string::npos);
}

TEST(FactorSet, ChineseNamesAndWindowsLineEndsAreFine) {
  const FactorSet set = parsed("\xEF\xBB\xBF# 均线\r\nfactor 五日线 = ts_mean(close, 5)\r\n\r\n");
  EXPECT_EQ(set.names(), (std::vector<std::string>{"五日线"}));
}

TEST(FactorSet, AnEmptyTextIsAnEmptySet) {
  EXPECT_EQ(parsed("").size(), 0u);
  EXPECT_EQ(parsed("# nothing\n\n").size(), 0u);
}

TEST(FactorSet, DefaultSetHasTheCataloguesTwentyFactors) {
  std::vector<std::string> left_out;
  const FactorSet set = FactorSet::default_set(TickSchema::quotes(), &left_out).value();
  EXPECT_EQ(set.names(),
            (std::vector<std::string>{
                "ma5",   "ma20",  "ma60",       "ema12",       "ema26",      "rsi14",   "dif",
                "dea",   "hist",  "boll_upper", "boll_middle", "boll_lower", "high20",  "low20",
                "mom10", "vol20", "corr_pv20",  "spread",      "imbalance",  "oi_delta"}));
  EXPECT_TRUE(left_out.empty());
}

TEST(FactorSet, DefaultSetLeavesOutWhatTheTicksDoNotHaveAndSaysSo) {
  std::vector<std::string> left_out;
  const FactorSet set = FactorSet::default_set(TickSchema::bars(), &left_out).value();
  EXPECT_EQ(set.size(), 17u);
  EXPECT_EQ(left_out,
            (std::vector<std::string>{"spread left out: the ticks have no field bid",
                                      "imbalance left out: the ticks have no field bid_volume",
                                      "oi_delta left out: the ticks have no field open_interest"}));
  left_out.clear();
  const TickSchema nothing = TickSchema::make({"temperature"}).value();
  EXPECT_EQ(FactorSet::default_set(nothing, &left_out).value().size(), 0u);
  EXPECT_EQ(left_out.size(), 16u);
  EXPECT_EQ(left_out[6], "dif, dea, hist left out: the ticks have no field close");
}

TEST(FactorSet, DefaultTextIsAFactorFile) {
  EXPECT_EQ(parsed(FactorSet::default_text(), TickSchema::futures()).canonical_text(),
            FactorSet::default_set(TickSchema::futures())->canonical_text());
}

CustomFunction scaled_delta() {
  CustomFunction function;
  function.name = "scaled_delta";
  function.make =
      [](std::span<const double> numbers) -> Result<std::unique_ptr<IncrementalOperator>> {
    if (numbers.size() != 1) return Error{Errc::kInvalidArgument, "takes one number, the lag"};
    auto made = make_operator<Delta>(static_cast<std::int64_t>(numbers[0]));
    if (!made) return std::move(made).error();
    return std::unique_ptr<IncrementalOperator>(std::move(*made));
  };
  return function;
}

TEST(FactorSet, TakesFunctionsOfOnesOwn) {
  const FactorSetOptions options{{scaled_delta()}};
  const auto set = FactorSet::parse("factor a = scaled_delta(close - open, 3) + scaled_delta(2)",
                                    TickSchema::bars(), "x", options);
  ASSERT_TRUE(set) << set.error().message;
  EXPECT_EQ(set->canonical_text(),
            "factor a = scaled_delta(close - open, 3) + scaled_delta(close, 2)\n");
  EXPECT_EQ(set->functions(), (std::vector<FunctionNote>{{"scaled_delta", ""}}));
  EXPECT_TRUE(FactorSet::parse("", TickSchema::bars(), "x", options)->functions().empty());
  const auto refused =
      FactorSet::parse("factor a = scaled_delta(close)", TickSchema::bars(), "x", options);
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().message,
            "x:1:12: `scaled_delta`: takes one number, the lag\n"
            "    factor a = scaled_delta(close)\n"
            "               ^");
}

TEST(FactorSet, RefusesOwnFunctionsThatHideAnother) {
  CustomFunction function = scaled_delta();
  function.name = "ts_mean";
  EXPECT_FALSE(FactorSet::parse("", TickSchema::bars(), "x", {{function}}));
  function.name = "two words";
  EXPECT_FALSE(FactorSet::parse("", TickSchema::bars(), "x", {{function}}));
  function = scaled_delta();
  function.note = "two\nlines";
  EXPECT_FALSE(FactorSet::parse("", TickSchema::bars(), "x", {{function}}));
  EXPECT_FALSE(FactorSet::parse("", TickSchema::bars(), "x", {{scaled_delta(), scaled_delta()}}));
}

TEST(ListOperators, IsSortedAndComplete) {
  const auto list = list_operators();
  ASSERT_GE(list.size(), 19u);
  for (std::size_t i = 1; i < list.size(); ++i) EXPECT_LT(list[i - 1].name, list[i].name);
  for (const OperatorInfo& info : list) {
    EXPECT_FALSE(info.signature.empty() || info.definition.empty() || info.first_value.empty() ||
                 info.source.empty() || info.outputs.empty())
        << info.name;
  }
}

TEST(ListOperators, EveryNameAndAliasCanBeCalled) {
  const TickSchema schema =
      TickSchema::make({"open", "high", "low", "close", "volume", "open_interest", "bid", "ask",
                        "bid_volume", "ask_volume"})
          .value();
  for (const OperatorInfo& info : list_operators()) {
    std::vector<std::string> names = info.aliases;
    names.push_back(info.name);
    for (const std::string& name : names) {
      const bool takes_window = info.signature.find("d") != std::string::npos ||
                                info.signature.find("n") != std::string::npos;
      const bool no_parameters = info.signature.find('=') == std::string::npos &&
                                 info.signature.find(" d") == std::string::npos &&
                                 info.signature.find(" n") == std::string::npos;
      std::string text("factor (a) = ");
      text.append(name).append(name == "if_else" ? "(close > open, high, low)"
                               : no_parameters || !takes_window || name == "macd" || name == "MACD"
                                   ? "()"
                                   : "(5)");
      const auto set = FactorSet::parse(text, schema);
      EXPECT_TRUE(set) << set.error().message;
    }
  }
}

}  // namespace
}  // namespace factorwal
