#include "bind.h"

NB_MODULE(_core, module) {
  using namespace factorwal::python;
  module.doc() = "The C++ half of factorwal; use the package.";
  bind_values(module);
  bind_options(module);
  bind_feed(module);
  bind_table(module);
  bind_factor_set(module);
  bind_engine(module);
  bind_quick_process(module);
  bind_history(module);
}
