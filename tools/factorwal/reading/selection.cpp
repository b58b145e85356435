#include "reading/selection.h"

#include <algorithm>

#include "factorwal/nearest_name.h"
#include "factorwal/tick.h"
#include "reading/text.h"

namespace factorwal::tool {
namespace {

constexpr std::size_t kNamesShown = 8;

bool holds(const std::vector<std::string>& names, std::string_view name) {
  return std::find(names.begin(), names.end(), name) != names.end();
}

/// Some of what there is, for a name that is near to nothing.
std::string there_are(const std::vector<std::string>& known) {
  if (known.empty()) return "; it has none";
  std::string text = "; it has ";
  for (std::size_t i = 0; i < known.size() && i < kNamesShown; ++i) {
    text += (i == 0 ? "`" : ", `") + printable(known[i]) + "`";
  }
  if (known.size() > kNamesShown) {
    text += " and " + std::to_string(known.size() - kNamesShown) + " more";
  }
  return text;
}

Status check(std::string_view what, const std::vector<std::string>& wanted,
             const std::vector<std::string>& known, const std::string& directory) {
  for (const auto& name : wanted) {
    if (holds(known, name)) continue;
    const auto hint = did_you_mean(name, known);
    return Error{Errc::kNotFound,
                 directory + ": the log has no " + std::string(what) + " `" + printable(name) +
                     "`" + (hint.empty() ? there_are(known) : hint),
                 0};
  }
  return {};
}

template <class Canonical>
std::vector<std::string> parted(const std::vector<std::string>& values,
                                const std::vector<std::string>& known, Canonical canonical) {
  std::vector<std::string> names;
  for (const auto& value : values) {
    if (std::string whole(canonical(value)); holds(known, whole)) {
      names.push_back(std::move(whole));
      continue;
    }
    std::string_view rest = value;
    for (auto comma = rest.find(','); comma != std::string_view::npos; comma = rest.find(',')) {
      names.emplace_back(canonical(rest.substr(0, comma)));
      rest.remove_prefix(comma + 1);
    }
    names.emplace_back(canonical(rest));
  }
  return names;
}

}  // namespace

Selection named_by(const Selection& values, const LogNames& known) {
  const auto as_it_is = [](std::string_view name) { return name; };
  auto named = values;
  named.instruments = parted(values.instruments, known.instruments, as_it_is);
  named.factors = parted(values.factors, known.factors, as_it_is);
  named.fields = parted(values.fields, known.fields, canonical_field);
  return named;
}

Status check_names(const Selection& selection, const LogNames& known,
                   const std::string& directory) {
  if (auto done = check("instrument", selection.instruments, known.instruments, directory); !done) {
    return done;
  }
  if (auto done = check("factor", selection.factors, known.factors, directory); !done) {
    return done;
  }
  return check("field", selection.fields, known.fields, directory);
}

bool RowFilter::takes(InstrumentHandle instrument, std::string_view id) {
  if (selection_.instruments.empty()) return true;
  if (instrument.index >= known_.size()) known_.resize(std::size_t{instrument.index} + 1);
  auto& known = known_[instrument.index];
  if (known == 0) known = holds(selection_.instruments, id) ? 1 : -1;
  return known > 0;
}

}  // namespace factorwal::tool
