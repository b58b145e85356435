#include "graph/block_layout.h"

#include <algorithm>
#include <bit>
#include <cmath>
#include <limits>
#include <tuple>

#include "base/coding.h"
#include "factorwal/operators/missing.h"
#include "graph/arithmetic.h"

namespace factorwal::graph {
namespace {

using operators::at;
using operators::SeriesPlan;
using operators::Step;

constexpr std::size_t kNoNode = std::numeric_limits<std::size_t>::max();

using operators::kernel_of;
using operators::Node;

template <Arithmetic kOperation>
void update(Node node) noexcept {
  node.output_present(compute(kOperation, node.input(0), node.input(1)));
}

operators::Kernels arithmetic_kernel(Arithmetic operation) {
  switch (operation) {
    case Arithmetic::kAdd: return kernel_of<update<Arithmetic::kAdd>>;
    case Arithmetic::kSubtract: return kernel_of<update<Arithmetic::kSubtract>>;
    case Arithmetic::kMultiply: return kernel_of<update<Arithmetic::kMultiply>>;
    case Arithmetic::kDivide: return kernel_of<update<Arithmetic::kDivide>>;
    case Arithmetic::kNegate: return kernel_of<update<Arithmetic::kNegate>>;
    case Arithmetic::kLess: return kernel_of<update<Arithmetic::kLess>>;
    case Arithmetic::kLessEqual: return kernel_of<update<Arithmetic::kLessEqual>>;
    case Arithmetic::kGreater: return kernel_of<update<Arithmetic::kGreater>>;
    case Arithmetic::kGreaterEqual: return kernel_of<update<Arithmetic::kGreaterEqual>>;
    case Arithmetic::kEqual: return kernel_of<update<Arithmetic::kEqual>>;
    case Arithmetic::kNotEqual: return kernel_of<update<Arithmetic::kNotEqual>>;
    case Arithmetic::kAnd: return kernel_of<update<Arithmetic::kAnd>>;
    case Arithmetic::kOr: return kernel_of<update<Arithmetic::kOr>>;
    case Arithmetic::kNot: return kernel_of<update<Arithmetic::kNot>>;
  }
  return {};
}

std::int64_t whole_or_zero(double number) {
  return number == std::floor(number) && std::fabs(number) < 0x1p53
             ? static_cast<std::int64_t>(number)
             : 0;
}

void update_series(Node node) noexcept {
  push(*static_cast<const SeriesPlan*>(node.step().plan), node.block());
}

void update_plain_series(Node node) noexcept {
  push_plain(*static_cast<const SeriesPlan*>(node.step().plan), node.block());
}

void update_pair(Node node) noexcept {
  push_pair(*static_cast<const operators::PairPlan*>(node.step().plan), node.block());
}

void update_object(Node node) noexcept {
  const auto& plan = *static_cast<const ObjectPlan*>(node.step().plan);
  std::byte* const block = node.block();
  double* const inputs = &at<double>(block, plan.gathered);
  double* const outputs = inputs + plan.inputs.size();
  for (std::size_t i = 0; i < plan.inputs.size(); ++i)
    inputs[i] = at<double>(block, plan.inputs[i]);
  at<IncrementalOperator*>(block, plan.object)
      ->update({inputs, plan.inputs.size()}, {outputs, plan.outputs.size()});
  for (std::size_t i = 0; i < plan.outputs.size(); ++i) {
    at<double>(block, plan.outputs[i]) = present_or_missing(outputs[i]);
  }
}

}  // namespace

Offset BlockLayout::place(std::size_t bytes, std::size_t alignment) {
  const auto begin = (end_ + alignment - 1) / alignment * alignment;
  end_ = begin + bytes;
  return static_cast<Offset>(begin);  // too large a block is refused before an offset is used
}

// Factors first, in their order, so that an answer lies in few cache lines.
void BlockLayout::place_values() {
  auto& offsets = plan_.value_offsets_;
  offsets.assign(draft_.values_.size(), 0);
  const auto place_value = [&](Slot slot) {
    if (offsets[slot] == 0) offsets[slot] = place(sizeof(double), sizeof(double));
  };
  for (const auto slot : plan_.factor_slots_) place_value(slot);
  for (Slot slot = 0; slot < offsets.size(); ++slot) place_value(slot);
  for (auto& load : plan_.field_loads_) load.value = offsets[load.slot];
  for (const auto slot : plan_.factor_slots_) plan_.factor_values_.push_back(offsets[slot]);
  plan_.field_count_ = plan_.schema_.size();
  plan_.factor_count_ = plan_.factor_names_.size();
}

void BlockLayout::place_states() {
  step_nodes_.assign(draft_.steps_.size(), kNoNode);
  for (std::size_t i = 0; i < draft_.steps_.size(); ++i) {
    const auto& step = draft_.steps_[i];
    const bool is_object = step.form == PlanBuilder::StepDraft::Form::kObject;
    const auto bytes = is_object ? sizeof(void*) : step.layout.state_bytes;
    step_states_.push_back(bytes == 0 ? 0 : place(bytes, alignof(std::uint64_t)));
    if (step.layout.state_bytes == 0) continue;
    step_nodes_[i] = plan_.states_.size();
    auto& node = plan_.states_.emplace_back();
    node.form = is_object ? StateNode::Form::kObject : StateNode::Form::kState;
    node.identity = step.identity;
    node.state_bytes = step.layout.state_bytes;
    node.text = step.text;
    node.slot = step.out;
    node.state = step_states_[i];
    if (is_object) {
      node.object = step.index;
    } else {
      node.call = step.call;
    }
  }
}

void BlockLayout::place_derived() {
  for (const auto& step : draft_.steps_) {
    const bool is_object = step.form == PlanBuilder::StepDraft::Form::kObject;
    const auto bytes = is_object ? (step.inputs.size() + step.output_count) * sizeof(double)
                                 : step.layout.derived_bytes;
    step_derived_.push_back(bytes == 0 ? 0 : place(bytes, alignof(double)));
    if (bytes > 0) plan_.derived_looks_.push_back(step_derived_.back());
  }
}

void BlockLayout::place_rings() {
  for (auto& series : plan_.series_) {
    // One more than the longest window: the value that leaves it is still there.
    const auto capacity = std::bit_ceil(series.slots + 1);
    series.ring.mask = capacity - 1;
    series.ring.values = place(capacity * sizeof(double), operators::kCacheLineBytes);
    plan_.ring_looks_.emplace_back(series.ring, 0);
    for (const auto& window : series.windows) {
      plan_.ring_looks_.emplace_back(series.ring, window.slots);
    }
  }
}

void BlockLayout::add_ring_states() {
  for (std::size_t i = 0; i < draft_.series_.size(); ++i) {
    const auto& draft = draft_.series_[i];
    const auto& series = plan_.series_[i];
    auto& node = plan_.states_.emplace_back();
    const auto kept = series.slots - 1;  // before the tick that comes next
    node.form = StateNode::Form::kRing;
    node.identity = identity_of(draft.identity_text);
    node.state_bytes = kept * sizeof(double);
    node.text = "last " + std::to_string(kept) + " of " + draft_.values_[draft.slot].text;
    node.slot = draft.slot;
    node.series = &series;
  }
}

void BlockLayout::link_windows(const PlanBuilder::StepDraft& draft, Step& step) const {
  for (std::size_t i = 0; i < draft.windows.size(); ++i) {
    const auto& [index, slots] = draft.windows[i];
    const auto& series = plan_.series_[index];
    const auto window = std::ranges::find(series.windows, slots, &operators::WindowPlan::slots);
    step.windows[i] = {series.value, series.grid, window->moments, slots,
                       series.ring,  &series,     &*window};
  }
  if (draft.pair_slots > 0) {
    const auto& pair = plan_.pairs_[draft.index];
    const auto window =
        std::ranges::find(pair.windows, draft.pair_slots, &operators::PairWindowPlan::slots);
    step.pair = {window->moments, window->x->moments, window->y->moments, &pair, &*window};
    // `ready` asks the first window, or else the pair: both begin with their count.
    if (draft.windows.empty()) step.windows[0].moments = window->moments;
  }
}

Step BlockLayout::step_of(const PlanBuilder::StepDraft& draft, std::size_t index) {
  using Form = PlanBuilder::StepDraft::Form;
  Step step;
  const auto offsets = [&](Slot slot) { return plan_.value_offsets_[slot]; };
  step.output_count = draft.output_count;
  if (draft.form != Form::kObject) {
    for (Slot i = 0; i < draft.output_count; ++i) step.outputs[i] = offsets(draft.out + i);
  }
  switch (draft.form) {
    case Form::kArithmetic:
      step.kernel = arithmetic_kernel(draft.operation);
      step.inputs[0] = offsets(draft.inputs.front());
      step.inputs[1] = offsets(draft.inputs.back());
      break;
    case Form::kKind: {
      auto* const constants = std::ranges::copy(draft.call.numbers, step.numbers).out;
      std::ranges::copy(draft.layout.constants, constants);
      std::ranges::transform(draft.call.numbers, step.whole_numbers, whole_or_zero);
      step.kernel = draft.call.kind->kernel;
      std::ranges::transform(draft.inputs, step.inputs, offsets);
      step.state = step_states_[index];
      step.derived = step_derived_[index];
      step.minp = draft.windows.empty() ? draft.pair_slots : draft.windows.front().slots;
      step.pair_minp = draft.pair_slots;
      for (std::size_t i = 0; i < draft.call.kind->parameters.size(); ++i) {
        if (draft.call.kind->parameters[i].type != operators::Parameter::Type::kMinp) continue;
        step.minp = draft.call.numbers[i];
        step.pair_minp = step.minp;
      }
      link_windows(draft, step);
      break;
    }
    case Form::kObject: {
      auto& object = plan_.objects_.emplace_back();
      for (const auto input : draft.inputs) object.inputs.push_back(offsets(input));
      for (Slot i = 0; i < draft.output_count; ++i)
        object.outputs.push_back(offsets(draft.out + i));
      object.gathered = step_derived_[index];
      object.object = step_states_[index];
      step.kernel = kernel_of<update_object>;
      step.plan = &object;
      step.state = object.object;
      step.object = draft.index;
      break;
    }
    case Form::kSeries:
      step.kernel = draft_.series_[draft.index].on_grid ? kernel_of<update_series>
                                                        : kernel_of<update_plain_series>;
      step.plan = &plan_.series_[draft.index];
      break;
    case Form::kPair:
      step.kernel = kernel_of<update_pair>;
      step.plan = &plan_.pairs_[draft.index];
      break;
  }
  return step;
}

StepSources BlockLayout::sources_of(const PlanBuilder::StepDraft& draft, std::size_t index) const {
  const auto ring_states = plan_.states_.size() - draft_.series_.size();
  const auto ring = [&](std::size_t series) {
    return static_cast<std::uint32_t>(ring_states + series);
  };
  StepSources sources;
  sources.inputs = draft.inputs;
  sources.out = draft.out;
  sources.output_count = draft.output_count;
  if (draft.form == PlanBuilder::StepDraft::Form::kSeries) {
    sources.state = ring(draft.index);
    return sources;
  }
  if (step_nodes_[index] != kNoNode) {
    sources.state = static_cast<std::uint32_t>(step_nodes_[index]);
  }
  for (const auto& [series, slots] : draft.windows) sources.looks.push_back({ring(series), slots});
  if (draft.pair_slots > 0) {
    const auto& pair = draft_.pairs_[draft.index];
    sources.looks.push_back({ring(pair.x), draft.pair_slots});
    sources.looks.push_back({ring(pair.y), draft.pair_slots});
  }
  return sources;
}

// Steps that need nothing of each other come by kernel, so that one call runs them all. Sums come
// as early as they can: a processor works on other steps while their numbers are on the way.
std::vector<std::size_t> BlockLayout::order_of_steps() const {
  std::vector<std::size_t> slot_levels(draft_.values_.size());
  std::vector<std::size_t> series_levels(draft_.series_.size());
  std::vector<std::size_t> pair_levels(draft_.pairs_.size());
  std::vector<std::pair<std::size_t, std::size_t>> order;  // level, index
  using Form = PlanBuilder::StepDraft::Form;
  for (std::size_t i = 0; i < draft_.steps_.size(); ++i) {
    const auto& step = draft_.steps_[i];
    std::size_t level = 0;
    for (const auto input : step.inputs) level = std::max(level, slot_levels[input]);
    for (const auto& window : step.windows) level = std::max(level, series_levels[window.series]);
    if (step.pair_slots > 0) level = std::max(level, pair_levels[step.index]);
    if (step.form == Form::kPair) {
      const auto& pair = draft_.pairs_[step.index];
      level = std::max({level, series_levels[pair.x], series_levels[pair.y]});
    }
    order.emplace_back(level, i);
    ++level;
    if (step.form == Form::kSeries) series_levels[step.index] = level;
    if (step.form == Form::kPair) pair_levels[step.index] = level;
    for (Slot out = 0; out < step.output_count; ++out) slot_levels[step.out + out] = level;
  }
  const auto rank = [&](const auto& entry) {
    const auto& step = draft_.steps_[entry.second];
    const auto name = step.form == Form::kKind ? step.call.kind->name : std::string_view{};
    // A pair follows its series at once, before what only needs as much as the series did.
    const auto level = step.form == Form::kPair     ? 3 * entry.first - 2
                       : step.form == Form::kSeries ? 3 * entry.first
                                                    : 3 * entry.first + 2;
    return std::tuple(level, step.form, step.operation, name, entry.second);
  };
  std::ranges::sort(order, {}, rank);
  std::vector<std::size_t> indexes(order.size());
  std::ranges::transform(order, indexes.begin(), [](const auto& entry) { return entry.second; });
  return indexes;
}

/// By slot: whether a factor, a step, or a series reads it.
std::vector<bool> BlockLayout::read_slots() const {
  std::vector<bool> read(draft_.values_.size());
  for (const auto slot : plan_.factor_slots_) read[slot] = true;
  for (const auto& step : draft_.steps_) {
    for (const auto input : step.inputs) read[input] = true;
  }
  return read;
}

void BlockLayout::make_steps() {
  const auto read = read_slots();
  const auto order = order_of_steps();
  for (const auto i : order) {
    const auto& draft = draft_.steps_[i];
    auto& step = plan_.steps_.emplace_back(step_of(draft, i));
    for (Slot out = 1; out < draft.output_count && out < operators::kNodeOutputsMax; ++out) {
      if (read[draft.out + out]) step.wanted |= 1U << out;
    }
    plan_.sources_.push_back(sources_of(draft_.steps_[i], i));
  }
  make_runs(order);
}

/// After so many ticks with all fields present the steady kernel may run. Nothing: never, as inputs
/// that are computed may be missing at any tick.
std::optional<std::uint64_t> BlockLayout::steady_after(const PlanBuilder::StepDraft& draft) const {
  if (draft.form != PlanBuilder::StepDraft::Form::kKind) return {};
  const auto is_field = [&](Slot slot) {
    return std::ranges::find(plan_.field_loads_, slot, &FieldLoad::slot) !=
           plan_.field_loads_.end();
  };
  if (!std::ranges::all_of(draft.inputs, is_field)) return {};
  if (draft.layout.state_bytes > 0 && draft.layout.steady_after == 0) return {};
  auto ticks = std::max(draft.layout.steady_after, draft.layout.pair_slots);
  for (const auto& window : draft.layout.windows) ticks = std::max(ticks, window.slots);
  return static_cast<std::uint64_t>(ticks);
}

void BlockLayout::make_runs(const std::vector<std::size_t>& order) {
  const auto add = [](std::vector<StepRun>& runs, operators::Kernel kernel, const Step* step) {
    if (runs.empty() || runs.back().kernel != kernel) runs.push_back({kernel, step, step});
    runs.back().last = step + 1;
  };
  const auto* step = plan_.steps_.data();
  for (const auto i : order) {
    const auto steady = steady_after(draft_.steps_[i]);
    plan_.steady_after_ = std::max(plan_.steady_after_, steady.value_or(0));
    add(plan_.runs_, step->kernel.any, step);
    add(plan_.steady_runs_, steady ? step->kernel.steady : step->kernel.any, step);
    ++step;
  }
}

void BlockLayout::make_fresh_block() {
  plan_.fresh_block_.resize((end_ + operators::kCacheLineBytes - 1) / operators::kCacheLineBytes *
                            operators::kCacheLineBytes);
  auto* const block = plan_.fresh_block_.data();
  store(block, operators::BlockHeader{operators::kFirstTick, operators::kFirstTick});
  for (std::size_t slot = 0; slot < draft_.values_.size(); ++slot) {
    store(block + plan_.value_offsets_[slot], draft_.values_[slot].initial);
  }
  for (const auto& series : plan_.series_) {
    for (std::size_t i = 0; i <= series.ring.mask; ++i) {
      store(block + series.ring.values + i * sizeof(double), kMissing);
    }
  }
}

Status BlockLayout::finish() {
  place_values();
  plan_.derived_.push_back({end_, 0});
  place_sums();
  plan_.derived_.back().end = end_;
  place_states();
  plan_.derived_.push_back({end_, 0});
  place_narrow_sums();
  plan_.hot_bytes_ = end_;
  place_derived();
  place_wide_sums();
  plan_.derived_.back().end = end_;
  place_rings();
  if (end_ > operators::kBlockBytesMax) {
    return Error{Errc::kInvalidArgument,
                 "the factors keep " + std::to_string(end_) +
                     " bytes for each instrument; at most " +
                     std::to_string(operators::kBlockBytesMax) +
                     " are taken: use shorter windows, or over fewer series",
                 0};
  }
  add_ring_states();
  make_steps();
  make_fresh_block();
  return {};
}

}  // namespace factorwal::graph
