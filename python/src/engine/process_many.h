#pragma once
/// Ticks of a source through an engine, or through factors alone.

#include "engine/session.h"
#include "feed/source.h"
#include "tables/table_builder.h"

namespace factorwal::python {

struct ManyOptions {
  bool resume = false;  ///< go on behind what an earlier run has read of this source
  bool append = false;  ///< read it also where it was read before
  bool collect = true;  ///< false: the table has no rows, and memory stays flat
  nanobind::object tell = nanobind::none();  ///< called now and then with the ticks so far
};

/// Needs the GIL, and runs without it. A signal whose handler raises ends it within some 20 ms.
[[nodiscard]] Table process_many(Session& session, Source& source, const ManyOptions& options);
/// The same values without a log.
[[nodiscard]] Table compute(Source& source, const std::string& factors, nanobind::object tell);

/// The source of `source`, once. ValueError.
[[nodiscard]] std::unique_ptr<feed::TickSource> take(Source& source);

}  // namespace factorwal::python
