#pragma once
/// The parts of the module _archive, one a topic.

#include <nanobind/nanobind.h>

namespace factorwal::python {

void bind_full_history(nanobind::module_& module);
void bind_archiver(nanobind::module_& module);
void bind_table_files(nanobind::module_& module);

}  // namespace factorwal::python
