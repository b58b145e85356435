#pragma once
/// A factor set compiled: which numbers to compute from which, in an order that works.

#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <unordered_map>
#include <vector>

#include "factorwal/factor_set.h"
#include "factorwal/operator.h"
#include "factorwal/tick.h"

namespace factorwal::graph {

/// Where a number of the current tick lies in an InstrumentGraph's array of values.
using Slot = std::uint32_t;

enum class Opcode : std::uint8_t { kAdd, kSubtract, kMultiply, kDivide, kNegate, kOperator };

/// One computation. Arithmetic: value[out] = value[a] op value[b]. An operator: `a` is its index,
/// `b` the first of its `input_count` entries in `Plan::operator_inputs()`, and its outputs lie
/// from `out` on.
struct Step {
  Opcode opcode = Opcode::kAdd;
  Slot out = 0;
  std::uint32_t a = 0;
  std::uint32_t b = 0;
  std::uint32_t input_count = 0;
  std::uint32_t output_count = 0;
};

/// A field that some factor reads.
struct FieldLoad {
  std::uint32_t column = 0;
  Slot slot = 0;
};

struct OperatorNode {
  std::shared_ptr<const IncrementalOperator> prototype;
  StateIdentity identity;
  std::size_t state_bytes = 0;  // 0: no state, not saved
};

/// What a slot is, for people: a field, a number, arithmetic, or an operator's outputs.
struct NodeDescription {
  Slot slot = 0;
  std::uint32_t output_count = 1;  ///< slots from `slot` on
  std::string text;                ///< the canonical expression; #slot stands for a long one
  std::vector<Slot> inputs;
  std::optional<std::size_t> operator_index;  ///< in Plan::operators()
};

/// Immutable, shared by all instruments. Steps are in topological order; equal subexpressions are
/// one step, so that what a factor computes never depends on who else asks for it.
class Plan {
 public:
  [[nodiscard]] const TickSchema& schema() const noexcept { return schema_; }
  [[nodiscard]] std::size_t factor_count() const noexcept { return factor_names_.size(); }
  [[nodiscard]] const std::vector<std::string>& factor_names() const noexcept {
    return factor_names_;
  }
  [[nodiscard]] const std::vector<Slot>& factor_slots() const noexcept { return factor_slots_; }
  [[nodiscard]] const std::vector<FieldLoad>& field_loads() const noexcept { return field_loads_; }
  [[nodiscard]] const std::vector<Step>& steps() const noexcept { return steps_; }
  [[nodiscard]] const std::vector<Slot>& operator_inputs() const noexcept {
    return operator_inputs_;
  }
  [[nodiscard]] const std::vector<OperatorNode>& operators() const noexcept { return operators_; }
  /// Constants in place, everything else missing.
  [[nodiscard]] const std::vector<double>& initial_values() const noexcept {
    return initial_values_;
  }
  [[nodiscard]] const std::string& canonical_text() const noexcept { return canonical_text_; }
  [[nodiscard]] const std::string& description() const noexcept { return description_; }
  /// In order of slots; inputs come before what reads them.
  [[nodiscard]] const std::vector<NodeDescription>& nodes() const noexcept { return nodes_; }

 private:
  friend class PlanBuilder;
  Plan() = default;
  TickSchema schema_;
  std::vector<std::string> factor_names_;
  std::vector<Slot> factor_slots_;
  std::vector<FieldLoad> field_loads_;
  std::vector<Step> steps_;
  std::vector<Slot> operator_inputs_;
  std::vector<OperatorNode> operators_;
  std::vector<double> initial_values_;
  std::string canonical_text_;
  std::string description_;
  std::vector<NodeDescription> nodes_;
};

/// Grows a plan from the leaves. Asking twice for the same thing gives the same slot.
class PlanBuilder {
 public:
  explicit PlanBuilder(TickSchema schema);

  [[nodiscard]] Slot field(FieldHandle field);
  [[nodiscard]] Slot constant(double value);
  /// For kNegate only `a` counts.
  [[nodiscard]] Slot arithmetic(Opcode opcode, Slot a, Slot b);
  /// The operator's first output; the others follow. `name` and `parameters` (", d=5, minp=5") are
  /// for people; what counts is `op->identity()`. Requires: as many inputs as the operator takes.
  [[nodiscard]] Slot apply(std::unique_ptr<IncrementalOperator> op, std::span<const Slot> inputs,
                           const std::string& name, const std::string& parameters);

  void add_factor(std::string name, Slot slot);
  [[nodiscard]] std::shared_ptr<const Plan> build(std::string canonical_text) &&;

 private:
  struct Value {
    StateIdentity identity;
    std::string text;  // the expression, or #number where that would be long
    bool is_constant = false;
  };
  Slot new_slot(const std::string& definition, std::string text, double initial);
  [[nodiscard]] std::string reference(Slot slot) const;
  void describe(Slot slot, const std::string& text, std::span<const Slot> inputs,
                const std::string& note);

  std::unique_ptr<Plan> plan_;
  std::vector<Value> values_;
  std::unordered_map<std::string, Slot> by_definition_;
};

}  // namespace factorwal::graph
