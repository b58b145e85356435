#include "base/doubles.h"

#include <limits>
#include <string>
#include <string_view>

namespace nb = nanobind;

namespace factorwal::python {
namespace {

std::string field_list(const TickSchema& schema) {
  std::string text;
  for (const auto& name : schema.names()) text += (text.empty() ? "" : ", ") + name;
  return text;
}

[[noreturn]] void raise_count(std::size_t count, const TickSchema& schema) {
  throw nb::value_error(("a tick of this engine has " + std::to_string(schema.size()) +
                         " values (" + field_list(schema) + "), and " + std::to_string(count) +
                         " were given")
                            .c_str());
}

/// A number that is no float: an int, a numpy scalar, None.
double read_other(PyObject* item) {
  if (item == Py_None) return std::numeric_limits<double>::quiet_NaN();
  const double value = PyFloat_AsDouble(item);
  if (value == -1.0 && PyErr_Occurred() != nullptr) throw nb::python_error();
  return value;
}

double read_one(PyObject* item) {
  return PyFloat_CheckExact(item) ? PyFloat_AS_DOUBLE(item) : read_other(item);
}

/// A contiguous view of doubles, given back at the end.
class DoublesView {
 public:
  explicit DoublesView(PyObject* source) {
    if (PyObject_GetBuffer(source, &view_, PyBUF_FORMAT | PyBUF_C_CONTIGUOUS) != 0) {
      PyErr_Clear();
      throw nb::type_error((std::string("values: a tuple, a list or a contiguous buffer of float64 "
                                        "is asked for, not ") +
                            nb::type_name(nb::handle(source).type()).c_str())
                               .c_str());
    }
  }
  DoublesView(const DoublesView&) = delete;
  DoublesView& operator=(const DoublesView&) = delete;
  ~DoublesView() { PyBuffer_Release(&view_); }

  [[nodiscard]] const double* data() const {
    const std::string_view format = view_.format == nullptr ? "B" : view_.format;
    if (format != "d" && format != "<d" && format != "=d") {
      throw nb::type_error(("values: a buffer of float64 is asked for, not of format '" +
                            std::string(format) + "'; array.astype(\"float64\") makes one")
                               .c_str());
    }
    if (view_.ndim > 1) throw nb::value_error("values: a buffer of one dimension is asked for");
    return static_cast<const double*>(view_.buf);
  }
  [[nodiscard]] std::size_t size() const noexcept {
    return static_cast<std::size_t>(view_.len) / sizeof(double);
  }

 private:
  Py_buffer view_{};
};

}  // namespace

void read_doubles(nb::handle source, const TickSchema& schema, std::vector<double>& out) {
  PyObject* const object = source.ptr();
  const auto expect_count = [&](std::size_t count) {
    if (count != schema.size()) raise_count(count, schema);
    out.resize(count);
  };
  if (PyTuple_Check(object)) {
    expect_count(static_cast<std::size_t>(PyTuple_GET_SIZE(object)));
    for (std::size_t i = 0; i < out.size(); ++i) {
      out[i] = read_one(PyTuple_GET_ITEM(object, static_cast<Py_ssize_t>(i)));
    }
  } else if (PyList_Check(object)) {
    expect_count(static_cast<std::size_t>(PyList_GET_SIZE(object)));
    for (std::size_t i = 0; i < out.size(); ++i) {
      // Held: a number's own code may change the list.
      const auto item = nb::borrow(PyList_GetItem(object, static_cast<Py_ssize_t>(i)));
      if (!item.is_valid()) throw nb::python_error();
      out[i] = read_one(item.ptr());
    }
  } else {
    const DoublesView view(object);
    const double* const data = view.data();
    expect_count(view.size());
    out.assign(data, data + view.size());
  }
}

}  // namespace factorwal::python
