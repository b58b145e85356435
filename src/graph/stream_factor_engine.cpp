#include "factorwal/stream_factor_engine.h"

#include <algorithm>
#include <optional>

#include "base/check.h"
#include "base/floating_point_guard.h"
#include "base/utf8.h"
#include "factorwal/nearest_name.h"
#include "factorwal/operators/missing.h"
#include "graph/instrument_graph.h"
#include "graph/plan_builder.h"

namespace factorwal {
namespace {

constexpr std::size_t kIdBytesMax = 255;

Error invalid(std::string message) { return {Errc::kInvalidArgument, std::move(message)}; }

}  // namespace

struct StreamFactorEngine::Registered {
  std::shared_ptr<const IncrementalOperator> op;
  std::vector<FieldHandle> fields;
  std::vector<std::string> ids;  // by output; empty for one without a name
};

// A plan of one instrument, made anew whenever a factor is registered. Each registration has state
// of its own (a scope), so that a late one starts without history, whoever else has some.
struct StreamFactorEngine::Program {
  std::vector<Registered> registered;
  std::optional<graph::InstrumentGraph> graph;

  [[nodiscard]] Result<std::shared_ptr<const graph::Plan>> make_plan(
      const TickSchema& schema) const {
    graph::PlanBuilder builder(schema);
    for (const auto& entry : registered) {
      std::vector<graph::Slot> inputs;
      for (const auto field : entry.fields) inputs.push_back(builder.field(field));
      builder.set_scope(scope_of(entry));
      const auto first = builder.apply(entry.op->clone_fresh(), inputs, entry.op->identity(), "");
      for (std::size_t i = 0; i < entry.ids.size(); ++i) {
        if (!entry.ids[i].empty()) {
          builder.add_factor(entry.ids[i], first + static_cast<graph::Slot>(i));
        }
      }
    }
    return std::move(builder).build("");
  }

  /// The scope of its state names operator and ids: none goes to another operator of the same id.
  [[nodiscard]] static std::string scope_of(const Registered& entry) {
    std::string scope = entry.op->identity();
    for (const auto& id : entry.ids) {
      scope.append("|").append(std::to_string(id.size())).append(":").append(id);
    }
    return scope;
  }

  /// kCorruption when a user's operator does not take back the state that it has.
  Status grow(const TickSchema& schema) {
    auto plan = make_plan(schema);
    if (!plan) return std::move(plan).error();
    graph::InstrumentGraph grown(std::move(*plan));
    std::vector<std::byte> states;
    if (graph) graph->save(states);
    if (auto loaded = grown.load(states); !loaded) return std::move(loaded).error();
    graph.emplace(std::move(grown));
    return {};
  }
};

StreamFactorEngine::StreamFactorEngine(TickSchema schema)
    : schema_(std::move(schema)), program_(std::make_unique<Program>()) {
  program_->grow(schema_).value();  // without factors
}

StreamFactorEngine::~StreamFactorEngine() = default;
StreamFactorEngine::StreamFactorEngine(StreamFactorEngine&&) noexcept = default;
StreamFactorEngine& StreamFactorEngine::operator=(StreamFactorEngine&&) noexcept = default;

Status StreamFactorEngine::register_factor(std::string_view factor_id,
                                           std::unique_ptr<IncrementalOperator> op,
                                           std::span<const std::string> inputs) {
  return add({&factor_id, 1}, std::move(op), inputs, true);
}

Status StreamFactorEngine::register_factors(std::span<const std::string> factor_ids,
                                            std::unique_ptr<IncrementalOperator> op,
                                            std::span<const std::string> inputs) {
  const std::vector<std::string_view> ids(factor_ids.begin(), factor_ids.end());
  return add(ids, std::move(op), inputs, false);
}

Status StreamFactorEngine::register_factor(std::initializer_list<std::string_view> factor_ids,
                                           std::unique_ptr<IncrementalOperator> op,
                                           std::span<const std::string> inputs) {
  return add({factor_ids.begin(), factor_ids.size()}, std::move(op), inputs, false);
}

Status StreamFactorEngine::add(std::span<const std::string_view> factor_ids,
                               std::unique_ptr<IncrementalOperator> op,
                               std::span<const std::string> inputs, bool single) {
  if (op == nullptr) return invalid("register_factor: the operator is null");
  const std::string identity = op->identity();
  if (factor_ids.empty()) return invalid("register_factor: no factor id for " + identity);
  if (factor_ids.size() > op->output_count() || (single && op->output_count() != 1)) {
    return invalid("register_factor: " + identity + " has " + std::to_string(op->output_count()) +
                   " outputs, but " + std::to_string(factor_ids.size()) + " ids are given");
  }

  Registered entry;
  std::vector<std::string> new_names;
  for (const std::string_view id : factor_ids) {
    if (!single && id == "_") {
      entry.ids.emplace_back();
      continue;
    }
    if (id.empty() || id.size() > kIdBytesMax || !is_valid_utf8(id)) {
      return invalid("register_factor: a factor id must be 1 to 255 bytes of UTF-8");
    }
    if (std::find(names_.begin(), names_.end(), id) != names_.end() ||
        std::find(new_names.begin(), new_names.end(), id) != new_names.end()) {
      return Error{Errc::kAlreadyExists,
                   "register_factor: there is a factor \"" + std::string(id) + "\" already"};
    }
    entry.ids.emplace_back(id);
    new_names.emplace_back(id);
  }
  if (new_names.empty()) return invalid("register_factor: every output is skipped");

  const std::vector<std::string> default_inputs = op->default_inputs();
  if (!inputs.empty() && inputs.size() != default_inputs.size()) {
    return invalid("register_factor: " + identity + " takes " +
                   std::to_string(default_inputs.size()) + " inputs, not " +
                   std::to_string(inputs.size()));
  }
  for (const std::string& name :
       inputs.empty() ? std::span<const std::string>(default_inputs) : inputs) {
    const auto field = schema_.find(name);
    if (!field) {
      return Error{Errc::kNotFound,
                   "register_factor: no field \"" + name + "\" in the schema" +
                       did_you_mean(name, std::span<const std::string>(schema_.names()))};
    }
    entry.fields.push_back(*field);
  }
  entry.op = std::move(op);
  program_->registered.push_back(std::move(entry));
  if (Status grown = program_->grow(schema_); !grown) {
    program_->registered.pop_back();
    return grown;
  }
  for (std::string& name : new_names) names_.push_back(std::move(name));
  values_.resize(names_.size(), kMissing);
  return {};
}

std::span<const double> StreamFactorEngine::process_tick(const Tick& tick) noexcept {
  FACTORWAL_CHECK(tick.values.size() == schema_.size());
  const FloatingPointGuard guard;
  has_ticks_ = true;
  program_->graph->evaluate(tick.values, values_);
  return values_;
}

std::optional<double> StreamFactorEngine::get_factor(std::string_view factor_id) const {
  if (!has_ticks()) return std::nullopt;
  const auto found = std::find(names_.begin(), names_.end(), factor_id);
  if (found == names_.end()) return std::nullopt;
  return values_[static_cast<std::size_t>(found - names_.begin())];
}

std::vector<std::pair<std::string, double>> StreamFactorEngine::get_all_factors() const {
  std::vector<std::pair<std::string, double>> all;
  if (!has_ticks()) return all;
  for (std::size_t i = 0; i < names_.size(); ++i) all.emplace_back(names_[i], values_[i]);
  return all;
}

void StreamFactorEngine::save_state(std::vector<std::byte>& out) { program_->graph->save(out); }

Result<StreamFactorEngine::LoadReport> StreamFactorEngine::load_state(
    std::span<const std::byte> bytes) {
  graph::InstrumentGraph graph(program_->graph->shared_plan());
  auto loaded = graph.load(bytes);
  if (!loaded) return std::move(loaded).error();
  *program_->graph = std::move(graph);
  return LoadReport{loaded->loaded, loaded->cold, loaded->unused};
}

void StreamFactorEngine::restart() {
  *program_->graph = graph::InstrumentGraph(program_->graph->shared_plan());
  std::ranges::fill(values_, kMissing);
  has_ticks_ = false;
}

void StreamFactorEngine::restore_values(std::span<const double> values) {
  FACTORWAL_CHECK(values.size() == values_.size());
  std::copy(values.begin(), values.end(), values_.begin());
  has_ticks_ = true;
}

}  // namespace factorwal
