#include "feed/field_rule.h"

namespace factorwal::feed {

std::vector<FieldRule> field_rules(const ColumnLayout& layout, const TickSchema& schema,
                                   const FeedOptions& options) {
  std::vector<FieldRule> rules(schema.size());
  for (const FieldColumn& known : layout.fields) {
    const std::optional<FieldHandle> handle = schema.find(known.field);
    if (!handle) continue;
    FieldRule& rule = rules[handle->index];
    rule.required = known.required;
    rule.form = known.form;
    rule.kind = known.kind;
    rule.scale = known.scale;
  }
  for (std::size_t i = 0; i < rules.size(); ++i) {
    const std::string& name = schema.names()[i];
    for (const MissingValue& missing : options.missing) {
      if (missing.field.empty() || missing.field == name) rules[i].missing.push_back(missing.value);
    }
    for (const FieldScale& scale : options.scale) {
      if (scale.field == name) rules[i].scale = scale.factor;
    }
  }
  return rules;
}

}  // namespace factorwal::feed
