#include "recovery/instrument.h"

#include <algorithm>

#include "base/floating_point_guard.h"

namespace factorwal::recovery {

void Instrument::skip(const Loss& lost, Sequence sequence) {
  graph.skip(lost.ticks, sequence, lost.counted);
  ordinal += lost.ticks;
  std::ranges::fill(values, kNoValue);
}

void Instrument::begin_late(const TickNumber& last, Sequence sequence) {
  (void)graph.load({}, last.ordinal, sequence);
  if (!last.counted) graph.forget_count();
  ordinal = last.ordinal;
}

void Instrument::restart() {
  graph = graph::InstrumentGraph(graph.shared_plan());
  ordinal = 0;
  timestamp_ns = kNoTimestamp;
  std::ranges::fill(values, kNoValue);
}

std::span<const double> fields_of(const LogRecord& tick, const LayoutMap& map,
                                  std::vector<double>& scratch) {
  if (map.same_fields) return tick.fields;
  scratch.assign(map.fields.size(), std::numeric_limits<double>::quiet_NaN());
  for (std::size_t i = 0; i < scratch.size(); ++i) {
    if (map.fields[i] != kNoColumn) scratch[i] = tick.fields[map.fields[i]];
  }
  return scratch;
}

Applied apply(Instrument& instrument, const LogRecord& tick, const LayoutMap& map,
              std::vector<double>& scratch) {
  const auto place = place_of(instrument.ordinal, tick);
  if (place == Applied::kOld) return place;
  if (place == Applied::kRestart) instrument.restart();
  const auto& [ordinal, counted] = tick.tick_number;
  if (place == Applied::kGap) {
    instrument.skip({ordinal - instrument.ordinal - 1, counted}, tick.sequence);
  }
  if (!counted) instrument.graph.forget_count();
  const auto fields = fields_of(tick, map, scratch);
  const FloatingPointGuard guard;
  instrument.graph.evaluate_as(fields, map.qualities, tick.sequence, instrument.values);
  ++instrument.ordinal;
  instrument.timestamp_ns = std::max(instrument.timestamp_ns, tick.timestamp_ns);
  return place;
}

Result<graph::LoadReport> load_state(Instrument& instrument, const LogRecord& state,
                                     const LayoutMap& map, Sequence sequence) {
  auto loaded = instrument.graph.load(state.state, state.tick_number.ordinal, sequence);
  if (!loaded) return loaded;
  instrument.ordinal = state.tick_number.ordinal;
  instrument.timestamp_ns = state.timestamp_ns;
  for (std::size_t i = 0; i < map.factors.size(); ++i) {
    const auto column = map.factors[i];
    instrument.values[i] =
        column == kNoColumn ? std::numeric_limits<double>::quiet_NaN() : state.values[column];
  }
  return loaded;
}

Status catch_up(Instrument& instrument, const LogRecord& state, const LayoutMap& map,
                Sequence sequence) {
  const auto& [ordinal, counted] = state.tick_number;
  const bool gap = ordinal > instrument.ordinal;
  if (gap) instrument.skip({ordinal - instrument.ordinal, counted}, sequence);
  if (!counted) instrument.graph.forget_count();
  if (!gap && !instrument.graph.doubtful()) return {};
  if (auto healed = instrument.graph.heal(state.state); !healed) return healed;
  instrument.timestamp_ns = std::max(instrument.timestamp_ns, state.timestamp_ns);
  // What is exact now is so by what the state was saved with; its value may not be.
  for (std::size_t i = 0; i < map.factors.size(); ++i) {
    const auto column = map.factors[i];
    if (column == kNoColumn || instrument.graph.quality(i) != Quality::kExact) continue;
    instrument.values[i] = state.values[column];
  }
  return {};
}

}  // namespace factorwal::recovery
