#include "archive/bind.h"
#include "base/aside.h"
#include "base/forks.h"

NB_MODULE(_archive, module) {
  using namespace factorwal::python;
  module.doc() = "What needs Apache Arrow's library; loaded by factorwal._archives alone.";
  nanobind::set_leak_warnings(false);  // as in _core
  module.def("set_leak_warnings", &nanobind::set_leak_warnings, nanobind::arg("on"));
  // A copy of the core's own.
  watch_forks();
  nanobind::module_::import_("atexit").attr("register")(
      nanobind::cpp_function(&wait_for_abandoned));
  bind_full_history(module);
  bind_archiver(module);
  bind_table_files(module);
}
