#pragma once
/// Brings the graphs of a factor set to the end of a log: operator states, then the ticks after
/// them, pushed through the same graph that live ticks go through.

#include <memory>
#include <vector>

#include "factorwal/factor_set.h"
#include "graph/instrument_graph.h"
#include "wal/log.h"

namespace factorwal::recovery {

/// One instrument of an engine.
struct Instrument {
  explicit Instrument(std::shared_ptr<const graph::Plan> plan) : graph(std::move(plan)) {}
  graph::InstrumentGraph graph;
  std::uint64_t ordinal = 0;  ///< ticks so far
  TimestampNs timestamp_ns = kNoTimestamp;
  std::vector<double> values;  ///< after the last tick
};

struct Replayed {
  std::vector<std::unique_ptr<Instrument>> instruments;  ///< by handle; null where there is none
  std::uint64_t states_loaded = 0;
  std::uint64_t ticks_replayed = 0;
  std::uint64_t generation = 0;
  Bytes position;
};

/// An empty directory gives nothing. Reads only. Requires: the caller holds the directory's lock,
/// so that the log's end does not move.
[[nodiscard]] Result<Replayed> replay(wal::Log& log, const FactorSet& factors);

/// Goes on with a record that came into the log later.
[[nodiscard]] Status replay_one(Replayed& replayed, wal::Log& log, const FactorSet& factors,
                                const LogRecord& record);

}  // namespace factorwal::recovery
