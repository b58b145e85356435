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

void InstrumentGraph::evaluate(std::span<const double> fields, std::span<double> outputs) noexcept {
  FACTORWAL_CHECK(fields.size() == plan_->schema().size());
  FACTORWAL_CHECK(outputs.size() == plan_->factor_count());
  const FloatingPointGuard guard;
  double* const values = values_.data();
  for (const FieldLoad& load : plan_->field_loads()) {
    values[load.slot] = present_or_missing(fields[load.column]);
  }
  const Slot* const operator_inputs = plan_->operator_inputs().data();
  for (const Step& step : plan_->steps()) {
    switch (step.opcode) {
      case Opcode::kAdd:
        values[step.out] = compute(Opcode::kAdd, values[step.a], values[step.b]);
        break;
      case Opcode::kSubtract:
        values[step.out] = compute(Opcode::kSubtract, values[step.a], values[step.b]);
        break;
      case Opcode::kMultiply:
        values[step.out] = compute(Opcode::kMultiply, values[step.a], values[step.b]);
        break;
      case Opcode::kDivide:
        values[step.out] = compute(Opcode::kDivide, values[step.a], values[step.b]);
        break;
      case Opcode::kNegate: values[step.out] = compute(Opcode::kNegate, values[step.a], 0); break;
      case Opcode::kOperator: {
        for (std::uint32_t i = 0; i < step.input_count; ++i) {
          inputs_[i] = values[operator_inputs[step.b + i]];
        }
        const std::span<double> results(values + step.out, step.output_count);
        operators_[step.a]->update({inputs_.data(), step.input_count}, results);
        // Built-in operators do this themselves; a user's own may not.
        for (double& result : results) result = finite_or_missing(result);
        break;
      }
    }
  }
  const std::vector<Slot>& factor_slots = plan_->factor_slots();
  for (std::size_t i = 0; i < outputs.size(); ++i) outputs[i] = values[factor_slots[i]];
}

void InstrumentGraph::save(std::vector<std::byte>& out) {
  for (std::size_t i = 0; i < operators_.size(); ++i) {
    const OperatorNode& node = plan_->operators()[i];
    if (node.state_bytes != 0) append_state_record(node.identity, *operators_[i], out);
  }
}

Result<LoadReport> InstrumentGraph::load(std::span<const std::byte> bytes) {
  auto records = parse_state_records(bytes);
  if (!records) return std::move(records).error();
  LoadReport report;
  for (std::size_t i = 0; i < operators_.size(); ++i) {
    const OperatorNode& node = plan_->operators()[i];
    if (node.state_bytes == 0) continue;
    const auto record = records->find(node.identity);
    if (record == records->end()) {
      ++report.cold;
      continue;
    }
    if (Status loaded = load_state(*operators_[i], record->second); !loaded) {
      return std::move(loaded).error();
    }
    ++report.loaded;
  }
  report.unused = records->size() - report.loaded;
  return report;
}

}  // namespace factorwal::graph
