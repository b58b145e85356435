#include "factorwal/factor_set.h"

#include <algorithm>

#include "base/caught_error.h"
#include "factorwal/tick.h"
#include "graph/plan.h"
#include "language/compiler.h"

namespace factorwal {

Result<FactorSet> FactorSet::parse(std::string_view text, const TickSchema& schema,
                                   std::string_view origin) {
  return parse(text, schema, origin, FactorSetOptions{});
}

Result<FactorSet> FactorSet::parse(std::string_view text, const TickSchema& schema,
                                   std::string_view origin, const FactorSetOptions& options) try {
  auto plan = language::compile(language::Source(text, origin), schema, options);
  if (!plan) return std::move(plan).error();
  return FactorSet(std::move(*plan));
} catch (...) {
  return caught_error();
}

const std::vector<std::string>& FactorSet::names() const noexcept { return plan_->factor_names(); }

std::optional<std::size_t> FactorSet::find(std::string_view name) const {
  const auto found = std::find(names().begin(), names().end(), name);
  if (found == names().end()) return std::nullopt;
  return static_cast<std::size_t>(found - names().begin());
}

const TickSchema& FactorSet::schema() const noexcept { return plan_->schema(); }

const std::vector<FunctionNote>& FactorSet::functions() const noexcept {
  return plan_->functions();
}

std::string FactorSet::canonical_text() const { return plan_->canonical_text(); }

std::string FactorSet::describe_graph() const {
  std::string text = plan_->description();
  for (std::size_t i = 0; i < plan_->factor_count(); ++i) {
    text.append("factor ").append(plan_->factor_names()[i]);
    text.append("\t#").append(std::to_string(plan_->factor_slots()[i])).append("\n");
  }
  return text;
}

std::size_t FactorSet::state_bytes() const {
  std::size_t bytes = size() * sizeof(double);
  for (const auto& node : plan_->states()) {
    constexpr std::size_t kPerNode = sizeof(StateIdentity) + sizeof(std::uint32_t);
    if (node.state_bytes > 0) bytes += node.state_bytes + kPerNode;
  }
  return bytes;
}

}  // namespace factorwal
