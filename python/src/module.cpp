#include "bind.h"

NB_MODULE(_core, module) {
  using namespace factorwal::python;
  module.doc() = "The C++ half of factorwal; use the package.";
  bind_values(module);
  bind_options(module);
  bind_feed(module);
  bind_table(module);
  bind_factor_set(module);
  bind_operators(module);  // before what takes an AbsentOperator
  bind_engine(module);
  bind_history(module);
  bind_sample_ticks(module);
  bind_explain(module);
}
