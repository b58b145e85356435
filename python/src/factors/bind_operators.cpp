/// The catalogue of the language's functions, and functions of a program's own.

#include <nanobind/stl/optional.h>
#include <nanobind/stl/string.h>
#include <nanobind/stl/vector.h>

#include "base/bind.h"
#include "base/errors.h"
#include "factors/own_operators.h"
#include "factorwal/reader.h"

namespace nb = nanobind;

namespace factorwal::python {
namespace {

nb::list operator_list() {
  nb::list all;
  for (const auto& info : list_operators()) {
    all.append(nb::make_tuple(info.name, info.aliases, info.signature, info.outputs,
                              info.first_value, info.definition, info.source));
  }
  return all;
}

void add_operator(std::string name, std::int64_t version, std::uintptr_t address,
                  bool returns_status, std::vector<std::string> inputs,
                  std::vector<std::string> parameters, std::vector<double> initial,
                  std::vector<std::string> outputs, std::optional<std::uint64_t> memory,
                  std::string note) {
  auto made = std::make_shared<OwnOperator>();
  made->name = std::move(name);
  made->version = version;
  made->address = address;
  made->returns_status = returns_status;
  made->inputs = std::move(inputs);
  made->parameters = std::move(parameters);
  made->initial = std::move(initial);
  made->outputs = std::move(outputs);
  made->memory = memory;
  made->note = std::move(note);
  expect(register_operator(std::move(made)));
}

/// Name and note of every function of its own that a log has used, the latest use last.
nb::list logged_functions(const std::string& directory) {
  nb::list all;
  const auto reader = Reader::open(directory);
  // Whatever is wrong with the directory, the engine's open tells better.
  if (!reader || reader->last_sequence() == 0) return all;
  const auto names = reader->names(reader->last_sequence());
  if (!names) return all;
  for (const auto& layout : names->layouts) {
    for (const auto& [name, note] : function_notes(layout.factor_text)) {
      all.append(nb::make_tuple(name, note));
    }
  }
  return all;
}

}  // namespace

void bind_operators(nb::module_& module) {
  nb::class_<AbsentOperator>(module, "AbsentOperator")
      .def(
          "__init__",
          [](AbsentOperator* place, std::string name, std::string version,
             std::vector<std::string> inputs, std::vector<std::string> outputs, std::string note) {
            new (place) AbsentOperator{std::move(name), std::move(version), std::move(inputs),
                                       std::move(outputs), std::move(note)};
          },
          nb::arg("name"), nb::arg("version"), nb::arg("inputs"), nb::arg("outputs"),
          nb::arg("note"))
      .def_ro("name", &AbsentOperator::name)
      .def_ro("version", &AbsentOperator::version);
  module.def("operator_list", &operator_list,
             nb::sig("def operator_list() -> list[tuple[str, list[str], str, list[str], str, str, "
                     "str]]"));
  module.def("register_operator", &add_operator, nb::arg("name"), nb::arg("version"),
             nb::arg("address"), nb::arg("returns_status"), nb::arg("inputs"),
             nb::arg("parameters"), nb::arg("initial"), nb::arg("outputs"),
             nb::arg("memory").none(), nb::arg("note"));
  module.def("operator_raised", &raised_by, nb::arg("name"));
  module.def("logged_functions", &logged_functions, nb::arg("directory"),
             nb::sig("def logged_functions(directory: str) -> list[tuple[str, str]]"));
}

}  // namespace factorwal::python
