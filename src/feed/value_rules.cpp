#include <cmath>

#include "factorwal/feed/options.h"
#include "factorwal/tick.h"
#include "feed/number.h"
#include "feed/printable.h"

namespace factorwal::feed {
namespace {

/// `name=number`, or a number with an empty name; false where it is neither.
bool read_rule(std::string_view text, std::string& name, double& value) {
  const std::size_t equals = text.find('=');
  if (equals != std::string_view::npos) name = canonical_field(text.substr(0, equals));
  const std::string_view number = equals == std::string_view::npos ? text : text.substr(equals + 1);
  return equals != 0 && parse_number(number, value) && !std::isnan(value);
}

template <class Rule>
Result<std::vector<Rule>> read_rules(std::string_view text, bool needs_name, const char* example) {
  std::vector<Rule> rules;
  while (!text.empty()) {
    const std::size_t comma = text.find(',');
    const std::string_view one = text.substr(0, comma);
    std::string name;
    double value = 0;
    if (!read_rule(one, name, value) || (needs_name && name.empty())) {
      return Error{Errc::kInvalidArgument,
                   in_quotes(one) + " is not of the form " + std::string(example)};
    }
    rules.push_back(Rule{std::move(name), value});
    text = comma == std::string_view::npos ? std::string_view{} : text.substr(comma + 1);
  }
  if (rules.empty()) {
    return Error{Errc::kInvalidArgument, "nothing given; e.g. " + std::string(example)};
  }
  return rules;
}

}  // namespace

Result<std::vector<MissingValue>> parse_missing(std::string_view text) {
  return read_rules<MissingValue>(text, false, "0 or last_price=0");
}

Result<std::vector<FieldScale>> parse_scales(std::string_view text) {
  return read_rules<FieldScale>(text, true, "last_price=1e-9");
}

}  // namespace factorwal::feed
