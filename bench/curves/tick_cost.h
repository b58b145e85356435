#pragma once
/// The cost of a tick with a factor set of one's own.

#include <string>

#include "curves/curve.h"
#include "support/ticks.h"

namespace factorwal::bench {

struct TickCostOf {
  std::string factors;             ///< text of a factor file
  std::uint32_t instruments = 1;   ///< in turn
  std::uint64_t ticks_before = 0;  ///< of each instrument, to fill its windows
};

/// Of `process_tick`, logged, without snapshots: the median of sixteen at once, so that the clock
/// counts little. Ticks that are timed find space in the channel.
[[nodiscard]] inline double tick_cost(const Reach& reach, const TickCostOf& what) {
  constexpr std::size_t kChannelBytes = std::size_t{64} << 20;
  constexpr std::size_t kTimedAtOnce = 16;
  const auto schema = TickSchema::quotes();
  auto factors = must(FactorSet::parse(what.factors, schema));
  // As many as fill half of the channel, with what an entry has beside its values.
  const auto entry_bytes = 64 + 8 * (factors.size() + schema.names().size());
  const auto timed = std::min<std::uint64_t>(reach.ticks, kChannelBytes / 2 / entry_bytes);
  const auto before = what.ticks_before * what.instruments;
  const auto rows = make_market(before + timed, what.instruments, RowOrder::kInTurn);
  const BenchDir dir(reach.dir);
  EngineOptions options;
  options.snapshot_every = 0;
  options.persist.channel_bytes = kChannelBytes;
  Market market(dir.path(), what.instruments, options, std::move(factors));
  for (const auto& row : std::span(rows).first(before)) market.process(row);
  market.flush();
  std::vector<std::int64_t> times;
  for (auto i = before; i + kTimedAtOnce <= rows.size(); i += kTimedAtOnce) {
    const auto begun = now_ns();
    for (const auto& row : std::span(rows).subspan(i, kTimedAtOnce)) market.process(row);
    times.push_back(now_ns() - begun);
  }
  must(market.engine().close());
  return static_cast<double>(percentile(times, 0.5)) / kTimedAtOnce;
}

}  // namespace factorwal::bench
