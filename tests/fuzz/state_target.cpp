// Operator states as a snapshot holds them, whose bytes are anybody's: an engine either refuses
// them, or computes on and saves what it can load again.

#include <bit>

#include "fuzz/fuzz_target.h"
#include "fuzz/sections.h"
#include "fuzz/state_input.h"
#include "graph/instrument_graph.h"
#include "graph/state_records.h"

namespace factorwal::fuzz {
namespace {

constexpr int kTicks = 24;

std::vector<FactorSet> make_sets() {
  static constexpr const char* kTexts[] = {
      "factor a = ts_mean(last, 4)\nfactor b = ts_std(last, 5)\nfactor c = ts_max(last, 3)\n"
      "factor d = ts_min(volume, 4)\nfactor e = delay(last, 3)\n",
      "factor a = ts_corr(last, volume, 4)\nfactor b = ema(last, 5)\nfactor c = rsi(last, 4)\n"
      "factor d = ts_sum(last, 3)\n",
      "factor (p, q, r) = macd(last, 3, 5, 2)\nfactor a = dema(last, 3)\n"
      "factor b = delta(last, 2)\nfactor c = log_return(last, 2)\n",
  };
  std::vector<FactorSet> sets;
  for (const auto* text : kTexts) {
    sets.push_back(FactorSet::parse(text, TickSchema::quotes()).value());
  }
  sets.push_back(FactorSet::default_set(TickSchema::quotes()).value());
  return sets;
}

void run(ByteView input) {
  const auto& sets = state_factor_sets();
  std::size_t chosen = 0;
  Bytes saved;
  for (const auto& section : split_sections(input)) {
    const auto first =
        section.body.empty() ? std::size_t{0} : std::to_integer<std::size_t>(section.body[0]);
    switch (static_cast<StateSection>(section.tag)) {
      case StateSection::kSet: chosen = first % sets.size(); break;
      case StateSection::kState: {
        const auto& states = sets[chosen].plan()->states();
        const auto& node = states[first % states.size()];
        const auto state = ByteView(section.body).subspan(section.body.empty() ? 0 : 1);
        put_bytes(saved, std::as_bytes(std::span(node.identity.bytes)));
        put(saved, static_cast<std::uint32_t>(state.size()));
        put_bytes(saved, state);
        break;
      }
      case StateSection::kRaw: put_bytes(saved, section.body); break;
    }
  }
  const auto records = graph::parse_state_records(saved);
  graph::InstrumentGraph graph(sets[chosen].plan());
  const auto report = graph.load(saved);
  if (!records) require(!report.has_value(), "what cannot be parsed cannot be loaded");
  if (!report) return;
  require(report->loaded + report->unused <= records->states.size(), "no state is told twice");

  Bytes again;
  graph.save(again);
  graph::InstrumentGraph other(sets[chosen].plan());
  require(other.load(again).has_value(), "what was saved can be loaded");
  std::vector<double> fields(sets[chosen].schema().size());
  std::vector<double> outputs(sets[chosen].size());
  std::vector<double> others(outputs.size());
  for (int tick = 0; tick < kTicks; ++tick) {
    for (std::size_t i = 0; i < fields.size(); ++i) {
      fields[i] = 100 + static_cast<double>((static_cast<std::size_t>(tick) * 7 + i * 3) % 11);
    }
    graph.evaluate(fields, outputs);
    other.evaluate(fields, others);
    for (std::size_t i = 0; i < outputs.size(); ++i) {
      require(std::bit_cast<std::uint64_t>(outputs[i]) == std::bit_cast<std::uint64_t>(others[i]),
              "a saved and loaded state computes the same bits");
    }
  }
  Bytes one;
  Bytes two;
  graph.save(one);
  other.save(two);
  require(one == two, "the same ticks leave the same state");
}

}  // namespace

const std::vector<FactorSet>& state_factor_sets() {
  static const std::vector<FactorSet> sets = make_sets();
  return sets;
}

const Target kStateTarget{"state", run, true};

}  // namespace factorwal::fuzz
