#include "base/times.h"

namespace nb = nanobind;

namespace factorwal::python {

TimestampNs read_timestamp(nb::handle timestamp, nb::handle zone) {
  if (PyLong_CheckExact(timestamp.ptr())) {
    const auto value = PyLong_AsLongLong(timestamp.ptr());
    if (value == -1 && PyErr_Occurred() != nullptr) throw nb::python_error();
    return value;
  }
  return nb::cast<TimestampNs>(
      nb::module_::import_("factorwal._times").attr("nanoseconds")(timestamp, zone));
}

}  // namespace factorwal::python
