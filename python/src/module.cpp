#include <nanobind/stl/optional.h>
#include <nanobind/stl/string.h>

#include "aside.h"
#include "bind.h"
#include "forks.h"

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
