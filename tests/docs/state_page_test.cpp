// What docs/format.md says of operator states is so: their names, sizes and content.

#include <gtest/gtest.h>

#include <fstream>
#include <iterator>
#include <regex>
#include <string>

#include "base/coding.h"
#include "factorwal/operators/missing.h"
#include "graph/instrument_graph.h"
#include "graph/state_identity.h"
#include "graph/state_records.h"
#include "operators/kind.h"

namespace factorwal {
namespace {

std::string page() {
  std::ifstream file(std::string(FACTORWAL_SOURCE_DIR) + "/docs/format.md");
  EXPECT_TRUE(file.is_open());
  return {std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
}

/// Defaults; windows without one are 3.
operators::Call usual_call(const operators::Kind& kind) {
  std::vector<double> numbers;
  for (const auto& parameter : kind.parameters) {
    const bool minp = parameter.type == operators::Parameter::Type::kMinp;
    numbers.push_back(minp ? 0 : parameter.fallback.value_or(3));
  }
  return operators::make_call(kind, numbers).value();
}

TEST(StatePage, HasEveryKindWithAStateOfItsOwn) {
  const auto text = page();
  for (const auto* kind : operators::kinds()) {
    const auto bytes = operators::layout_of(usual_call(*kind)).state_bytes;
    const std::regex row(
        std::string("\\| `").append(kind->name).append("` \\| [^|]* \\| (\\d+) \\|"));
    std::smatch found;
    const bool named = std::regex_search(text, found, row);
    EXPECT_EQ(named, bytes > 0) << kind->name;
    if (named) {
      EXPECT_EQ(found[1].str(), std::to_string(bytes)) << kind->name;
    }
  }
}

StateIdentity identity(const std::string& text) { return graph::identity_of(text); }

TEST(StatePage, NamesHistoriesAndOperatorsByTheirTexts) {
  const auto schema = TickSchema::make({"close"}).value();
  const auto set =
      FactorSet::parse(
          "factor a = ts_mean(ema(close, 9) + 2, 20)\nfactor b = close - delay(close, 2)\n", schema)
          .value();
  const auto ref = [](const std::string& text) { return graph::to_hex(identity(text)); };
  const auto close = ref("field close");
  const auto two = ref("number " + std::to_string(std::bit_cast<std::uint64_t>(2.0)));
  const auto ema = "ema(n=9,seed=sma)#2|" + close;
  const std::set<StateIdentity> expected = {identity(ema),
                                            identity("history of " + ref(" + " + ref(ema) + two)),
                                            identity("history of " + close)};
  std::set<StateIdentity> names;
  for (const auto& state : set.plan()->states()) names.insert(state.identity);
  EXPECT_EQ(names, expected);
}

TEST(StatePage, AHistoryIsTheNewestValuesOldestFirst) {
  const auto schema = TickSchema::make({"close"}).value();
  const auto set = FactorSet::parse("factor a = ts_mean(close, 4)", schema).value();
  graph::InstrumentGraph graph(set.plan());
  std::vector<double> outputs(1);
  for (const double close : {1.0, 2.0, kMissing, 4.0, 5.0}) {
    Bytes bytes;
    graph.save(bytes);
    const auto records = graph::parse_state_records(bytes);
    ASSERT_TRUE(records);
    if (close == 1.0) {
      EXPECT_TRUE(records->states.begin()->second.bytes.empty());
    }
    graph.evaluate({&close, 1}, outputs);
  }
  Bytes bytes;
  graph.save(bytes);
  const auto records = graph::parse_state_records(bytes);
  ASSERT_TRUE(records);
  const auto content = records->states.begin()->second.bytes;
  ASSERT_EQ(content.size(), 3 * sizeof(double));
  EXPECT_EQ(load<std::uint64_t>(content.data()), 0x7ff8000000000000U);
  EXPECT_EQ(load<double>(content.data() + 8), 4.0);
  EXPECT_EQ(load<double>(content.data() + 16), 5.0);
}

}  // namespace
}  // namespace factorwal
