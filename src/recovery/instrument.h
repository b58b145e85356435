#pragma once
/// One instrument of an engine, live or rebuilt from a log.

#include <memory>
#include <vector>

#include "factorwal/record.h"
#include "graph/instrument_graph.h"
#include "recovery/layout_map.h"
#include "recovery/loss_ledger.h"

namespace factorwal::recovery {

struct Instrument {
  explicit Instrument(std::shared_ptr<const graph::Plan> plan)
      : graph(std::move(plan)), values(graph.plan().factor_count(), kNoValue) {}

  // Ordinal and time first: a replay touches little else, most of the time.
  std::uint64_t ordinal = 0;  ///< of its last tick; lost ones count as well
  TimestampNs timestamp_ns = kNoTimestamp;
  graph::InstrumentGraph graph;
  std::vector<double> values;  ///< after the last tick

  [[nodiscard]] TickNumber tick_number() const noexcept { return {ordinal, graph.counted()}; }
  /// See InstrumentGraph::skip.
  void skip(const Loss& lost, Sequence sequence);
  /// Its ticks up to that one are not there, without any damage. Requires: it has had none.
  void begin_late(const TickNumber& last, Sequence sequence);
  /// As if it had never had a tick: the next one is its first.
  void restart();

 private:
  static constexpr double kNoValue = std::numeric_limits<double>::quiet_NaN();
};

enum class Applied : std::uint8_t {
  kOld,      ///< it is in already
  kNext,     ///< the tick after the last one
  kRestart,  ///< a first tick again: everything before it is forgotten
  kGap,  ///< ticks between the last one and this one are lost; they count as ticks without values
};

/// What a logged tick is to an instrument that has had so many. The ordinal alone says so: where
/// ticks were not counted it has moved on by as many as can be lost, so that no tick is taken for
/// one of those.
[[nodiscard]] inline Applied place_of(std::uint64_t ordinal, const LogRecord& tick) noexcept {
  const auto next = tick.tick_number.ordinal;
  if (next == ordinal + 1) return Applied::kNext;
  if (next > ordinal) return Applied::kGap;
  return next == 1 ? Applied::kRestart : Applied::kOld;
}

/// The tick's fields in the schema's order; they may lie in `scratch`.
[[nodiscard]] std::span<const double> fields_of(const LogRecord& tick, const LayoutMap& map,
                                                std::vector<double>& scratch);

/// Pushes a logged tick through the graph. `scratch`: see fields_of.
Applied apply(Instrument& instrument, const LogRecord& tick, const LayoutMap& map,
              std::vector<double>& scratch);

/// Begins with a saved state. kCorruption when it does not hold.
[[nodiscard]] Result<graph::LoadReport> load_state(Instrument& instrument, const LogRecord& state,
                                                   const LayoutMap& map, Sequence sequence);

/// Goes on to a saved state that is not older: ticks up to it that have not come are lost, and what
/// is in doubt is taken from it where it is better. kCorruption when it does not hold.
[[nodiscard]] Status catch_up(Instrument& instrument, const LogRecord& state, const LayoutMap& map,
                              Sequence sequence);

}  // namespace factorwal::recovery
