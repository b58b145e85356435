#include <nanobind/stl/optional.h>
#include <nanobind/stl/string.h>
#include <nanobind/stl/vector.h>

#include "base/bind.h"
#include "engine/process_many.h"
#include "tables/arrow_capsules.h"
#include "tables/batch_arrays.h"
#include "tables/heard_stream.h"
#include "tables/table_stream.h"

namespace nb = nanobind;

namespace factorwal::python {
namespace {

nb::object export_table(const Table& table, nb::handle /*requested_schema*/) {
  return make_capsule(hear_signals(stream_of(table), StreamPace::kQuick));
}

std::vector<std::string> notes_of(const Table& table) {
  auto notes = table.notes;
  for (const auto& note : table.report.notes) notes.push_back(note.file + ": " + note.text);
  return notes;
}

/// Kind of bad row to how many, and the first of them.
nb::dict bad_rows_of(const Table& table) {
  nb::dict bad;
  for (std::size_t kind = 0; kind < table.report.bad.size(); ++kind) {
    const auto& met = table.report.bad[kind];
    if (met.count == 0) continue;
    const auto name = std::string(to_string(static_cast<feed::BadRow>(kind)));
    bad[name.c_str()] = nb::make_tuple(met.count, met.first_example);
  }
  return bad;
}

nb::list arrays_of(const Table& table) {
  nb::list all;
  for (const auto& chunk : table.chunks) all.append(chunk_arrays(table.columns, chunk));
  return all;
}

}  // namespace

void bind_table(nb::module_& module) {
  nb::class_<Table>(module, "TableBase")
      .def("__arrow_c_stream__", &export_table, nb::arg("requested_schema") = nb::none())
      .def("__len__", [](const Table& table) { return table.rows; })
      .def_ro("column_names", &Table::columns)
      .def_ro("ticket", &Table::ticket)
      .def_prop_ro("notes", &notes_of)
      .def_prop_ro("bad_rows", &bad_rows_of,
                   nb::sig("def bad_rows(self) -> dict[str, tuple[int, str]]"))
      .def_prop_ro("rows_read", [](const Table& table) { return table.report.rows_read; })
      .def_prop_ro("rows_resumed", [](const Table& table) { return table.report.rows_resumed; })
      .def("arrays", &arrays_of, nb::sig("def arrays(self) -> list[dict[str, typing.Any]]"));
  module.def("compute", &compute, nb::arg("source"), nb::arg("factors"), nb::arg("tell").none());
}

}  // namespace factorwal::python
