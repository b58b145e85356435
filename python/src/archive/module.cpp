#include "bind.h"

NB_MODULE(_archive, module) {
  using namespace factorwal::python;
  module.doc() = "What needs Apache Arrow's library; loaded by factorwal._archives alone.";
  bind_full_history(module);
  bind_archiver(module);
  bind_table_files(module);
}
