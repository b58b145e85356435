#pragma once
/// Numbers of one tick, as Python gives them.

#include <nanobind/nanobind.h>

#include <vector>

#include "factorwal/tick.h"

namespace factorwal::python {

/// Fills `out` with the numbers of a tuple, a list or a buffer of doubles (a numpy array of
/// float64, an array.array("d")): one a field of `schema`, in its order. None is missing, as NaN
/// is. TypeError, ValueError: names what it was and what is asked for.
void read_doubles(nanobind::handle source, const TickSchema& schema, std::vector<double>& out);

}  // namespace factorwal::python
