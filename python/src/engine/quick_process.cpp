#include <nanobind/nanobind.h>
#include <nanobind/stl/string.h>

#include <string>
#include <vector>

#include "base/bind.h"
#include "engine/session.h"

namespace nb = nanobind;

namespace factorwal::python {
namespace {

/// Of `process`, as nanobind has it: for every call that is not the usual one.
PyObject* general_process = nullptr;
PyTypeObject* instrument_type = nullptr;

PyObject* call_general(PyObject* self, PyObject* const* arguments, Py_ssize_t count,
                       PyObject* names) {
  const auto all = count + (names == nullptr ? 0 : PyTuple_GET_SIZE(names));
  std::vector<PyObject*> with_self{self};
  with_self.insert(with_self.end(), arguments, arguments + all);
  return PyObject_Vectorcall(general_process, with_self.data(), static_cast<size_t>(count + 1),
                             names);
}

/// The call's way through nanobind would take as long as the module's part of it.
PyObject* process(PyObject* self, PyObject* const* arguments, Py_ssize_t count, PyObject* names) {
  const bool is_usual = count == 3 && names == nullptr && Py_TYPE(arguments[0]) == instrument_type;
  if (is_usual && nb::inst_ready(self)) {
    auto& session = *nb::inst_ptr<Session>(self);
    const auto& instrument = *nb::inst_ptr<Instrument>(arguments[0]);
    if (PyObject* const values = session.quick_process(instrument, arguments[1], arguments[2])) {
      return values;
    }
  }
  return call_general(self, arguments, count, names);
}

/// `type`: a subclass of EngineBase, whose `process` it becomes.
void set_quick_process(nb::handle type) {
  static std::string text;
  static PyMethodDef method{"process", nullptr, METH_FASTCALL | METH_KEYWORDS, nullptr};
  const nb::object base = nb::type<Session>().attr("process");
  if (general_process == nullptr) {
    general_process = nb::object(base).release().ptr();
    instrument_type = reinterpret_cast<PyTypeObject*>(nb::type<Instrument>().ptr());
    text = "process($self, instrument, timestamp, values, position=None)\n--\n\n" +
           nb::cast<std::string>(base.attr("__doc__"));
    method.ml_meth = reinterpret_cast<PyCFunction>(reinterpret_cast<void (*)()>(process));
    method.ml_doc = text.c_str();
  }
  PyObject* const made = PyDescr_NewMethod(reinterpret_cast<PyTypeObject*>(type.ptr()), &method);
  if (made == nullptr) throw nb::python_error();
  type.attr("process") = nb::steal(made);
}

}  // namespace

void bind_quick_process(nb::module_& module) {
  module.def("set_quick_process", &set_quick_process, nb::arg("type"),
             nb::sig("def set_quick_process(type: type[EngineBase]) -> None"));
}

}  // namespace factorwal::python
