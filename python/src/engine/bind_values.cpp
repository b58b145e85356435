#include <nanobind/stl/string.h>
#include <nanobind/stl/vector.h>

#include "base/bind.h"
#include "engine/values.h"

namespace nb = nanobind;

namespace factorwal::python {
namespace {

int get_buffer(PyObject* object, Py_buffer* view, int flags) noexcept {
  if ((flags & PyBUF_WRITABLE) == PyBUF_WRITABLE) {
    PyErr_SetString(PyExc_BufferError, "the values of a tick are read-only; copy() gives others");
    view->obj = nullptr;
    return -1;
  }
  static constexpr char kFormat[] = "d";
  static constexpr Py_ssize_t kStride = sizeof(double);
  auto& values = *nb::inst_ptr<Values>(object);
  *view = Py_buffer{};
  view->buf = values.data();
  view->obj = Py_NewRef(object);
  view->len = *values.shape() * kStride;
  view->itemsize = kStride;
  view->readonly = 1;
  view->ndim = 1;
  view->shape = values.shape();
  if ((flags & PyBUF_FORMAT) != 0) view->format = const_cast<char*>(kFormat);
  if ((flags & PyBUF_STRIDES) == PyBUF_STRIDES) view->strides = const_cast<Py_ssize_t*>(&kStride);
  return 0;
}

PyType_Slot buffer_slots[] = {{Py_bf_getbuffer, reinterpret_cast<void*>(get_buffer)}, {0, nullptr}};

Py_ssize_t place_of(const Values& values, nb::handle key) {
  const auto count = static_cast<Py_ssize_t>(values.values().size());
  if (PyUnicode_Check(key.ptr())) {
    PyObject* const found = PyDict_GetItemWithError(values.names().places.ptr(), key.ptr());
    if (found != nullptr) return PyLong_AsSsize_t(found);
    if (PyErr_Occurred() != nullptr) throw nb::python_error();
    PyErr_SetObject(PyExc_KeyError, key.ptr());
    throw nb::python_error();
  }
  const auto index = PyNumber_AsSsize_t(key.ptr(), PyExc_IndexError);
  if (index == -1 && PyErr_Occurred() != nullptr) throw nb::python_error();
  const auto place = index < 0 ? index + count : index;
  if (place < 0 || place >= count) {
    throw nb::index_error(("there are " + std::to_string(count) + " values, from 0 on").c_str());
  }
  return place;
}

nb::dict to_dict(const Values& values) {
  nb::dict all;
  for (std::size_t i = 0; i < values.values().size(); ++i) {
    all[values.names().names[i].c_str()] = values.values()[i];
  }
  return all;
}

nb::object copy(nb::handle values) { return nb::module_::import_("numpy").attr("array")(values); }

}  // namespace

void bind_values(nb::module_& module) {
  nb::class_<Ticket>(module, "Ticket",
                     "What an accepted tick can be waited for with: see Engine.wait_durable.");
  nb::class_<Values>(
      module, "Values", nb::type_slots(buffer_slots),
      "The factor values of the latest tick, NaN where missing: by name, by place, or as a\n"
      "read-only buffer of float64 (numpy.asarray(v) does not copy). An engine has one such\n"
      "object, which its next tick overwrites; copy() gives an array of its own.")
      .def("__len__", [](const Values& values) { return values.values().size(); })
      .def(
          "__getitem__",
          [](const Values& values, nb::handle key) {
            return values.values()[static_cast<std::size_t>(place_of(values, key))];
          },
          nb::arg("key"), nb::sig("def __getitem__(self, key: str | int) -> float"))
      .def(
          "__iter__", [](const Values& values) { return nb::iter(nb::cast(values.values())); },
          nb::sig("def __iter__(self) -> collections.abc.Iterator[float]"))
      .def("copy", &copy, "The values as a numpy array of their own.",
           nb::sig("def copy(self) -> numpy.typing.NDArray[numpy.float64]"))
      .def("to_dict", &to_dict, "Name to value.", nb::sig("def to_dict(self) -> dict[str, float]"))
      .def_prop_ro("names", [](const Values& values) { return values.names().names; })
      .def_prop_ro("timestamp_ns", &Values::timestamp_ns, "Of the tick; nanoseconds, UTC.")
      .def_prop_ro("ticket", &Values::ticket)
      .def("__repr__", [](const Values& values) {
        return "Values(" + std::string(nb::str(to_dict(values)).c_str()) + ")";
      });
}

}  // namespace factorwal::python
