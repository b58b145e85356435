#include "feed/field_rule.h"

#include <algorithm>

#include "factorwal/nearest_name.h"
#include "feed/columns/column_guess.h"
#include "feed/columns/column_names.h"
#include "feed/printable.h"

namespace factorwal::feed {

void FieldRule::apply(std::span<double> numbers) const noexcept {
  if (!missing.empty() || scale != 1) {
    for (double& number : numbers) number = value_of(number);
    return;
  }
  // Most fields; without a branch.
  for (double& number : numbers) number = is_undefined(number) ? kMissing : number;
}

Status check_rules(const std::string& file, const ColumnLayout& layout, const TickSchema& schema,
                   const FeedOptions& options) {
  const auto check = [&](const std::string& option, const std::string& field) -> Status {
    // A known field's column that is not taken is there all the same.
    const bool known =
        field.empty() || schema.find(field) ||
        std::any_of(layout.header.begin(), layout.header.end(), [&](const std::string& name) {
          return known_field(name, layout.header) == field;
        });
    if (known) return {};
    return Error{Errc::kInvalidArgument, file + ": " + option + " names the field " +
                                             in_quotes(field) + ", which is not there" +
                                             did_you_mean(field, schema.names()) +
                                             "; fields found: " + quoted_list(schema.names())};
  };
  for (const FieldScale& one : options.scale) {
    if (Status found = check(options.words.scale, one.field); !found) return found;
  }
  for (const MissingValue& one : options.missing) {
    if (Status found = check(options.words.missing, one.field); !found) return found;
  }
  return {};
}

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
