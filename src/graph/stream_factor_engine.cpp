#include "factorwal/stream_factor_engine.h"

#include <algorithm>
#include <limits>

#include "base/check.h"
#include "base/floating_point_guard.h"
#include "base/nearest_name.h"
#include "base/utf8.h"
#include "factorwal/operators/missing.h"
#include "graph/state_identity.h"
#include "graph/state_records.h"

namespace factorwal {
namespace {

constexpr std::size_t kSkipped = std::numeric_limits<std::size_t>::max();
constexpr std::size_t kIdBytesMax = 255;

Error invalid(std::string message) { return {Errc::kInvalidArgument, std::move(message)}; }

}  // namespace

StreamFactorEngine::StreamFactorEngine(TickSchema schema) : schema_(std::move(schema)) {}

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

  Entry entry;
  std::vector<std::string> new_names;
  for (const std::string_view id : factor_ids) {
    if (!single && id == "_") {
      entry.value_indexes.push_back(kSkipped);
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
    entry.value_indexes.push_back(names_.size() + new_names.size());
    new_names.emplace_back(id);
  }
  if (new_names.empty()) return invalid("register_factor: every output is skipped");
  entry.value_indexes.resize(op->output_count(), kSkipped);

  const std::vector<std::string> default_inputs = op->default_inputs();
  if (!inputs.empty() && inputs.size() != default_inputs.size()) {
    return invalid("register_factor: " + identity + " takes " +
                   std::to_string(default_inputs.size()) + " inputs, not " +
                   std::to_string(inputs.size()));
  }
  entry.key = identity;
  for (const std::string& name :
       inputs.empty() ? std::span<const std::string>(default_inputs) : inputs) {
    const auto field = schema_.find(name);
    if (!field) {
      return Error{Errc::kNotFound,
                   "register_factor: no field \"" + name + "\" in the schema" +
                       did_you_mean(name, std::span<const std::string>(schema_.names()))};
    }
    entry.columns.push_back(field->index);
    entry.key.append("|").append(schema_.names()[field->index]);
  }
  for (const std::string_view id : factor_ids) entry.key.append("|").append(id);

  entry.op = std::move(op);
  inputs_.resize(std::max(inputs_.size(), entry.columns.size()));
  outputs_.resize(std::max(outputs_.size(), entry.value_indexes.size()));
  for (std::string& name : new_names) names_.push_back(std::move(name));
  values_.resize(names_.size(), kMissing);
  entries_.push_back(std::move(entry));
  return {};
}

std::span<const double> StreamFactorEngine::process_tick(const Tick& tick) noexcept {
  FACTORWAL_CHECK(tick.values.size() == schema_.size());
  const FloatingPointGuard guard;
  ++tick_count_;
  for (Entry& entry : entries_) {
    for (std::size_t i = 0; i < entry.columns.size(); ++i) {
      inputs_[i] = present_or_missing(tick.values[entry.columns[i]]);
    }
    const std::size_t output_count = entry.value_indexes.size();
    entry.op->update({inputs_.data(), entry.columns.size()}, {outputs_.data(), output_count});
    for (std::size_t i = 0; i < output_count; ++i) {
      if (entry.value_indexes[i] == kSkipped) continue;
      values_[entry.value_indexes[i]] = finite_or_missing(outputs_[i]);
    }
  }
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

void StreamFactorEngine::save_state(std::vector<std::byte>& out) {
  for (Entry& entry : entries_) {
    if (state_bytes(*entry.op) == 0) continue;
    graph::append_state_record(graph::identity_of(entry.key), *entry.op, out);
  }
}

Result<StreamFactorEngine::LoadReport> StreamFactorEngine::load_state(
    std::span<const std::byte> bytes) {
  auto records = graph::parse_state_records(bytes);
  if (!records) return std::move(records).error();
  LoadReport report;
  for (Entry& entry : entries_) {
    if (state_bytes(*entry.op) == 0) continue;
    const auto record = records->states.find(graph::identity_of(entry.key));
    if (record == records->states.end()) {
      ++report.cold;
      continue;
    }
    if (Status loaded = factorwal::load_state(*entry.op, record->second.bytes); !loaded) {
      return std::move(loaded).error();
    }
    ++report.loaded;
  }
  report.unused = records->states.size() - report.loaded;
  return report;
}

void StreamFactorEngine::restore_values(std::span<const double> values) {
  FACTORWAL_CHECK(values.size() == values_.size());
  std::copy(values.begin(), values.end(), values_.begin());
  tick_count_ = std::max<std::uint64_t>(tick_count_, 1);
}

}  // namespace factorwal
