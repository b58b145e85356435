#pragma once
/// Arrow's C structures in PyCapsules, as the Arrow PyCapsule interface has them.

#include <nanobind/nanobind.h>

#include "factorwal/arrow_c.h"

namespace factorwal::python {

/// Takes what `__arrow_c_stream__` gave: the capsule is empty afterwards. TypeError.
[[nodiscard]] OwnedArrowStream take_stream(nanobind::handle capsule);
/// Takes what `__arrow_c_array__` gave, as a stream of one batch.
[[nodiscard]] OwnedArrowStream take_array(nanobind::handle schema, nanobind::handle array);
/// For `__arrow_c_stream__`.
[[nodiscard]] nanobind::object make_capsule(OwnedArrowStream stream);

/// A stream of one array, whose type is `schema`; takes both.
[[nodiscard]] OwnedArrowStream stream_of(ArrowSchema& schema, ArrowArray& array);

}  // namespace factorwal::python
