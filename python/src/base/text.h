#pragma once
/// The text of a Python str.

#include <nanobind/nanobind.h>

#include <string>

namespace factorwal::python {

/// As UTF-8. Raises UnicodeEncodeError for a lone surrogate. Requires: a str.
[[nodiscard]] inline std::string text_of(nanobind::handle str) {
  Py_ssize_t size = 0;
  const char* const bytes = PyUnicode_AsUTF8AndSize(str.ptr(), &size);
  if (bytes == nullptr) throw nanobind::python_error();
  return {bytes, static_cast<std::size_t>(size)};
}

}  // namespace factorwal::python
