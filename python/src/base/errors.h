#pragma once
/// How an Error of the library becomes a Python exception of the tree in factorwal/_errors.py.

#include <nanobind/nanobind.h>

#include <cstdint>
#include <string>
#include <type_traits>
#include <utility>

#include "factorwal/result.h"

namespace factorwal::python {

/// The exception that an error is, by its code, not yet raised. Needs the GIL, as all here.
[[nodiscard]] nanobind::object make_exception(const Error& error);
/// The same of a class of that name.
[[nodiscard]] nanobind::object make_exception(const char* class_name, const Error& error);
[[noreturn]] void raise(const nanobind::object& exception);
[[noreturn]] void raise(const Error& error);

/// TypeError: `asked`, and what came instead.
[[noreturn]] void raise_type(const std::string& asked, nanobind::handle given);
/// A text that is no factor set: FactorSyntax.
[[noreturn]] void raise_syntax(const Error& error);
/// An open that failed: Corruption carries what `recover` finds in `directory`.
[[noreturn]] void raise_open(const Error& error, const std::string& directory);
/// A batch of which the first `accepted` ticks were taken: Batch, with what stopped it as its
/// cause.
[[noreturn]] void raise_batch(const Error& error, std::uint64_t accepted);

inline void expect(const Status& status) {
  if (!status) raise(status.error());
}
template <class T>
requires(!std::is_void_v<T>) [[nodiscard]] T expect(Result<T>&& result) {
  if (!result) raise(result.error());
  return *std::move(result);
}

}  // namespace factorwal::python
