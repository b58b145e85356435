#pragma once
/// Computes a log's factor values again from its ticks, and compares them bit for bit with those
/// that are in the log.

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "factorwal/record.h"
#include "factorwal/verify.h"
#include "history/graph_replay.h"

namespace factorwal::history {

using factorwal::RecomputeCounts;
using factorwal::UnknownFactorSet;
using factorwal::ValueMismatch;

/// Takes a log's records in their order. Each factor set that the log was written under is kept for
/// every instrument from its first tick on, so that factors which were added, edited, removed or
/// added again have seen what the engine had pushed through them.
class Recomputation {
 public:
  using Sink = std::function<void(const ValueMismatch&)>;
  explicit Recomputation(Sink sink) : sink_(std::move(sink)) {}

  /// A layout that ticks of this log may have. Before the records, so that a factor set sees the
  /// ticks from before it was used; an empty text, and one that does not compile, are counted only.
  void add_layout(std::uint32_t index, const TickLayout& layout);

  Status take(const LogRecord& record);

  [[nodiscard]] const RecomputeCounts& counts() const noexcept { return counts_; }
  [[nodiscard]] const std::vector<UnknownFactorSet>& unknown() const noexcept { return unknown_; }
  [[nodiscard]] std::size_t factor_set_count() const noexcept { return sets_.size(); }

 private:
  static constexpr std::size_t kNoSet = static_cast<std::size_t>(-1);
  struct Layout {
    bool known = false;
    std::size_t set = kNoSet;
    std::vector<recovery::LayoutMap> maps;  // per set: of this layout
    TickLayout layout;
  };
  void take_tick(const LogRecord& record);
  Status take_state(const LogRecord& record);
  std::vector<GraphReplay>& at(InstrumentHandle instrument);
  const recovery::LayoutMap& map_of(Layout& layout, std::size_t set);

  Sink sink_;
  RecomputeCounts counts_;
  Sequence last_sequence_ = 0;
  std::vector<UnknownFactorSet> unknown_;
  std::vector<FactorSet> sets_;
  std::vector<Layout> layouts_;                    // by handle
  std::vector<std::vector<GraphReplay>> replays_;  // by instrument, then set
};

}  // namespace factorwal::history
