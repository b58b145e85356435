#include <nanobind/stl/optional.h>
#include <nanobind/stl/string.h>

#include "base/aside.h"
#include "base/bind.h"
#include "base/forks.h"

namespace {

/// Of the Arrow that the module _archive is linked with; nothing where there is no such module.
std::optional<std::string> arrow_version() {
#ifdef FACTORWAL_ARROW_VERSION
  return FACTORWAL_ARROW_VERSION;
#else
  return std::nullopt;
#endif
}

}  // namespace

NB_MODULE(_core, module) {
  using namespace factorwal::python;
  module.doc() = "The C++ half of factorwal; use the package.";
  watch_forks();
  // A program with a daemon thread would be told of leaks at its end that are none. Tests ask.
  nanobind::set_leak_warnings(false);
  module.def("set_leak_warnings", &nanobind::set_leak_warnings, nanobind::arg("on"));
  nanobind::register_exception_translator([](const std::exception_ptr& thrown, void*) {
    try {
      std::rethrow_exception(thrown);
    } catch (const nanobind::cast_error&) {
      PyErr_SetString(PyExc_TypeError, "what was given is of another type than is asked for");
    }
  });
  module.def("wait_for_abandoned", &wait_for_abandoned);
  bind_values(module);
  bind_options(module);
  bind_feed(module);
  bind_table(module);
  bind_factor_set(module);
  bind_operators(module);  // before what takes an AbsentOperator
  bind_engine(module);
  bind_quick_process(module);
  bind_history(module);
  bind_sample_ticks(module);
  bind_wal(module);
  bind_persister(module);
  bind_operator_classes(module);
  bind_stream_engines(module);
  bind_cache(module);
  bind_records(module);
  bind_directory(module);
  bind_explain(module);
  module.def("arrow_version", &arrow_version);
}
