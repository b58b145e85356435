#include "graph/plan_builder.h"

#include <algorithm>
#include <bit>
#include <charconv>
#include <utility>

#include "base/check.h"
#include "base/floating_point_guard.h"
#include "factorwal/operators/missing.h"
#include "graph/arithmetic.h"
#include "graph/block_layout.h"
#include "graph/built_in_call.h"

namespace factorwal::graph {
namespace {

// Longer expressions are shown as the number of their node, so that a chain of factors that use
// each other does not double its text at each step.
constexpr std::size_t kTextBytesMax = 160;

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
  values_.push_back({identity_of(definition), std::move(text), false, initial});
  return slot;
}

Slot PlanBuilder::new_outputs(const std::string& definition, const std::string& text,
                              std::uint32_t count) {
  const Slot first = new_slot(definition, text, kMissing);
  for (std::uint32_t i = 1; i < count; ++i) {
    const std::string suffix = std::string(".").append(std::to_string(i));
    (void)new_slot(definition + suffix, values_[first].text + suffix, kMissing);
  }
  return first;
}

std::string PlanBuilder::reference(Slot slot) const { return to_hex(values_[slot].identity); }

std::string PlanBuilder::scoped(std::string definition) const {
  if (!scope_.empty()) definition.append("|").append(scope_);
  return definition;
}

std::string PlanBuilder::definition_of(std::string identity, std::span<const Slot> inputs) const {
  std::string definition = scoped(std::move(identity));
  for (std::size_t i = 0; i < inputs.size(); ++i) {
    definition.append(i == 0 ? "|" : ",").append(reference(inputs[i]));
  }
  return definition;
}

std::string PlanBuilder::call_text(const std::string& name, std::span<const Slot> inputs,
                                   const std::string& parameters) const {
  std::string text = name + "(";
  for (std::size_t i = 0; i < inputs.size(); ++i) {
    text.append(i == 0 ? "" : ", ").append(values_[inputs[i]].text);
  }
  text += inputs.empty() && parameters.size() > 2 ? parameters.substr(2) : parameters;
  return text += ")";
}

void PlanBuilder::describe(Slot slot, const std::string& text, std::span<const Slot> inputs,
                           const std::string& note) {
  std::string& out = plan_->description_;
  out.append("#").append(std::to_string(slot)).append("\t").append(text);
  out.append("\treads");
  for (const Slot input : inputs) out.append(" #").append(std::to_string(input));
  if (inputs.empty()) out.append(" -");
  out.append("\t").append(note).append("\n");
  plan_->nodes_.push_back({slot, 1, text, {inputs.begin(), inputs.end()}, 0});
}

Slot PlanBuilder::field(FieldHandle field) {
  const std::string& name = plan_->schema_.names().at(field.index);
  const std::string definition = "field " + name;
  if (const auto known = by_definition_.find(definition); known != by_definition_.end()) {
    return known->second;
  }
  const Slot slot = new_slot(definition, name, kMissing);
  plan_->field_loads_.push_back({static_cast<std::uint32_t>(field.index), slot, 0});
  describe(slot, name, {}, "field");
  by_definition_.emplace(definition, slot);
  return slot;
}

Slot PlanBuilder::constant(double value) {
  value = present_or_missing(value);
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

Slot PlanBuilder::arithmetic(Arithmetic operation, Slot a, Slot b) {
  FACTORWAL_CHECK(a < values_.size() && b < values_.size());
  const bool unary = is_unary(operation);
  if (values_[a].is_constant && (unary || values_[b].is_constant)) {
    return constant(compute(operation, values_[a].initial, values_[b].initial));
  }
  std::string definition(symbol_of(operation));
  definition += reference(a);
  if (!unary) definition += reference(b);
  if (const auto known = by_definition_.find(definition); known != by_definition_.end()) {
    return known->second;
  }
  std::string text(unary ? symbol_of(operation) : "(");
  text += values_[a].text;
  if (!unary) text.append(symbol_of(operation)).append(values_[b].text).append(")");
  StepDraft step;
  step.operation = operation;
  step.out = new_slot(definition, text, kMissing);
  step.output_count = 1;
  step.inputs = unary ? std::vector<Slot>{a} : std::vector<Slot>{a, b};
  describe(step.out, text, step.inputs, "arithmetic");
  by_definition_.emplace(std::move(definition), step.out);
  steps_.push_back(std::move(step));
  return steps_.back().out;
}

std::size_t PlanBuilder::series_of(Slot slot) {
  const std::string definition = scoped("history of " + reference(slot));
  const auto [known, is_new] = series_by_definition_.emplace(definition, series_.size());
  if (is_new) {
    StepDraft push;
    push.form = StepDraft::Form::kSeries;
    push.inputs = {slot};
    push.index = series_.size();
    steps_.push_back(std::move(push));
    series_.push_back({slot, definition, {}, false, false});
  }
  return known->second;
}

std::size_t PlanBuilder::pair_of(std::size_t x, std::size_t y) {
  const auto [known, is_new] = pair_by_series_.emplace(std::pair(x, y), pairs_.size());
  if (is_new) {
    StepDraft push;
    push.form = StepDraft::Form::kPair;
    push.index = pairs_.size();
    steps_.push_back(std::move(push));
    pairs_.push_back({x, y, {}});
  }
  return known->second;
}

void PlanBuilder::use_window(std::size_t series, std::uint32_t slots, operators::Order order) {
  auto& draft = series_[series];
  auto& known = draft.windows[slots];
  known = std::max(known, order);
  draft.counts = draft.counts || order >= operators::Order::kCount;
  draft.on_grid = draft.on_grid || order >= operators::Order::kSum;
}

/// The rings that a step looks at, and what of each it needs from one tick to the next.
std::string PlanBuilder::rings_text(const StepDraft& step) const {
  std::vector<WindowDraft> looks = step.windows;
  if (step.pair_slots > 0) {
    looks.push_back({pairs_[step.index].x, step.pair_slots});
    looks.push_back({pairs_[step.index].y, step.pair_slots});
  }
  std::string text;
  for (const auto& [series, slots] : looks) {
    text.append(text.empty() ? "" : " and ");
    text.append(to_hex(identity_of(series_[series].identity_text))).append(" ");
    text.append(std::to_string((slots - 1) * sizeof(double))).append(" bytes");
  }
  return text;
}

Slot PlanBuilder::apply(operators::Call call, std::span<const Slot> inputs,
                        const std::string& parameters) {
  const auto& kind = *call.kind;
  FACTORWAL_CHECK(inputs.size() == kind.series.size() &&
                  inputs.size() <= operators::kNodeInputsMax);
  std::string definition = definition_of(operators::identity_of(call), inputs);
  if (const auto known = by_definition_.find(definition); known != by_definition_.end()) {
    return known->second;
  }
  StepDraft step;
  step.form = StepDraft::Form::kKind;
  step.inputs.assign(inputs.begin(), inputs.end());
  {
    const FloatingPointGuard guard;  // of a smoothing constant, say
    step.layout = operators::layout_of(call);
  }
  FACTORWAL_CHECK(step.layout.windows.size() <= operators::kNodeWindowsMax &&
                  step.layout.state_bytes <= operators::kStateBytesMax &&
                  step.layout.state_bytes % sizeof(std::uint64_t) == 0 &&
                  call.numbers.size() + step.layout.constants.size() <=
                      operators::kNodeNumbersMax &&
                  kind.output_count() <= operators::kNodeOutputsMax);
  // `ready` asks the first window, or the pair.
  const bool has_minp = std::ranges::any_of(kind.parameters, [](const auto& parameter) {
    return parameter.type == operators::Parameter::Type::kMinp;
  });
  FACTORWAL_CHECK(
      !has_minp || step.layout.pair_slots > 0 ||
      (!step.layout.windows.empty() && step.layout.windows[0].order != operators::Order::kNone));
  std::uint64_t slots_most = 1;
  for (const auto& window : step.layout.windows) {
    const auto slots = static_cast<std::uint32_t>(window.slots);
    const auto series = series_of(inputs[window.input]);
    use_window(series, slots, window.order);
    step.windows.push_back({series, slots});
    slots_most = std::max<std::uint64_t>(slots_most, slots);
  }
  if (step.layout.pair_slots > 0) {
    step.pair_slots = static_cast<std::uint32_t>(step.layout.pair_slots);
    const auto x = series_of(inputs[0]);
    const auto y = series_of(inputs[1]);
    for (const auto series : {x, y}) {
      use_window(series, step.pair_slots, operators::Order::kSquares);
    }
    step.index = pair_of(x, y);
    auto& known = pairs_[step.index].windows;
    if (std::ranges::find(known, step.pair_slots) == known.end()) known.push_back(step.pair_slots);
    slots_most = std::max<std::uint64_t>(slots_most, step.pair_slots);
  }
  step.text = call_text(std::string(kind.name), inputs, parameters);
  step.output_count = static_cast<std::uint32_t>(kind.output_count());
  step.out = new_outputs(definition, step.text, step.output_count);
  step.identity = values_[step.out].identity;
  std::string note = "no state";
  if (step.layout.state_bytes > 0) {
    note =
        "state " + to_hex(step.identity) + " " + std::to_string(step.layout.state_bytes) + " bytes";
  } else if (slots_most > 1) {
    note = "state " + rings_text(step);
  }
  describe(step.out, step.text, inputs, note);
  auto& node = plan_->nodes_.back();
  node.output_count = step.output_count;
  node.earlier_ticks = slots_most - 1;
  if (step.layout.state_bytes > 0) node.earlier_ticks.reset();
  step.call = std::move(call);
  by_definition_.emplace(std::move(definition), step.out);
  steps_.push_back(std::move(step));
  return steps_.back().out;
}

Slot PlanBuilder::apply(std::unique_ptr<IncrementalOperator> op, std::span<const Slot> inputs,
                        const std::string& name, const std::string& parameters) {
  if (const auto* call = built_in_call(*op)) return apply(*call, inputs, parameters);
  FACTORWAL_CHECK(inputs.size() == op->default_inputs().size() && op->output_count() > 0);
  std::string definition = definition_of(op->identity(), inputs);
  if (const auto known = by_definition_.find(definition); known != by_definition_.end()) {
    return known->second;
  }
  StepDraft step;
  step.form = StepDraft::Form::kObject;
  step.inputs.assign(inputs.begin(), inputs.end());
  step.text = call_text(name, inputs, parameters);
  step.output_count = static_cast<std::uint32_t>(op->output_count());
  step.out = new_outputs(definition, step.text, step.output_count);
  step.identity = values_[step.out].identity;
  step.layout.state_bytes = state_bytes(*op);
  step.index = plan_->prototypes_.size();
  describe(step.out, step.text, inputs,
           step.layout.state_bytes == 0 ? "no state"
                                        : "state " + to_hex(step.identity) + " " +
                                              std::to_string(step.layout.state_bytes) + " bytes");
  plan_->nodes_.back().output_count = step.output_count;
  if (step.layout.state_bytes > 0) plan_->nodes_.back().earlier_ticks = op->memory();
  plan_->prototypes_.push_back(std::move(op));
  by_definition_.emplace(std::move(definition), step.out);
  steps_.push_back(std::move(step));
  return steps_.back().out;
}

void PlanBuilder::add_factor(std::string name, Slot slot) {
  FACTORWAL_CHECK(slot < values_.size());
  plan_->factor_names_.push_back(std::move(name));
  plan_->factor_slots_.push_back(slot);
}

void PlanBuilder::note_function(FunctionNote function) {
  auto& known = plan_->functions_;
  if (std::ranges::find(known, function) == known.end()) known.push_back(std::move(function));
}

Result<std::shared_ptr<const Plan>> PlanBuilder::build(std::string canonical_text) && {
  plan_->canonical_text_ = std::move(canonical_text);
  if (Status done = BlockLayout(*this).finish(); !done) return std::move(done).error();
  return std::shared_ptr<const Plan>(std::move(plan_));
}

}  // namespace factorwal::graph
