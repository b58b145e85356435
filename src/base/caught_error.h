#pragma once
/// Functions that return a Result do not throw. What memory or the system refuses inside them comes
/// as an exception: a function whose body is a try block ends with
/// `catch (...) { return caught_error(); }`.

#include "factorwal/result.h"

namespace factorwal {

/// Called in a handler: the exception as an Error. One that the library cannot meet (of the user's
/// own operator, for instance) goes on.
[[nodiscard]] Error caught_error();

}  // namespace factorwal
