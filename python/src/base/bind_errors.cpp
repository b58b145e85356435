#include <nanobind/stl/string.h>

#include "base/errors.h"
#include "base/findings.h"
#include "factorwal/recovery_certificate.h"

namespace nb = nanobind;

namespace factorwal::python {
namespace {

const char* class_of(Errc code) noexcept {
  switch (code) {
    case Errc::kInvalidArgument: return "InvalidArgument";
    case Errc::kNotFound: return "NotFound";
    case Errc::kIo:
    case Errc::kPoisoned:
    case Errc::kDegraded: return "Storage";
    case Errc::kCorruption: return "Corruption";
    case Errc::kLocked: return "Locked";
    case Errc::kTimeout: return "Timeout";
    case Errc::kFull: return "Busy";
    case Errc::kForked: return "Forked";
    case Errc::kClosed: return "Closed";
    case Errc::kUnsupportedVersion:
    case Errc::kAlreadyExists: break;
  }
  return "FactorwalError";
}

nb::object error_class(const char* name) {
  return nb::module_::import_("factorwal._errors").attr(name);
}

}  // namespace

nb::object make_exception(const char* class_name, const Error& error) {
  auto exception = error_class(class_name)(error.message);
  exception.attr("code") = std::string(to_string(error.code));
  if (error.errno_value != 0) exception.attr("errno_value") = error.errno_value;
  return exception;
}

nb::object make_exception(const Error& error) {
  return make_exception(class_of(error.code), error);
}

void raise(const nb::object& exception) {
  PyErr_SetObject(reinterpret_cast<PyObject*>(Py_TYPE(exception.ptr())), exception.ptr());
  throw nb::python_error();
}

void raise(const Error& error) { raise(make_exception(error)); }

void raise_type(const std::string& asked, nb::handle given) {
  const std::string kind = nb::str(given.type().attr("__name__")).c_str();
  throw nb::type_error((asked + ", not " + kind).c_str());
}

void raise_syntax(const Error& error) { raise(make_exception("FactorSyntax", error)); }

void raise_open(const Error& error, const std::string& directory) {
  auto exception = make_exception(error);
  if (error.code == Errc::kCorruption) {
    if (const auto found = examine_recovery(directory)) {
      exception.attr("findings") = list_findings(found->corrupt);
    }
  }
  raise(exception);
}

void raise_batch(const Error& error, std::uint64_t accepted) {
  auto exception = make_exception("Batch", error);
  exception.attr("accepted") = accepted;
  PyException_SetCause(exception.ptr(), make_exception(error).release().ptr());
  raise(exception);
}

}  // namespace factorwal::python
