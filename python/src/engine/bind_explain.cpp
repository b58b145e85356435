/// How a logged value came about.

#include <nanobind/stl/optional.h>
#include <nanobind/stl/string.h>
#include <nanobind/stl/vector.h>

#include <algorithm>

#include "base/bind.h"
#include "base/errors.h"
#include "base/findings.h"
#include "base/gil.h"
#include "factors/own_operators.h"
#include "factorwal/as_of.h"
#include "factorwal/nearest_name.h"
#include "factorwal/reader.h"

namespace nb = nanobind;

namespace factorwal::python {
namespace {

std::string hex_of(const StateIdentity& identity) {
  std::string text;
  for (const auto byte : identity.bytes) {
    text += "0123456789abcdef"[byte >> 4];
    text += "0123456789abcdef"[byte & 15];
  }
  return text;
}

struct Found {
  InstrumentAsOf instrument;
  std::size_t factor = 0;
  Explanation explanation;
  std::size_t tick_count = 0;  ///< to show, of those at most that were asked for
};

/// So many ticks at first; more only where the factor looks back further.
constexpr std::size_t kTicksFirst = 64;

/// Without the GIL. `tick_count`: nothing for all that the value depends on, up to kTicksMost.
Result<Found> look(const std::string& directory, AsOfRequest request, const std::string& factor,
                   std::optional<std::size_t> tick_count) {
  constexpr std::size_t kTicksMost = 100'000;
  const auto reader = Reader::open(directory);
  if (!reader) return reader.error();
  if (request.sequence == 0) request.sequence = reader->last_sequence();
  request.tick_count = tick_count.value_or(kTicksFirst);
  for (;;) {
    auto found = reader->as_of(request);
    if (!found) return found.error();
    const auto& factors = found->factors();
    const auto place = factors.find(factor);
    if (!place) {
      return Error{Errc::kNotFound,
                   "no factor `" + factor + "` there" +
                       did_you_mean(factor, std::span<const std::string>(factors.names())),
                   0};
    }
    auto explanation = found->explain(*place);
    const auto wanted = tick_count.value_or(
        std::min<std::size_t>(explanation.memory.value_or(kTicksFirst), kTicksMost));
    if (wanted > request.tick_count) {
      request.tick_count = wanted;
      continue;
    }
    return Found{*std::move(found), *place, std::move(explanation), wanted};
  }
}

nb::list nodes_of(const Explanation& explanation) {
  nb::list all;
  for (const auto& node : explanation.nodes) {
    all.append(nb::make_tuple(node.number, node.expression, node.value, node.exact, node.inputs));
  }
  return all;
}

nb::list ticks_of(std::span<const InputTick> ticks, std::size_t count) {
  nb::list all;
  for (const auto& tick : ticks.last(std::min(count, ticks.size()))) {
    all.append(
        nb::make_tuple(tick.sequence, tick.tick_number.ordinal, tick.timestamp_ns, tick.fields));
  }
  return all;
}

nb::list states_of(InstrumentAsOf& found) {
  nb::list all;
  for (const auto& state : found.operator_states()) {
    all.append(nb::make_tuple(state.expression, hex_of(state.identity), hex_of(state.hash),
                              state.bytes, state.value, state.exact));
  }
  return all;
}

nb::dict explain(const std::string& directory, std::string instrument, const std::string& factor,
                 Sequence sequence, std::optional<std::string> factor_text,
                 std::optional<std::size_t> tick_count, const std::vector<AbsentOperator>& absent) {
  AsOfRequest request;
  request.instrument = std::move(instrument);
  request.sequence = sequence;
  request.factor_text = std::move(factor_text);
  request.factor_origin = "<factors>";
  request.options = own_functions();
  for (const auto& one : absent) request.options.functions.push_back(stand_in(one));
  auto looked =
      without_gil([&] { return look(directory, std::move(request), factor, tick_count); });
  auto found = expect(std::move(looked));
  auto& at = found.instrument;
  nb::dict all;
  all["sequence"] = at.sequence();
  all["tick_number"] = at.tick_number().ordinal;
  all["timestamp_ns"] = at.timestamp_ns();
  all["value"] = at.value(found.factor);
  all["exact"] = at.exact(found.factor);
  all["may_lack_ticks"] = at.may_lack_ticks();
  all["ticks_replayed"] = at.ticks_replayed();
  all["text"] = at.factors().canonical_text();
  all["schema"] = at.factors().schema().names();
  all["fields"] = found.explanation.fields;
  all["memory"] = found.explanation.memory;
  all["nodes"] = nodes_of(found.explanation);
  all["ticks"] = ticks_of(at.ticks(), found.tick_count);
  all["states"] = states_of(at);
  all["findings"] = list_findings(at.findings());
  return all;
}

}  // namespace

void bind_explain(nb::module_& module) {
  module.def("explain", &explain, nb::arg("directory"), nb::arg("instrument"), nb::arg("factor"),
             nb::arg("sequence"), nb::arg("factor_text").none(), nb::arg("tick_count").none(),
             nb::arg("absent"),
             nb::sig("def explain(directory: str, instrument: str, factor: str, sequence: int, "
                     "factor_text: str | None, tick_count: int | None, absent: "
                     "Sequence[AbsentOperator]) -> dict[str, Any]"));
}

}  // namespace factorwal::python
