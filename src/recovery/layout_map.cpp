#include "recovery/layout_map.h"

#include <algorithm>

namespace factorwal::recovery {

LayoutMap map_layout(const TickLayout& layout, const FactorSet& factors) {
  LayoutMap map;
  map.ours = !layout.factor_text.empty();
  const auto locate = [](const std::vector<std::string>& names, const std::string& name) {
    const auto it = std::find(names.begin(), names.end(), name);
    return it == names.end() ? kAbsent : static_cast<std::size_t>(it - names.begin());
  };
  map.same_fields = layout.fields == factors.schema().names();
  for (const auto& name : factors.schema().names()) {
    map.fields.push_back(locate(layout.fields, name));
  }
  if (std::ranges::find(map.fields, kAbsent) != map.fields.end()) {
    for (const auto column : map.fields) {
      map.qualities.push_back(column == kAbsent ? Quality::kApproximate : Quality::kExact);
    }
  }
  for (const auto& name : factors.names()) map.factors.push_back(locate(layout.factors, name));
  return map;
}

const LayoutMap& LayoutMaps::of(LayoutHandle layout) {
  while (maps_.size() <= layout.index) {
    maps_.push_back(
        map_layout(*names_.layouts.get(static_cast<std::uint32_t>(maps_.size())), factors_));
  }
  return maps_[layout.index];
}

namespace {

// 1, unnamed: sums of two stacks. 2: exact sums. Operators whose bits changed have other versions
// in their state's identity as well.
constexpr std::string_view kArithmetic = "# arithmetic 2\n";

}  // namespace

std::string logged_text(const FactorSet& factors) {
  return std::string(kArithmetic).append(factors.canonical_text());
}

bool same_arithmetic(const TickLayout& layout) {
  return layout.factor_text.starts_with(kArithmetic);
}

Result<FactorSet> factors_of(const TickLayout& layout) {
  const auto schema = TickSchema::make(layout.fields);
  if (!schema) return schema.error();
  return FactorSet::parse(layout.factor_text, *schema, "<the log's factor set>");
}

}  // namespace factorwal::recovery
