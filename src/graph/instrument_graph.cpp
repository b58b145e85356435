#include "graph/instrument_graph.h"

#include <algorithm>

#include "base/check.h"
#include "base/floating_point_guard.h"
#include "graph/arithmetic.h"
#include "graph/state_records.h"

namespace factorwal::graph {

InstrumentGraph::InstrumentGraph(std::shared_ptr<const Plan> plan)
    : plan_(std::move(plan)), values_(plan_->initial_values()) {
  operators_.reserve(plan_->operators().size());
  for (const OperatorNode& node : plan_->operators()) {
    operators_.push_back(node.prototype->clone_fresh());
  }
  std::size_t input_count_max = 0;
  for (const Step& step : plan_->steps()) {
    input_count_max = std::max<std::size_t>(input_count_max, step.input_count);
  }
  inputs_.resize(input_count_max);
}

void InstrumentGraph::evaluate_as(std::span<const double> fields,
                                  std::span<const Quality> qualities, Sequence sequence,
                                  std::span<double> outputs) noexcept {
  FACTORWAL_CHECK(fields.size() == plan_->schema().size());
  FACTORWAL_CHECK(outputs.size() == plan_->factor_count());
  const FloatingPointGuard guard;
  for (const FieldLoad& load : plan_->field_loads()) {
    values_[load.slot] = present_or_missing(fields[load.column]);
  }
  const std::vector<Slot>& slots = plan_->factor_slots();
  if (doubtful_ || !qualities.empty()) [[unlikely]] {
    evaluate_doubtful(qualities, sequence);
    for (std::size_t i = 0; i < outputs.size(); ++i) {
      outputs[i] = qualities_[slots[i]] == Quality::kHit ? kMissing : values_[slots[i]];
    }
    return;
  }
  for (const Step& step : plan_->steps()) {
    if (step.opcode == Opcode::kOperator) {
      run_operator(step);
    } else {
      run_arithmetic(step);
    }
  }
  for (std::size_t i = 0; i < outputs.size(); ++i) outputs[i] = values_[slots[i]];
}

inline void InstrumentGraph::run_arithmetic(const Step& step) noexcept {
  double* const values = values_.data();
  const double a = values[step.a];
  switch (step.opcode) {
    case Opcode::kAdd: values[step.out] = compute(Opcode::kAdd, a, values[step.b]); break;
    case Opcode::kSubtract: values[step.out] = compute(Opcode::kSubtract, a, values[step.b]); break;
    case Opcode::kMultiply: values[step.out] = compute(Opcode::kMultiply, a, values[step.b]); break;
    case Opcode::kDivide: values[step.out] = compute(Opcode::kDivide, a, values[step.b]); break;
    case Opcode::kNegate: values[step.out] = compute(Opcode::kNegate, a, 0); break;
    case Opcode::kOperator: break;
  }
}

inline void InstrumentGraph::run_operator(const Step& step) noexcept {
  double* const values = values_.data();
  const Slot* const inputs = plan_->operator_inputs().data() + step.b;
  for (std::uint32_t i = 0; i < step.input_count; ++i) inputs_[i] = values[inputs[i]];
  const std::span<double> results(values + step.out, step.output_count);
  operators_[step.a]->update({inputs_.data(), step.input_count}, results);
  // Built-in operators do this themselves; a user's own may not.
  for (double& result : results) result = finite_or_missing(result);
}

void InstrumentGraph::evaluate_doubtful(std::span<const Quality> qualities,
                                        Sequence sequence) noexcept {
  make_room_for_doubts();
  for (const FieldLoad& load : plan_->field_loads()) {
    qualities_[load.slot] = qualities.empty() ? Quality::kExact : qualities[load.column];
  }
  for (const Step& step : plan_->steps()) {
    if (step.opcode != Opcode::kOperator) {
      run_arithmetic(step);
      const auto b = step.opcode == Opcode::kNegate ? step.a : step.b;
      qualities_[step.out] = std::max(qualities_[step.a], qualities_[b]);
      continue;
    }
    run_operator(step);
    auto inputs = Quality::kExact;
    for (std::uint32_t i = 0; i < step.input_count; ++i) {
      inputs = std::max(inputs, qualities_[plan_->operator_inputs()[step.b + i]]);
    }
    const auto result = update_doubt(step, inputs, sequence);
    std::fill_n(qualities_.begin() + step.out, step.output_count, result);
  }
  note_doubts();
}

Quality InstrumentGraph::update_doubt(const Step& step, Quality inputs,
                                      Sequence sequence) noexcept {
  if (plan_->operators()[step.a].state_bytes == 0) return inputs;
  auto& doubt = doubts_[step.a];
  // Without the count nothing becomes exact; what is hit becomes approximate.
  const auto best = counted_ ? Quality::kExact : Quality::kApproximate;
  if (inputs > std::min(best, doubt.quality)) {
    if (doubt.quality == Quality::kExact) doubt.since = sequence;
    doubt.quality = std::max(doubt.quality, inputs);
    doubt.exact_updates = 0;
  } else if (doubt.quality > best) {
    const auto memory = operators_[step.a]->memory();
    // After `memory` of them the state is exact; that update's output still came from the state
    // before it, as a delay's does.
    if (memory && ++doubt.exact_updates > *memory) doubt = {best, 0, counted_ ? 0 : doubt.since};
  }
  return doubt.quality;
}

void InstrumentGraph::skip(std::uint64_t count, Sequence sequence, bool counted) {
  counted_ = counted_ && counted;
  if (!counted) count = std::min<std::uint64_t>(count, 1);  // what each would add means nothing
  const std::vector<double> nothing(plan_->schema().size(), kMissing);
  const std::vector<Quality> lost(nothing.size(), Quality::kHit);
  std::vector<double> outputs(plan_->factor_count());
  for (; count > 0; --count) evaluate_as(nothing, lost, sequence, outputs);
}

void InstrumentGraph::save(std::vector<std::byte>& out) {
  for (std::size_t i = 0; i < operators_.size(); ++i) {
    const OperatorNode& node = plan_->operators()[i];
    if (node.state_bytes == 0) continue;
    append_state_record(node.identity, *operators_[i], out, doubtful_ ? doubts_[i] : Doubt{});
  }
  if (!counted_) append_uncounted_mark(out);
}

Result<LoadReport> InstrumentGraph::load(std::span<const std::byte> bytes, std::uint64_t tick_count,
                                         Sequence sequence) {
  auto records = parse_state_records(bytes);
  if (!records) return std::move(records).error();
  LoadReport report;
  counted_ = records->counted;
  doubts_.assign(operators_.size(), {});
  qualities_.assign(values_.size(), Quality::kExact);
  for (std::size_t i = 0; i < operators_.size(); ++i) {
    const OperatorNode& node = plan_->operators()[i];
    if (node.state_bytes == 0) continue;
    const auto record = records->states.find(node.identity);
    if (record == records->states.end()) {
      ++report.cold;
      begin_late(i, tick_count, sequence);
      continue;
    }
    if (Status loaded = load_state(*operators_[i], record->second.bytes); !loaded) {
      return std::move(loaded).error();
    }
    doubts_[i] = record->second.doubt;
    ++report.loaded;
  }
  note_doubts();
  report.unused = records->states.size() - report.loaded;
  return report;
}

// What remembers finitely many updates depends on them and on how many there were: it is made to
// count those that it has not seen. Beyond twice its memory the count matters only modulo that.
void InstrumentGraph::begin_late(std::size_t op, std::uint64_t tick_count, Sequence sequence) {
  if (tick_count == 0) return;
  doubts_[op] = {Quality::kApproximate, 0, sequence};
  const auto memory = operators_[op]->memory();
  if (!memory || *memory == 0) return;
  const auto count = tick_count < 2 * *memory ? tick_count : *memory + tick_count % *memory;
  const std::vector<double> nothing(operators_[op]->default_inputs().size(), kMissing);
  std::vector<double> outputs(operators_[op]->output_count());
  for (std::uint64_t i = 0; i < count; ++i) operators_[op]->update(nothing, outputs);
}

Status InstrumentGraph::heal(std::span<const std::byte> bytes) {
  auto records = parse_state_records(bytes);
  if (!records) return std::move(records).error();
  counted_ = counted_ && records->counted;
  for (std::size_t i = 0; i < operators_.size() && doubtful_; ++i) {
    if (doubts_[i].quality == Quality::kExact) continue;
    const auto record = records->states.find(plan_->operators()[i].identity);
    if (record == records->states.end() || is_worse(record->second.doubt, doubts_[i])) continue;
    if (Status loaded = load_state(*operators_[i], record->second.bytes); !loaded) {
      return std::move(loaded).error();
    }
    doubts_[i] = record->second.doubt;
  }
  note_doubts();
  return {};
}

Status InstrumentGraph::share_doubts(std::span<const std::byte> bytes) {
  auto records = parse_state_records(bytes);
  if (!records) return std::move(records).error();
  counted_ = counted_ && records->counted;
  make_room_for_doubts();
  for (std::size_t i = 0; i < operators_.size(); ++i) {
    const auto record = records->states.find(plan_->operators()[i].identity);
    if (record == records->states.end()) continue;
    doubts_[i] = worst_of(doubts_[i], record->second.doubt);
  }
  note_doubts();
  return {};
}

void InstrumentGraph::make_room_for_doubts() {
  qualities_.resize(values_.size());
  doubts_.resize(operators_.size());
}

void InstrumentGraph::note_doubts() noexcept {
  doubtful_ = std::ranges::any_of(
      doubts_, [](const Doubt& doubt) { return doubt.quality != Quality::kExact; });
}

// Walks from the slot to the operators with state that it depends on.
Quality InstrumentGraph::slot_quality(Slot slot, Sequence* since) const {
  if (since != nullptr) *since = 0;
  if (!doubtful_) return Quality::kExact;
  std::vector<bool> needed(values_.size());
  needed[slot] = true;
  auto worst = Quality::kExact;
  const auto& steps = plan_->steps();
  for (auto step = steps.rbegin(); step != steps.rend(); ++step) {
    const auto outputs = needed.begin() + step->out;
    if (std::none_of(outputs, outputs + step->output_count, [](bool is) { return is; })) continue;
    if (step->opcode != Opcode::kOperator) {
      needed[step->a] = true;
      if (step->opcode != Opcode::kNegate) needed[step->b] = true;
      continue;
    }
    for (std::uint32_t i = 0; i < step->input_count; ++i) {
      needed[plan_->operator_inputs()[step->b + i]] = true;
    }
    const auto& doubt = doubts_[step->a];
    if (doubt.quality <= worst) continue;
    worst = doubt.quality;
    if (since != nullptr) *since = doubt.since;
  }
  return worst;
}

}  // namespace factorwal::graph
