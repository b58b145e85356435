#include "graph/plan.h"

#include <bit>
#include <charconv>
#include <utility>

#include "base/check.h"
#include "factorwal/operators/missing.h"
#include "graph/arithmetic.h"
#include "graph/state_identity.h"

namespace factorwal::graph {
namespace {

// Longer expressions are shown as the number of their node, so that a chain of factors that use
// each other does not double its text at each step.
constexpr std::size_t kTextBytesMax = 160;

std::string_view symbol_of(Opcode opcode) {
  switch (opcode) {
    case Opcode::kAdd: return " + ";
    case Opcode::kSubtract: return " - ";
    case Opcode::kMultiply: return " * ";
    case Opcode::kDivide: return " / ";
    case Opcode::kNegate: return "-";
    case Opcode::kOperator: break;
  }
  return " ? ";
}

std::string number_text(double value) {
  if (value != value) return "nan";
  char buffer[40];
  return {buffer, std::to_chars(buffer, buffer + sizeof buffer, value).ptr};
}

}  // namespace

PlanBuilder::PlanBuilder(TickSchema schema) : plan_(new Plan) {
  plan_->schema_ = std::move(schema);
}

Slot PlanBuilder::new_slot(const std::string& definition, std::string text, double initial) {
  const Slot slot = static_cast<Slot>(values_.size());
  if (text.size() > kTextBytesMax) text = std::string("#").append(std::to_string(slot));
  values_.push_back({identity_of(definition), std::move(text), false});
  plan_->initial_values_.push_back(initial);
  return slot;
}

std::string PlanBuilder::reference(Slot slot) const { return to_hex(values_[slot].identity); }

void PlanBuilder::describe(Slot slot, const std::string& text, std::span<const Slot> inputs,
                           const std::string& note) {
  std::string& out = plan_->description_;
  out.append("#").append(std::to_string(slot)).append("\t").append(text);
  out.append("\treads");
  for (const Slot input : inputs) out.append(" #").append(std::to_string(input));
  if (inputs.empty()) out.append(" -");
  out.append("\t").append(note).append("\n");
  plan_->nodes_.push_back({slot, 1, text, {inputs.begin(), inputs.end()}, std::nullopt});
}

Slot PlanBuilder::field(FieldHandle field) {
  const std::string& name = plan_->schema_.names().at(field.index);
  const std::string definition = "field " + name;
  if (const auto known = by_definition_.find(definition); known != by_definition_.end()) {
    return known->second;
  }
  const Slot slot = new_slot(definition, name, kMissing);
  plan_->field_loads_.push_back({static_cast<std::uint32_t>(field.index), slot});
  describe(slot, name, {}, "field");
  by_definition_.emplace(definition, slot);
  return slot;
}

Slot PlanBuilder::constant(double value) {
  value = finite_or_missing(value);
  const std::string definition = "number " + std::to_string(std::bit_cast<std::uint64_t>(value));
  if (const auto known = by_definition_.find(definition); known != by_definition_.end()) {
    return known->second;
  }
  const Slot slot = new_slot(definition, number_text(value), value);
  values_[slot].is_constant = true;
  describe(slot, values_[slot].text, {}, "number");
  by_definition_.emplace(definition, slot);
  return slot;
}

Slot PlanBuilder::arithmetic(Opcode opcode, Slot a, Slot b) {
  FACTORWAL_CHECK(opcode != Opcode::kOperator && a < values_.size() && b < values_.size());
  const bool unary = opcode == Opcode::kNegate;
  if (values_[a].is_constant && (unary || values_[b].is_constant)) {
    return constant(compute(opcode, plan_->initial_values_[a], plan_->initial_values_[b]));
  }
  std::string definition(symbol_of(opcode));
  definition += reference(a);
  if (!unary) definition += reference(b);
  if (const auto known = by_definition_.find(definition); known != by_definition_.end()) {
    return known->second;
  }
  std::string text(unary ? "-" : "(");
  text += values_[a].text;
  if (!unary) text.append(symbol_of(opcode)).append(values_[b].text).append(")");
  const Slot slot = new_slot(definition, text, kMissing);
  plan_->steps_.push_back({opcode, slot, a, b, 0, 1});
  const Slot inputs[] = {a, b};
  describe(slot, text, std::span<const Slot>(inputs, unary ? 1 : 2), "arithmetic");
  by_definition_.emplace(std::move(definition), slot);
  return slot;
}

Slot PlanBuilder::apply(std::unique_ptr<IncrementalOperator> op, std::span<const Slot> inputs,
                        const std::string& name, const std::string& parameters) {
  FACTORWAL_CHECK(inputs.size() == op->default_inputs().size() && op->output_count() > 0);
  std::string definition = op->identity();
  std::string text = name + "(";
  for (std::size_t i = 0; i < inputs.size(); ++i) {
    definition.append(i == 0 ? "|" : ",").append(reference(inputs[i]));
    text.append(i == 0 ? "" : ", ").append(values_[inputs[i]].text);
  }
  text += inputs.empty() && parameters.size() > 2 ? parameters.substr(2) : parameters;
  text += ")";
  if (const auto known = by_definition_.find(definition); known != by_definition_.end()) {
    return known->second;
  }

  Step step;
  step.opcode = Opcode::kOperator;
  step.a = static_cast<std::uint32_t>(plan_->operators_.size());
  step.b = static_cast<std::uint32_t>(plan_->operator_inputs_.size());
  step.input_count = static_cast<std::uint32_t>(inputs.size());
  step.output_count = static_cast<std::uint32_t>(op->output_count());
  step.out = new_slot(definition, text, kMissing);
  for (std::uint32_t i = 1; i < step.output_count; ++i) {
    const std::string suffix = std::string(".").append(std::to_string(i));
    (void)new_slot(definition + suffix, values_[step.out].text + suffix, kMissing);
  }
  OperatorNode node;
  node.identity = values_[step.out].identity;
  node.state_bytes = state_bytes(*op);
  describe(step.out, text, inputs,
           node.state_bytes == 0 ? "no state"
                                 : "state " + to_hex(node.identity) + " " +
                                       std::to_string(node.state_bytes) + " bytes");
  plan_->nodes_.back().output_count = step.output_count;
  plan_->nodes_.back().operator_index = step.a;
  node.prototype = std::move(op);
  plan_->operators_.push_back(std::move(node));
  plan_->operator_inputs_.insert(plan_->operator_inputs_.end(), inputs.begin(), inputs.end());
  plan_->steps_.push_back(step);
  by_definition_.emplace(std::move(definition), step.out);
  return step.out;
}

void PlanBuilder::add_factor(std::string name, Slot slot) {
  FACTORWAL_CHECK(slot < values_.size());
  plan_->factor_names_.push_back(std::move(name));
  plan_->factor_slots_.push_back(slot);
}

std::shared_ptr<const Plan> PlanBuilder::build(std::string canonical_text) && {
  plan_->canonical_text_ = std::move(canonical_text);
  return std::shared_ptr<const Plan>(std::move(plan_));
}

}  // namespace factorwal::graph
