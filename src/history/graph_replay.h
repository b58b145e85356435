#pragma once
/// One instrument under one factor set, driven by a log's records from the first that can begin it:
/// its first tick, or a saved state. What it then is, an open makes in the same way.

#include <cstdint>
#include <vector>

#include "factorwal/factor_set.h"
#include "factorwal/record.h"
#include "recovery/instrument.h"

namespace factorwal::history {

class GraphReplay {
 public:
  explicit GraphReplay(FactorSet factors)
      : factors_(std::move(factors)), instrument_(factors_.plan()) {}

  enum class Step : std::uint8_t {
    kApplied,  ///< `values()` are those of this tick
    kOld,      ///< a tick that lies before the state that was loaded
    kWaiting,  ///< neither the first tick nor a state has been met
  };
  /// `map` is of the record's layout to this factor set.
  Step tick(const LogRecord& record, const recovery::LayoutMap& map);
  /// A saved state: the beginning, or better than what this has. `last_sequence`: of the log there.
  /// kCorruption when the bytes are no state.
  [[nodiscard]] Status state(const LogRecord& record, const recovery::LayoutMap& map,
                             Sequence last_sequence);

  /// In a state that was saved as of the last tick: what was in doubt there is in doubt here,
  /// however well the ticks are known now.
  [[nodiscard]] Status share_doubts(const LogRecord& record);

  /// The operators that are beyond doubt here and there, as of the same tick, and differ;
  /// `compared` is raised by how many were compared.
  [[nodiscard]] Result<std::vector<std::size_t>> compare(const LogRecord& record,
                                                         std::uint64_t& compared);

  /// Whether everything that a factor depends on is beyond doubt.
  [[nodiscard]] bool exact(std::size_t factor) const {
    return instrument_.graph.quality(factor) == Quality::kExact;
  }
  [[nodiscard]] bool doubtful() const noexcept { return instrument_.graph.doubtful(); }

  struct NodeState {
    std::size_t node = 0;  ///< in Plan::operators()
    std::vector<std::byte> bytes;
    bool exact = false;
  };
  /// Of every operator that has a state.
  [[nodiscard]] std::vector<NodeState> node_states();

  [[nodiscard]] bool started() const noexcept { return started_; }
  [[nodiscard]] TickNumber tick_number() const noexcept { return instrument_.tick_number(); }
  [[nodiscard]] std::span<const double> values() const noexcept { return instrument_.values; }
  [[nodiscard]] const FactorSet& factors() const noexcept { return factors_; }
  [[nodiscard]] graph::InstrumentGraph& graph() noexcept { return instrument_.graph; }
  [[nodiscard]] const graph::InstrumentGraph& graph() const noexcept { return instrument_.graph; }

 private:
  FactorSet factors_;
  recovery::Instrument instrument_;
  bool started_ = false;
  std::vector<double> scratch_;
};

}  // namespace factorwal::history
