// Factor files. What compiles has a canonical text that gives the same set again, and computes.

#include "factorwal/factor_set.h"
#include "fuzz/fuzz_target.h"
#include "graph/instrument_graph.h"

namespace factorwal::fuzz {
namespace {

// An instrument's state is made for each input that compiles; one of megabytes shows nothing more.
constexpr std::size_t kStateBytesMax = std::size_t{64} << 10;

void run(ByteView input) {
  static const TickSchema schema = TickSchema::quotes();
  const auto set = FactorSet::parse(as_text(input), schema);
  if (!set) {
    require(!set.error().message.empty(), "an error says something");
    return;
  }
  const auto canonical = set->canonical_text();
  const auto again = FactorSet::parse(canonical, schema);
  require(again.has_value(), "a canonical text compiles");
  require(again->canonical_text() == canonical, "a canonical text is its own");
  require(again->names() == set->names(), "and has the same factors");
  std::size_t state = 0;
  for (const auto& node : set->plan()->states()) state += node.state_bytes;
  if (state > kStateBytesMax) return;
  graph::InstrumentGraph graph(set->plan());
  std::vector<double> fields(schema.size(), 1.5);
  std::vector<double> outputs(set->size());
  for (int tick = 0; tick < 4; ++tick) {
    graph.evaluate(fields, outputs);
    for (auto& field : fields) field += 0.25;
  }
  static_cast<void>(set->describe_graph());
}

}  // namespace

const Target kFactorsTarget{"factors", run, false};

}  // namespace factorwal::fuzz
