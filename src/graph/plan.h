#pragma once
/// A factor set compiled: which numbers to compute from which, in an order that works, and where
/// each lies in an instrument's block of state.

#include <cstdint>
#include <deque>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "factorwal/factor_set.h"
#include "factorwal/operator.h"
#include "factorwal/tick.h"
#include "graph/state_identity.h"
#include "operators/kind.h"
#include "operators/node.h"

namespace factorwal::graph {

/// A number of the current tick.
using Slot = std::uint32_t;

using operators::Offset;

/// A field that some factor reads.
struct FieldLoad {
  std::uint32_t column = 0;
  Slot slot = 0;
  Offset value = 0;
};

/// What of an instrument's state is saved under one identity.
struct StateNode {
  enum class Form : std::uint8_t {
    kRing,    ///< the last values of a series, which windows look back on
    kState,   ///< an operator's own
    kObject,  ///< a user's operator
  };
  Form form = Form::kRing;
  StateIdentity identity;
  std::size_t state_bytes = 0;  ///< of a ring: when it is full
  std::string text;             ///< for people: "last 19 of close", or the operator's expression
  Slot slot = 0;                ///< whose value it belongs to
  const operators::SeriesPlan* series = nullptr;  ///< kRing
  Offset state = 0;                               ///< kState, kObject: where the pointer lies
  std::optional<operators::Call> call;            ///< kState
  std::size_t object = 0;                         ///< kObject: index of `Plan::prototypes`
};

/// An operator's look at a ring: its value depends on so many of the newest slots.
struct RingLook {
  std::uint32_t state = 0;
  std::uint64_t slots = 0;
};

/// What the quality of a step's outputs depends on.
struct StepSources {
  std::vector<Slot> inputs;
  std::vector<RingLook> looks;
  std::optional<std::uint32_t> state;  ///< that the step changes
  Slot out = 0;
  std::uint32_t output_count = 0;  ///< 0: it pushes a ring
};

/// What a slot is, for people: a field, a number, arithmetic, or an operator's outputs.
struct NodeDescription {
  Slot slot = 0;
  std::uint32_t output_count = 1;  ///< slots from `slot` on
  std::string text;                ///< the canonical expression; #slot stands for a long one
  std::vector<Slot> inputs;
  /// So many ticks before the current one have a part in the value, beside what the inputs
  /// remember; nothing: all of them.
  std::optional<std::uint64_t> earlier_ticks = 0;
};

/// A step that calls a user's operator.
struct ObjectPlan {
  std::vector<Offset> inputs;
  std::vector<Offset> outputs;
  Offset gathered = 0;  ///< room for the inputs, then for the outputs, one after another
  Offset object = 0;    ///< where the pointer lies
};

/// Steps of one kernel that follow each other.
struct StepRun {
  operators::Kernel kernel = nullptr;
  const operators::Step* first = nullptr;
  const operators::Step* last = nullptr;
};

/// Immutable, shared by all instruments. Steps are in topological order; equal subexpressions are
/// one step, so that what a factor computes never depends on who else asks for it.
class Plan {
 public:
  Plan(const Plan&) = delete;
  Plan& operator=(const Plan&) = delete;

  [[nodiscard]] const TickSchema& schema() const noexcept { return schema_; }
  [[nodiscard]] std::size_t field_count() const noexcept { return field_count_; }
  [[nodiscard]] std::size_t factor_count() const noexcept { return factor_count_; }
  [[nodiscard]] const std::vector<std::string>& factor_names() const noexcept {
    return factor_names_;
  }
  [[nodiscard]] const std::vector<Slot>& factor_slots() const noexcept { return factor_slots_; }
  [[nodiscard]] const std::vector<FieldLoad>& field_loads() const noexcept { return field_loads_; }
  [[nodiscard]] const std::vector<operators::Step>& steps() const noexcept { return steps_; }
  [[nodiscard]] const std::vector<StepRun>& runs() const noexcept { return runs_; }
  /// The same steps, quicker, for an instrument whose last `steady_after()` ticks, and the current
  /// one, had every field that is loaded.
  [[nodiscard]] const std::vector<StepRun>& steady_runs() const noexcept { return steady_runs_; }
  [[nodiscard]] std::uint64_t steady_after() const noexcept { return steady_after_; }
  /// Parallel to `steps()`.
  [[nodiscard]] const std::vector<StepSources>& sources() const noexcept { return sources_; }
  [[nodiscard]] const std::vector<StateNode>& states() const noexcept { return states_; }
  [[nodiscard]] const std::vector<std::shared_ptr<const IncrementalOperator>>& prototypes()
      const noexcept {
    return prototypes_;
  }
  /// A fresh instrument's block: constants in place, other values and all rings missing.
  [[nodiscard]] std::span<const std::byte> fresh_block() const noexcept { return fresh_block_; }
  [[nodiscard]] Offset value_of(Slot slot) const noexcept { return value_offsets_[slot]; }
  [[nodiscard]] std::size_t slot_count() const noexcept { return value_offsets_.size(); }
  /// Where each factor's value lies.
  [[nodiscard]] const std::vector<Offset>& factor_values() const noexcept { return factor_values_; }
  /// From its beginning, what most ticks touch of a block, but for rings.
  [[nodiscard]] std::size_t hot_bytes() const noexcept { return hot_bytes_; }
  /// The ages of the values that leave a window at each tick, and 0, by ring.
  [[nodiscard]] const std::vector<std::pair<operators::Ring, std::uint32_t>>& ring_looks()
      const noexcept {
    return ring_looks_;
  }
  /// Where what operators make of their windows begins.
  [[nodiscard]] std::span<const Offset> derived_looks() const noexcept { return derived_looks_; }
  /// What is derived from rings, as stretches of a block: as in a fresh one, it makes itself anew.
  struct Stretch {
    std::size_t begin = 0;
    std::size_t end = 0;
  };
  [[nodiscard]] std::span<const Stretch> derived() const noexcept { return derived_; }
  [[nodiscard]] const std::string& canonical_text() const noexcept { return canonical_text_; }
  [[nodiscard]] const std::string& description() const noexcept { return description_; }
  /// Custom functions that are called.
  [[nodiscard]] const std::vector<FunctionNote>& functions() const noexcept { return functions_; }
  /// In order of slots; inputs come before what reads them.
  [[nodiscard]] const std::vector<NodeDescription>& nodes() const noexcept { return nodes_; }

 private:
  friend class PlanBuilder;
  friend class BlockLayout;
  Plan() = default;
  TickSchema schema_;
  std::vector<std::string> factor_names_;
  std::vector<Slot> factor_slots_;
  std::vector<FieldLoad> field_loads_;
  std::vector<operators::Step> steps_;
  std::vector<StepRun> runs_;
  std::vector<StepRun> steady_runs_;
  std::uint64_t steady_after_ = 0;
  std::vector<StepSources> sources_;
  std::vector<StateNode> states_;
  std::vector<std::shared_ptr<const IncrementalOperator>> prototypes_;
  std::vector<std::byte> fresh_block_;
  std::vector<Offset> value_offsets_;
  std::vector<Offset> factor_values_;
  std::vector<Stretch> derived_;
  std::vector<std::pair<operators::Ring, std::uint32_t>> ring_looks_;
  std::vector<Offset> derived_looks_;
  std::size_t hot_bytes_ = 0;
  std::size_t field_count_ = 0;
  std::size_t factor_count_ = 0;
  std::string canonical_text_;
  std::string description_;
  std::vector<FunctionNote> functions_;
  std::vector<NodeDescription> nodes_;
  // What steps point to; a deque's elements stay where they are.
  std::deque<operators::SeriesPlan> series_;
  std::deque<operators::PairPlan> pairs_;
  std::deque<ObjectPlan> objects_;
};

}  // namespace factorwal::graph
