#include <nanobind/stl/string.h>
#include <nanobind/stl/vector.h>

#include <utility>

#include "archive/bind.h"
#include "base/errors.h"
#include "base/gil.h"
#include "factorwal/table_source.h"
#include "tables/arrow_capsules.h"

namespace nb = nanobind;

namespace factorwal::python {
namespace {

nb::object open_table_file(const std::string& path, const std::vector<std::size_t>& columns) {
  auto stream = without_gil([&] { return open_table(path, columns); });
  return make_capsule(expect(std::move(stream)));
}

}  // namespace

void bind_table_files(nb::module_& module) {
  module.def("open_table", &open_table_file, nb::arg("path"), nb::arg("columns"),
             "A Parquet or Arrow file as an Arrow stream in a capsule, with these columns alone.");
}

}  // namespace factorwal::python
