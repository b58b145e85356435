/// What a call of this module with a wrong argument is told.

#include <nanobind/nanobind.h>
#include <nanobind/stl/string.h>

#include <array>
#include <string>
#include <utility>

#include "base/bind.h"

namespace nb = nanobind;

namespace factorwal::python {
namespace {

using Call = PyObject* (*)(PyObject*, PyObject* const*, size_t, PyObject*);

/// How nanobind's functions and methods begin.
struct Function {
  PyVarObject head;
  Call call;
};
static_assert(NB_VERSION_MAJOR == 3 && NB_VERSION_MINOR == 1, "look at its struct nb_func again");

/// nanobind has a way for each kind of signature.
constexpr std::size_t kWaysMost = 8;
/// Above them are flags, of Python's and of nanobind's own.
constexpr std::size_t kCountBits = 0xffffffff;
std::array<Call, kWaysMost> ways{};

/// nanobind lists signatures and what came; factorwal._arguments says which argument is wrong.
void tell_wrong_argument(PyObject* const* arguments, std::size_t count, PyObject* names) noexcept
    try {
  if (PyErr_ExceptionMatches(PyExc_TypeError) == 0) return;
  nb::python_error raised;
  const std::string text = nb::str(raised.value()).c_str();
  if (text.find("(): incompatible function arguments") == std::string::npos) {
    raised.restore();
    return;
  }
  nb::list places;
  for (std::size_t i = 0; i < count; ++i) places.append(nb::handle(arguments[i]));
  nb::dict by_name;
  for (std::size_t i = 0; names != nullptr && i < nb::len(nb::handle(names)); ++i) {
    by_name[nb::handle(names)[i]] = nb::handle(arguments[count + i]);
  }
  const auto told =
      nb::module_::import_("factorwal._arguments").attr("told")(text, nb::tuple(places), by_name);
  PyErr_SetObject(PyExc_TypeError, told.ptr());
} catch (nb::python_error& failed) {
  failed.restore();
} catch (...) {
  PyErr_NoMemory();
}

template <std::size_t kWay>
PyObject* call_and_tell(PyObject* self, PyObject* const* arguments, size_t flags, PyObject* names) {
  PyObject* const result = ways[kWay](self, arguments, flags, names);
  if (result == nullptr) [[unlikely]] {
    tell_wrong_argument(arguments, flags & kCountBits, names);
  }
  return result;
}

template <std::size_t... kWays>
constexpr std::array<Call, kWaysMost> make_telling(std::index_sequence<kWays...> /*ways*/) {
  return {&call_and_tell<kWays>...};
}
constexpr auto kTelling = make_telling(std::make_index_sequence<kWaysMost>());

void tell(nb::handle function) {
  auto& call = reinterpret_cast<Function*>(function.ptr())->call;
  for (std::size_t way = 0; way < kWaysMost; ++way) {
    if (call == kTelling[way]) return;
    if (ways[way] == nullptr) ways[way] = call;
    if (call != ways[way]) continue;
    call = kTelling[way];
    return;
  }
}

std::string kind_of(nb::handle object) { return nb::str(object.type().attr("__name__")).c_str(); }

void tell_all(nb::handle scope) {
  for (nb::handle value : scope.attr("__dict__").attr("values")()) {
    const auto kind = kind_of(value);
    if (kind == "nb_func" || kind == "nb_method") {
      tell(value);
    } else if (kind == "property") {
      for (const char* part : {"fget", "fset"}) {
        const nb::object function = value.attr(part);
        if (!function.is_none()) tell(function);
      }
    } else if (nb::isinstance<nb::type_object>(value)) {
      tell_all(value);
    }
  }
}

}  // namespace

void tell_wrong_arguments(nb::module_& module) { tell_all(module); }

}  // namespace factorwal::python
