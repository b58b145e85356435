#pragma once
/// Arrow streams whose readers are not Python: Ctrl-C ends them all the same.

#include <nanobind/nanobind.h>

#include "factorwal/arrow_c.h"

namespace factorwal::python {

enum class StreamPace : std::uint8_t {
  kQuick,  ///< every batch is there at once
  kSlow,   ///< a batch may take long: it is read aside
};

/// `stream`, whose `get_next` lets the handlers of signals run, where the main thread calls it.
/// When one raises, the stream fails with ECANCELED, and Python raises that exception as soon as it
/// runs again. Called by other threads it hears nothing: they have no signals.
[[nodiscard]] OwnedArrowStream hear_signals(OwnedArrowStream stream, StreamPace pace);

}  // namespace factorwal::python
