#pragma once
/// numpy arrays as an Arrow stream, without Arrow's library.

#include <nanobind/nanobind.h>

#include <cstdint>

#include "factorwal/arrow_c.h"

namespace factorwal::python {

/// A stream of one batch. `columns`: tuples (name, Arrow format, buffers), the buffers contiguous
/// arrays as the format asks for, without the validity bitmap, which is not there. They are kept
/// until the stream is released, and not copied.
[[nodiscard]] OwnedArrowStream stream_of_columns(const nanobind::list& columns,
                                                 std::int64_t length);

}  // namespace factorwal::python
