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
#include "history/graph_replay.h"

namespace factorwal::history {

/// A logged value that the ticks do not give.
struct ValueMismatch {
  std::string instrument_id;
  std::string factor;     ///< of a saved state: the operator's canonical expression
  Sequence sequence = 0;  ///< 0 for a state
  std::uint64_t ordinal = 0;
  double logged = 0;
  double computed = 0;
  bool is_state = false;
};

struct RecomputeCounts {
  std::uint64_t ticks = 0;  ///< met, of factor sets
  std::uint64_t values_compared = 0;
  std::uint64_t values_unknown = 0;   ///< what came before them is not in the log
  std::uint64_t states_compared = 0;  ///< operators' saved states
  std::uint64_t foreign_ticks = 0;    ///< of operators registered by hand, or of own functions
  std::uint64_t mismatches = 0;

  RecomputeCounts& operator+=(const RecomputeCounts& other);
};

/// A factor set that this program cannot compile: its functions are another program's.
struct UnknownFactorSet {
  std::string why;
  std::vector<std::string> factors;
};

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
