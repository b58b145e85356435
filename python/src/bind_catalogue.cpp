#include <nanobind/stl/string.h>
#include <nanobind/stl/vector.h>

#include "bind.h"
#include "factorwal/factor_set.h"

namespace nb = nanobind;

namespace factorwal::python {

void bind_catalogue(nb::module_& module) {
  module.def(
      "operator_list",
      [] {
        nb::list all;
        for (const auto& info : list_operators()) {
          all.append(nb::make_tuple(info.name, info.aliases, info.signature, info.outputs,
                                    info.first_value, info.definition, info.source));
        }
        return all;
      },
      nb::sig("def operator_list() -> list[tuple[str, list[str], str, list[str], str, str, str]]"));
}

}  // namespace factorwal::python
