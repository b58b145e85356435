// operators, factors, and the command line as such.

#include <nlohmann/json.hpp>

#include "tool/tool_fixture.h"

namespace factorwal::test {
namespace {

class ToolCatalogue : public ToolTest {};

TEST_F(ToolCatalogue, OperatorsListsEveryOne) {
  const auto json = nlohmann::json::parse(factorwal({"operators", "--json"}).out);
  const auto known = list_operators();
  ASSERT_EQ(json.size(), known.size());
  const auto text = factorwal({"operators"});
  EXPECT_EQ(text.status, 0);
  for (std::size_t i = 0; i < known.size(); ++i) {
    EXPECT_EQ(json[i]["name"], known[i].name);
    EXPECT_EQ(json[i]["signature"], known[i].signature);
    EXPECT_TRUE(contains(text.out, known[i].signature)) << known[i].name;
    EXPECT_TRUE(contains(text.out, known[i].definition)) << known[i].name;
  }
}

TEST_F(ToolCatalogue, EveryOperatorsExampleCompiles) {
  for (const auto& entry : nlohmann::json::parse(factorwal({"operators", "--json"}).out)) {
    const auto example = entry["example"].get<std::string>();
    const auto factors = FactorSet::parse(
        example, TickSchema::make({"open", "high", "low", "close", "volume", "turnover",
                                   "open_interest", "bid", "bid_volume", "ask", "ask_volume"})
                     .value());
    EXPECT_TRUE(factors) << example << "\n" << factors.error().message;
  }
}

TEST_F(ToolCatalogue, OneOperatorInFullByAnyOfItsNames) {
  const auto result = factorwal({"operators", "RollingMean"});
  EXPECT_EQ(result.status, 0);
  EXPECT_TRUE(contains(result.out, "name         ts_mean\n")) << result.out;
  EXPECT_TRUE(contains(result.out, "factor my_ts_mean = ts_mean(close, 20)")) << result.out;
  const auto unknown = factorwal({"operators", "ts_meen"});
  EXPECT_EQ(unknown.status, 1);
  EXPECT_TRUE(contains(unknown.err, "did you mean `ts_mean`?")) << unknown.err;
}

TEST_F(ToolCatalogue, FactorsPrintsTheCanonicalFormAndTheGraph) {
  std::ofstream(path("f.txt")) << "factor a = sma(close, 5)\nfactor b = ts_mean(last, 5) * 2\n";
  const auto result = factorwal({"factors", path("f.txt")});
  EXPECT_EQ(result.status, 0) << result.err;
  const auto schema = TickSchema::make({"close"}).value();
  const auto factors =
      FactorSet::parse("factor a = sma(close, 5)\nfactor b = ts_mean(last, 5) * 2", schema);
  EXPECT_TRUE(contains(result.out, factors.value().canonical_text())) << result.out;
  EXPECT_TRUE(contains(result.out, "# graph")) << result.out;
  EXPECT_EQ(factorwal({"factors", "-"}, "factor a = sma(close, 5)\n").status, 0);
}

/// Failure: windows that `factors` had nothing against were refused by the run.
TEST_F(ToolCatalogue, FactorsTellsTheStateThatWindowsTakeAndRefusesWhatARunDoes) {
  const auto one = factorwal({"factors", "-"}, "factor m = ts_mean(close, 1000000)\n");
  EXPECT_EQ(one.status, 0) << one.err;
  EXPECT_TRUE(contains(one.out, "# state of an instrument, windows full: 8000020 bytes\n"))
      << one.out;
  std::string many;
  for (int i = 1; i <= 9; ++i) {
    const auto d = std::to_string(i);
    many += "factor m" + d + " = ts_mean(delta(close, " + d + "), 1000000)\n";
  }
  std::ofstream(path("many.factors")) << many;
  std::ofstream(path("t.csv")) << "symbol,timestamp,close\nA,1700000000,1\n";
  const auto nine = factorwal({"factors", path("many.factors")});
  EXPECT_EQ(nine.status, 1);
  EXPECT_TRUE(contains(nine.err, "no run takes these factors")) << nine.err;
  const auto run = [&](const std::string& factors) {
    return factorwal({"run", "--ticks", path("t.csv"), "--data", path(factors + ".d"), "--factors",
                      path(factors)});
  };
  EXPECT_EQ(run("many.factors").status, 1);
  std::ofstream(path("one.factors"))
      << "factor m = ts_sum(close, 1000000) + ts_sum(delta(close, 1), 1000000)\n";
  EXPECT_EQ(run("one.factors").status, 0);
}

TEST_F(ToolCatalogue, FactorsTellsAMistakeByPlace) {
  const auto result = factorwal({"factors", "-"}, "factor a = ts_meen(close, 5)\n");
  EXPECT_EQ(result.status, 1);
  EXPECT_EQ(result.out, "");
  EXPECT_TRUE(contains(result.err, "<stdin>:1:12: ")) << result.err;
  EXPECT_TRUE(contains(result.err, "ts_mean")) << result.err;
  EXPECT_EQ(factorwal({"factors", path("none")}).status, 1);
}

TEST_F(ToolCatalogue, FactorsTakesTheFieldsOfTheCallerOrOfATickFile) {
  const std::string text = "factor a = my_column + close\n";
  EXPECT_EQ(factorwal({"factors", "-"}, text).status, 1);
  EXPECT_EQ(factorwal({"factors", "-", "--fields", "close,my_column"}, text).status, 0);
  std::ofstream(path("t.csv")) << "instrument_id,timestamp_ns,last_price,my_column\n"
                                  "A,1609722000000000000,1,2\n";
  const auto result = factorwal({"factors", "-", "--ticks", path("t.csv")}, text);
  EXPECT_EQ(result.status, 0) << result.err;
}

TEST_F(ToolCatalogue, TheDefaultSetPassesItsOwnCheck) {
  const auto text = factorwal({"factors", "--default"});
  EXPECT_EQ(text.status, 0);
  EXPECT_EQ(text.out, FactorSet::default_text());
  EXPECT_EQ(factorwal({"factors", "-"}, text.out).status, 0);
}

TEST_F(ToolCatalogue, HelpIsThereForEveryCommandAndEndsWithAnExample) {
  for (const char* command :
       {"query", "recover", "verify", "inspect", "tail", "operators", "factors"}) {
    const auto result = factorwal({command, "--help"});
    EXPECT_EQ(result.status, 0);
    EXPECT_TRUE(contains(result.out, std::string("Example: factorwal ") + command)) << result.out;
    EXPECT_EQ(result.err, "");
  }
}

TEST_F(ToolCatalogue, WithoutACommandThereIsHelpAndStatus2) {
  const auto result = factorwal({});
  EXPECT_EQ(result.status, 2);
  EXPECT_TRUE(contains(result.err, "Subcommands:")) << result.err;
  const auto unknown = factorwal({"qurey"});
  EXPECT_EQ(unknown.status, 2);
  EXPECT_EQ(line_count(unknown.err), 1) << unknown.err;
  EXPECT_EQ(factorwal({"factors"}).status, 2);
  EXPECT_EQ(factorwal({"operators", "--jsn"}).status, 2);
}

}  // namespace
}  // namespace factorwal::test
