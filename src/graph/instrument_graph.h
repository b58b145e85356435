#pragma once
/// One instrument's share of a factor set: the state of every operator, and the current values.

#include <cstddef>
#include <memory>
#include <span>
#include <vector>

#include "factorwal/quality.h"
#include "factorwal/result.h"
#include "graph/doubt.h"
#include "graph/plan.h"

namespace factorwal::graph {

/// What a load found.
struct LoadReport {
  std::size_t loaded = 0;
  std::size_t cold = 0;    ///< nodes with state of which nothing was saved; they start fresh
  std::size_t unused = 0;  ///< saved states that no node asked for
};

/// An operator is exact as long as every tick has reached it. Once some have not (they were
/// damaged, or came before it began) it is in doubt, until as many exact updates have followed as
/// it remembers; an operator that remembers all stays in doubt. A factor is as good as the worst
/// operator that it depends on; one that is hit is missing.
///
/// When nobody knows how many ticks were lost, what remembers finitely many is full again after as
/// many, and yet not the same: it also depends on how many there were. It is approximate then, to
/// the last bits, and stays so.
class InstrumentGraph {
 public:
  using LoadReport = graph::LoadReport;

  explicit InstrumentGraph(std::shared_ptr<const Plan> plan);

  /// One tick. `fields` has the schema's order and length, `outputs` one element per factor.
  /// Does not allocate.
  void evaluate(std::span<const double> fields, std::span<double> outputs) noexcept {
    evaluate_as(fields, {}, 0, outputs);
  }
  /// One tick of which not every field is known. `qualities` has one element per field, or none:
  /// all are exact. `sequence`: of the tick, for what comes into doubt by it.
  void evaluate_as(std::span<const double> fields, std::span<const Quality> qualities,
                   Sequence sequence, std::span<double> outputs) noexcept;
  /// So many ticks that are lost: as ticks without any value, so that what counts ticks goes on
  /// counting; every operator that keeps anything is hit. `counted`: they were so many for certain.
  void skip(std::uint64_t count, Sequence sequence, bool counted = true);

  /// Appends, per node with state in the plan's order: 16 bytes StateIdentity, u32 little-endian
  /// length, state (see state_records.h). The same ticks give the same bytes.
  void save(std::vector<std::byte>& out);

  /// Takes over states by identity, whatever the order and the factor set they were saved under. A
  /// node of which nothing was saved begins behind `tick_count` ticks that it has not seen: it
  /// counts them, and is approximate since `sequence` unless there were none. kCorruption when the
  /// bytes are not what `save` wrote; nodes may then hold a mixture: discard this graph.
  Result<LoadReport> load(std::span<const std::byte> bytes, std::uint64_t tick_count = 0,
                          Sequence sequence = 0);
  /// Takes over, of states that were saved at this same tick, those that are no worse than ours
  /// that are in doubt: the graph that saved them went on with them.
  Status heal(std::span<const std::byte> bytes);
  /// Takes over, of states that were saved at this same tick, their doubts beside ours: what is
  /// exact here afterwards was exact to the graph that saved them, too.
  Status share_doubts(std::span<const std::byte> bytes);

  /// Whether any operator is in doubt.
  [[nodiscard]] bool doubtful() const noexcept { return doubtful_; }
  /// Of a factor, as of the last tick. `since` (if not null) receives where its doubt began.
  [[nodiscard]] Quality quality(std::size_t factor, Sequence* since = nullptr) const {
    return slot_quality(plan_->factor_slots()[factor], since);
  }
  /// The same of any slot of the plan.
  [[nodiscard]] Quality slot_quality(Slot slot, Sequence* since = nullptr) const;

  [[nodiscard]] const Plan& plan() const noexcept { return *plan_; }
  [[nodiscard]] const std::shared_ptr<const Plan>& shared_plan() const noexcept { return plan_; }
  /// Of the last tick, by slot of the plan.
  [[nodiscard]] std::span<const double> values() const noexcept { return values_; }

 private:
  void run_arithmetic(const Step& step) noexcept;
  void run_operator(const Step& step) noexcept;
  void evaluate_doubtful(std::span<const Quality> qualities, Sequence sequence) noexcept;
  [[nodiscard]] Quality update_doubt(const Step& step, Quality inputs, Sequence sequence) noexcept;
  void begin_late(std::size_t op, std::uint64_t tick_count, Sequence sequence);
  void make_room_for_doubts();
  void note_doubts() noexcept;

  std::shared_ptr<const Plan> plan_;
  std::vector<std::unique_ptr<IncrementalOperator>> operators_;
  std::vector<double> values_;
  std::vector<double> inputs_;      // of the operator being updated
  std::vector<Doubt> doubts_;       // by operator; empty while there has never been one
  std::vector<Quality> qualities_;  // by slot; as doubts_
  bool doubtful_ = false;
  bool counted_ = true;
};

}  // namespace factorwal::graph
