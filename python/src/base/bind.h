#pragma once
/// The parts of the module, one a topic.

#include <nanobind/nanobind.h>

namespace factorwal::python {

void bind_values(nanobind::module_& module);
void bind_options(nanobind::module_& module);
void bind_feed(nanobind::module_& module);
void bind_table(nanobind::module_& module);
void bind_factor_set(nanobind::module_& module);
void bind_engine(nanobind::module_& module);
void bind_quick_process(nanobind::module_& module);
void bind_history(nanobind::module_& module);
void bind_sample_ticks(nanobind::module_& module);
void bind_wal(nanobind::module_& module);
void bind_persister(nanobind::module_& module);
void bind_operator_classes(nanobind::module_& module);
void bind_stream_engines(nanobind::module_& module);
void bind_cache(nanobind::module_& module);
void bind_records(nanobind::module_& module);
void bind_directory(nanobind::module_& module);
void bind_operators(nanobind::module_& module);
void bind_explain(nanobind::module_& module);

}  // namespace factorwal::python
