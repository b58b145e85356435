#include "recovery/layout_map.h"

#include <algorithm>
#include <string_view>
#include <unordered_map>

namespace factorwal::recovery {
LayoutMap map_layout(const TickLayout& layout, const FactorSet& factors) {
  LayoutMap map;
  map.ours = !layout.factor_text.empty();
  const auto locate = [](const std::vector<std::string>& names, const std::string& name) {
    const auto it = std::find(names.begin(), names.end(), name);
    return it == names.end() ? kNoColumn : static_cast<std::size_t>(it - names.begin());
  };
  map.same_fields = layout.fields == factors.schema().names();
  for (const auto& name : factors.schema().names()) {
    map.fields.push_back(locate(layout.fields, name));
  }
  if (std::ranges::find(map.fields, kNoColumn) != map.fields.end()) {
    for (const auto column : map.fields) {
      map.qualities.push_back(column == kNoColumn ? Quality::kApproximate : Quality::kExact);
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

using Definitions = std::unordered_map<std::string_view, std::string_view>;

/// The line of a canonical text that defines each factor.
Definitions definitions_of(std::string_view text) {
  Definitions all;
  for (std::size_t at = 0; at < text.size();) {
    const auto end = std::min(text.find('\n', at), text.size());
    const auto line = text.substr(at, end - at);
    at = end + 1;
    if (line.starts_with('#')) continue;
    // "factor a = ..." or "factor (a, _, b) = ..."
    for (auto word = line.substr(0, line.find('=')); !word.empty();) {
      const auto begin = word.find_first_not_of(" (),");
      if (begin == std::string_view::npos) break;
      word.remove_prefix(begin);
      const auto length = std::min(word.find_first_of(" (),"), word.size());
      if (word.substr(0, length) != "factor") all.emplace(word.substr(0, length), line);
      word.remove_prefix(length);
    }
  }
  return all;
}

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

std::vector<bool> new_factors(const TickLayout* last, const FactorSet& factors) {
  std::vector<bool> all(factors.size());
  if (last == nullptr) return all;
  const auto before = definitions_of(last->factor_text);
  const auto text = factors.canonical_text();
  const auto now = definitions_of(text);
  const auto line_in = [](const Definitions& lines, const std::string& name) {
    const auto found = lines.find(name);
    return found == lines.end() ? std::string_view{} : found->second;
  };
  for (std::size_t i = 0; i < all.size(); ++i) {
    const auto& name = factors.names()[i];
    all[i] = line_in(before, name) != line_in(now, name);
  }
  return all;
}

}  // namespace factorwal::recovery
