// The catalogue for people: what `functions()` knows, as text.

#include "factorwal/factor_set.h"
#include "language/function_table.h"

namespace factorwal {

std::vector<OperatorInfo> list_operators() {
  std::vector<OperatorInfo> list;
  for (const language::Function& function : language::functions()) {
    OperatorInfo info;
    info.name = function.name;
    for (const language::Alias& alias : function.aliases) info.aliases.emplace_back(alias.name);
    info.signature = language::signature_of(function);
    for (const std::string_view output : function.outputs) info.outputs.emplace_back(output);
    if (info.outputs.empty()) info.outputs.emplace_back("value");
    info.first_value = function.first_value;
    info.definition = function.definition;
    info.source = function.source;
    list.push_back(std::move(info));
  }
  return list;
}

}  // namespace factorwal
