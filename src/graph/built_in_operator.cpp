// The classes of built-in operators: each runs a plan of one node.

#include <cstring>
#include <string>

#include "base/floating_point_guard.h"
#include "factorwal/operators/built_in.h"
#include "factorwal/tick.h"
#include "graph/built_in_call.h"
#include "graph/instrument_graph.h"
#include "graph/plan_builder.h"

namespace factorwal {
namespace {

std::shared_ptr<const graph::Plan> plan_of(const operators::Call& call) {
  std::vector<std::string> fields;
  for (std::size_t i = 0; i < call.kind->series.size(); ++i) {
    fields.push_back("input" + std::to_string(i));
  }
  graph::PlanBuilder builder(TickSchema::make(fields).value());
  std::vector<graph::Slot> inputs;
  for (std::size_t i = 0; i < fields.size(); ++i) inputs.push_back(builder.field({i}));
  const auto first = builder.apply(call, inputs, "");
  for (std::size_t i = 0; i < call.kind->output_count(); ++i) {
    builder.add_factor("output" + std::to_string(i), first + static_cast<graph::Slot>(i));
  }
  return std::move(builder).build("").value();
}

}  // namespace

struct BuiltInOperator::Program {
  Program(operators::Call made, std::shared_ptr<const graph::Plan> plan)
      : call(std::move(made)), graph(std::move(plan)) {}
  operators::Call call;
  graph::InstrumentGraph graph;
  bool sound = true;
};

class BuiltInOperator::Clone final : public BuiltInOperator {
 public:
  explicit Clone(std::unique_ptr<Program> program) : BuiltInOperator(std::move(program)) {}
};

namespace {

Result<operators::Call> call_of(std::string_view kind, std::initializer_list<double> numbers) {
  return operators::make_call(*operators::find_kind(kind), {numbers.begin(), numbers.size()});
}

}  // namespace

BuiltInOperator::BuiltInOperator(std::string_view kind, std::initializer_list<double> numbers) {
  auto call = call_of(kind, numbers).value();
  auto plan = plan_of(call);
  program_ = std::make_unique<Program>(std::move(call), std::move(plan));
}

BuiltInOperator::BuiltInOperator(std::unique_ptr<Program> program) : program_(std::move(program)) {}

BuiltInOperator::~BuiltInOperator() = default;

Status BuiltInOperator::check(std::string_view kind, std::initializer_list<double> numbers) {
  const auto call = call_of(kind, numbers);
  return call ? Status{} : Status{call.error()};
}

std::string BuiltInOperator::identity() const { return operators::identity_of(program_->call); }

std::vector<std::string> BuiltInOperator::default_inputs() const {
  std::vector<std::string> fields;
  for (const auto& series : program_->call.kind->series) fields.emplace_back(series.field);
  return fields;
}

std::size_t BuiltInOperator::output_count() const { return program_->call.kind->output_count(); }

void BuiltInOperator::update(std::span<const double> inputs, std::span<double> outputs) noexcept {
  const FloatingPointGuard guard;
  program_->graph.evaluate(inputs, outputs);
}

void BuiltInOperator::visit_state(StateVisitor& visitor) {
  Bytes bytes;
  program_->graph.save_plain(bytes);
  if (bytes.empty()) return;
  std::vector<std::uint64_t> words(bytes.size() / sizeof(std::uint64_t));
  std::memcpy(words.data(), bytes.data(), bytes.size());
  const auto before = words;
  visitor.visit(std::span<std::uint64_t>(words));
  if (words == before) return;
  program_->sound = program_->graph.load_plain(std::as_bytes(std::span(words))).has_value();
}

bool BuiltInOperator::state_is_sound() const { return program_->sound; }

std::optional<std::uint64_t> BuiltInOperator::memory() const noexcept {
  return operators::memory_of(program_->call);
}

std::unique_ptr<IncrementalOperator> BuiltInOperator::clone_fresh() const {
  return std::make_unique<Clone>(
      std::make_unique<Program>(program_->call, program_->graph.shared_plan()));
}

namespace graph {

const operators::Call* built_in_call(const IncrementalOperator& op) noexcept {
  const auto* built_in = dynamic_cast<const BuiltInOperator*>(&op);
  return built_in == nullptr ? nullptr : &built_in->program().call;
}

}  // namespace graph
}  // namespace factorwal
