// The catalogue for people: what the kinds say, as text.

#include "factorwal/factor_set.h"
#include "language/function_table.h"
#include "operators/kind.h"

namespace factorwal {

std::vector<OperatorInfo> list_operators() {
  std::vector<OperatorInfo> list;
  for (const auto* kind : operators::kinds()) {
    OperatorInfo info;
    info.name = kind->name;
    for (const auto& alias : kind->aliases) info.aliases.emplace_back(alias.name);
    info.signature = language::signature_of(*kind);
    for (const std::string_view output : kind->outputs) info.outputs.emplace_back(output);
    if (info.outputs.empty()) info.outputs.emplace_back("value");
    info.first_value = kind->first_value;
    info.definition = kind->definition;
    info.source = kind->source;
    list.push_back(std::move(info));
  }
  return list;
}

}  // namespace factorwal
