#pragma once
/// One instrument's share of a factor set: a block with the state of every operator and the current
/// values, and the one executor that runs a plan's steps over it: for live ticks, recovery, as-of,
/// recomputation and operators registered by hand.

#include <cstddef>
#include <memory>
#include <new>
#include <span>
#include <vector>

#include "base/coding.h"
#include "factorwal/quality.h"
#include "factorwal/result.h"
#include "graph/doubt.h"
#include "graph/plan.h"

namespace factorwal::graph {

struct SavedState;

/// What a load found.
struct LoadReport {
  std::size_t loaded = 0;
  std::size_t cold = 0;    ///< states of which nothing, or too little, was saved
  std::size_t unused = 0;  ///< saved states that nothing asked for
};

/// A value is exact as long as every tick has reached what it depends on. A window depends on its
/// slots and on nothing else: when ticks are lost (damaged, or from before it began), it is exact
/// again as soon as so many others have followed, however many were lost. What carries a value
/// along (an EMA) stays in doubt. A factor is as good as the worst that it depends on; one that is
/// hit is missing.
///
/// A user's operator says how much it remembers, and may count its updates modulo that: when nobody
/// knows how many ticks were lost, it becomes approximate instead of exact.
class InstrumentGraph {
 public:
  using LoadReport = graph::LoadReport;

  explicit InstrumentGraph(std::shared_ptr<const Plan> plan);

  /// One tick. `fields` has the schema's order and length, `outputs` one element per factor.
  /// Does not allocate. Requires: arithmetic as IEEE 754 says (FloatingPointGuard).
  void evaluate(std::span<const double> fields, std::span<double> outputs) noexcept {
    evaluate_as(fields, {}, 0, outputs);
  }
  /// One tick of which not every field is known. `qualities` has one element per field, or none:
  /// all are exact. `sequence`: of the tick, for what comes into doubt by it.
  void evaluate_as(std::span<const double> fields, std::span<const Quality> qualities,
                   Sequence sequence, std::span<double> outputs) noexcept;
  /// So many ticks that are lost: as ticks without any value; every state is hit. `counted`: they
  /// were so many for certain.
  void skip(std::uint64_t count, Sequence sequence, bool counted = true);
  /// From here on nobody knows how many ticks there were.
  void forget_count() noexcept { counted_ = false; }
  [[nodiscard]] bool counted() const noexcept { return counted_; }

  /// Appends a record per state in the plan's order (state_records.h). The same ticks give the same
  /// bytes. A ring has as many values as there were ticks, until it is full.
  void save(std::vector<std::byte>& out) const;

  /// The same without records, in the length of full rings: for a plan without users' operators.
  void save_plain(std::vector<std::byte>& out) const;
  /// kCorruption when `save_plain` of the same plan cannot have written the bytes; nothing is
  /// changed then. Requires: as many bytes.
  Status load_plain(std::span<const std::byte> bytes);

  /// Takes over states by identity, whatever the order and the factor set they were saved under. A
  /// state of which too little was saved begins behind `tick_count` ticks that it has not seen: it
  /// is approximate since `sequence` unless there were none. kCorruption when the bytes are not
  /// what `save` wrote; states may then be a mixture: discard this graph. Requires: no tick was
  /// evaluated.
  Result<LoadReport> load(std::span<const std::byte> bytes, std::uint64_t tick_count = 0,
                          Sequence sequence = 0);
  /// Takes over, of states that were saved at this same tick, those that are no worse than ours
  /// that are in doubt: the graph that saved them went on with them.
  Status heal(std::span<const std::byte> bytes);
  /// Takes over, of states that were saved at this same tick, their doubts beside ours: what is
  /// exact here afterwards was exact to the graph that saved them, too.
  Status share_doubts(std::span<const std::byte> bytes);

  /// Whether any state is in doubt.
  [[nodiscard]] bool doubtful() const noexcept { return doubtful_; }
  /// Of a factor, as of the last tick. `since` (if not null) receives where its doubt began.
  [[nodiscard]] Quality quality(std::size_t factor, Sequence* since = nullptr) const {
    return slot_quality(plan_->factor_slots()[factor], since);
  }
  /// The same of any slot of the plan.
  [[nodiscard]] Quality slot_quality(Slot slot, Sequence* since = nullptr) const;

  [[nodiscard]] const Plan& plan() const noexcept { return *plan_; }
  [[nodiscard]] const std::shared_ptr<const Plan>& shared_plan() const noexcept { return plan_; }
  /// Of the last tick.
  [[nodiscard]] double value(Slot slot) const noexcept {
    return operators::at<double>(block_.get(), plan_->value_of(slot));
  }
  /// Asks the processor for what every tick touches.
  void prefetch_state() const noexcept;
  /// And for the places in rings that the next tick touches; reads the state.
  void prefetch_history() const noexcept;

 private:
  void run_doubtful_steps(std::span<const Quality> qualities, Sequence sequence) noexcept;
  [[nodiscard]] Quality update_doubts(const StepSources& sources, Sequence sequence) noexcept;
  void update_ring_doubt(const StateNode& state, Doubt& doubt, Quality input,
                         Sequence sequence) noexcept;
  void update_own_doubt(const StateNode& state, Doubt& doubt, Quality input,
                        Sequence sequence) noexcept;
  /// From so many lost ticks on, one more changes nothing: every slot of every window is missing.
  [[nodiscard]] std::uint64_t distinct_losses() const noexcept;
  [[nodiscard]] std::uint64_t ticks_seen() const noexcept;
  [[nodiscard]] ByteView saved_bytes(const StateNode& state, std::uint64_t ticks,
                                     Bytes& room) const;
  [[nodiscard]] Status check_bytes(const StateNode& state, ByteView bytes) const;
  [[nodiscard]] Status load_bytes(const StateNode& state, ByteView bytes);
  void load_ring(const StateNode& state, ByteView bytes);
  void forget_derived() noexcept;
  [[nodiscard]] Doubt doubt_of(const StateNode& state, const SavedState& saved,
                               std::uint64_t tick_count, Sequence sequence) const;
  void begin_late(const StateNode& state, std::uint64_t tick_count);
  void make_room_for_doubts();
  void note_doubts() noexcept;

  struct FreeBlock {
    void operator()(std::byte* block) const noexcept {
      ::operator delete[](block, std::align_val_t{operators::kCacheLineBytes});
    }
  };

  // First, where every tick looks.
  bool doubtful_ = false;
  bool counted_ = true;
  std::shared_ptr<const Plan> plan_;
  std::unique_ptr<std::byte, FreeBlock> block_;
  std::vector<std::unique_ptr<IncrementalOperator>> objects_;
  std::vector<Doubt> doubts_;       // by state; empty while there has never been one
  std::vector<Quality> qualities_;  // by slot; as doubts_
};

/// Asks the processor for what the ticks to come touch, in three steps, since each finds in memory
/// where the next one lies. `graph_of(n)`: that of the n-th tick from now, or null.
template <class GraphOf>
void fetch_ahead(GraphOf graph_of) noexcept {
  constexpr std::size_t kObjectsAhead = 9;
  constexpr std::size_t kStatesAhead = 6;
  constexpr std::size_t kHistoriesAhead = 3;
  if (const InstrumentGraph* graph = graph_of(kObjectsAhead)) __builtin_prefetch(graph);
  if (const InstrumentGraph* graph = graph_of(kStatesAhead)) graph->prefetch_state();
  if (const InstrumentGraph* graph = graph_of(kHistoriesAhead)) graph->prefetch_history();
}

}  // namespace factorwal::graph
