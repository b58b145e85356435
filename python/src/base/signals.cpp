#include "base/signals.h"

#include <nanobind/stl/string.h>

#include <string>
#include <thread>

namespace nb = nanobind;

namespace factorwal::python {

void wait_for_space() {
  {
    WithoutGil released;
    std::this_thread::sleep_for(kSpaceRecheck);
  }
  if (PyErr_CheckSignals() != 0) throw nb::python_error();
}

void tell_accepted(nb::python_error& raised, std::uint64_t accepted) {
  auto value = nb::borrow(raised.value());
  value.attr("accepted") = accepted;
  value.attr("add_note")(std::to_string(accepted) + " ticks of this call were accepted");
}

}  // namespace factorwal::python
