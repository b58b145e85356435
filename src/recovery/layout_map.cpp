#include "recovery/layout_map.h"

#include <algorithm>
#include <span>
#include <string_view>
#include <unordered_map>
#include <unordered_set>

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

bool is_symbol(char c) { return std::string_view(" (),=+-*/`").find(c) != std::string_view::npos; }

std::vector<std::string_view> words_of(std::string_view text) {
  std::vector<std::string_view> words;
  for (std::size_t at = 0; at < text.size();) {
    const auto begin = at;
    while (at < text.size() && !is_symbol(text[at])) ++at;
    // A name before a bracket is a function's, one before `=` an argument's.
    if (at > begin && (at == text.size() || (text[at] != '(' && text[at] != '='))) {
      words.push_back(text.substr(begin, at - begin));
    }
    if (at == begin) ++at;
  }
  return words;
}

/// Calls `take(line, names)` for each line of a canonical text that names something:
/// "factor a = ...", "factor (a, _, b) = ..." or the same with "let".
template <class Take>
void for_each_definition(std::string_view text, Take take) {
  for (std::size_t at = 0; at < text.size();) {
    const auto end = std::min(text.find('\n', at), text.size());
    const auto line = text.substr(at, end - at);
    at = end + 1;
    if (line.starts_with('#')) continue;
    const auto names = words_of(line.substr(0, line.find('=')));
    if (!names.empty()) take(line, std::span(names).subspan(1));
  }
}

/// The line of a canonical text that defines each name.
Definitions definitions_of(std::string_view text) {
  Definitions all;
  for_each_definition(text, [&](std::string_view line, auto names) {
    for (const auto name : names) all.emplace(name, line);
  });
  return all;
}

// 1, unnamed: sums of two stacks. 2: exact sums. Operators whose bits changed have other versions
// in their state's identity as well.
constexpr std::string_view kArithmetic = "# arithmetic 2\n";
// Then, for each custom function with a note: this, its name, a space, the note.
constexpr std::string_view kFunction = "# function ";

}  // namespace

std::string logged_text(const FactorSet& factors) {
  std::string text(kArithmetic);
  for (const auto& [name, note] : factors.functions()) {
    if (!note.empty()) text.append(kFunction).append(name).append(" ").append(note).append("\n");
  }
  return text.append(factors.canonical_text());
}

bool same_arithmetic(const TickLayout& layout) {
  return layout.factor_text.starts_with(kArithmetic);
}

Result<FactorSet> factors_of(const TickLayout& layout, const FactorSetOptions& options) {
  const auto schema = TickSchema::make(layout.fields);
  if (!schema) return schema.error();
  return FactorSet::parse(layout.factor_text, *schema, "<the log's factor set>", options);
}

std::vector<bool> new_factors(const TickLayout* last, const FactorSet& factors) {
  std::vector<bool> all(factors.size());
  if (last == nullptr) return all;
  const auto before = definitions_of(last->factor_text);
  const auto text = factors.canonical_text();
  // Changed lines, and those that read what a changed line defines.
  std::unordered_set<std::string_view> changed;
  for_each_definition(text, [&](std::string_view line, auto names) {
    const auto read = words_of(line.substr(line.find('=')));
    const bool reads_changed =
        std::ranges::any_of(read, [&](auto word) { return changed.contains(word); });
    for (const auto name : names) {
      const auto found = before.find(name);
      if (reads_changed || found == before.end() || found->second != line) changed.insert(name);
    }
  });
  for (std::size_t i = 0; i < all.size(); ++i) all[i] = changed.contains(factors.names()[i]);
  return all;
}

}  // namespace factorwal::recovery

namespace factorwal {

std::vector<FunctionNote> function_notes(std::string_view logged_text) {
  std::vector<FunctionNote> notes;
  while (logged_text.starts_with('#')) {
    const auto end = std::min(logged_text.find('\n'), logged_text.size());
    auto line = logged_text.substr(0, end);
    logged_text.remove_prefix(std::min(end + 1, logged_text.size()));
    if (!line.starts_with(recovery::kFunction)) continue;
    line.remove_prefix(recovery::kFunction.size());
    const auto space = line.find(' ');
    if (space == std::string_view::npos) continue;
    notes.push_back({std::string(line.substr(0, space)), std::string(line.substr(space + 1))});
  }
  return notes;
}

}  // namespace factorwal
