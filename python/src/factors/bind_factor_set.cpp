#include <nanobind/stl/optional.h>
#include <nanobind/stl/string.h>
#include <nanobind/stl/vector.h>

#include "base/bind.h"
#include "base/errors.h"
#include "factors/own_operators.h"
#include "factors/schema.h"
#include "factorwal/factor_set.h"

namespace nb = nanobind;

namespace factorwal::python {
namespace {

FactorSet parse(const std::string& text, const std::optional<std::vector<std::string>>& fields) {
  const auto schema = fields ? expect(schema_of(*fields)) : usual_schema();
  auto factors = FactorSet::parse(text, schema, "<factors>", own_functions());
  if (!factors) raise_syntax(factors.error());
  return *std::move(factors);
}

}  // namespace

void bind_factor_set(nb::module_& module) {
  nb::class_<FactorSet>(module, "CompiledFactors")
      .def_prop_ro("names", [](const FactorSet& factors) { return factors.names(); })
      .def_prop_ro("fields", [](const FactorSet& factors) { return factors.schema().names(); })
      .def_prop_ro("text", &FactorSet::canonical_text)
      .def_prop_ro("graph", &FactorSet::describe_graph)
      .def_prop_ro("state_bytes", &FactorSet::state_bytes);
  module.def("parse_factors", &parse, nb::arg("text"), nb::arg("fields").none());
}

}  // namespace factorwal::python
