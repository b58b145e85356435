#pragma once
/// Times as Python has them.

#include <nanobind/nanobind.h>

#include "factorwal/types.h"

namespace factorwal::python {

/// Nanoseconds as an int, or whatever factorwal/_times.py takes. `zone`: a str, of times that have
/// none, or None: those are refused. ValueError, TypeError.
[[nodiscard]] TimestampNs read_timestamp(nanobind::handle timestamp, nanobind::handle zone);

}  // namespace factorwal::python
