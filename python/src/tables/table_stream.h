#pragma once
/// A table through the Arrow C stream interface.

#include "factorwal/arrow_c.h"
#include "tables/table_builder.h"

namespace factorwal::python {

/// Its chunks as they are now, which live as long as any array of them: nothing is copied. Needs no
/// GIL.
[[nodiscard]] OwnedArrowStream stream_of(const Table& table);

}  // namespace factorwal::python
