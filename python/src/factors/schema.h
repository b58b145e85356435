#pragma once
/// The fields of an engine's ticks, as Python names them.

#include <optional>
#include <string>
#include <vector>

#include "factorwal/options.h"
#include "factorwal/result.h"
#include "factorwal/tick.h"

namespace factorwal::python {

/// One name may be that of a kind of ticks: "quotes", "futures", "bars".
[[nodiscard]] Result<TickSchema> schema_of(const std::vector<std::string>& names);
/// Of the log's last ticks; nothing where there is no log, or none with ticks. Where accepted ticks
/// of a process that was killed still wait in its channel, and the log has none, they are brought
/// into the log first: kLocked and the like, as of WalManager::open. Without the GIL.
[[nodiscard]] Result<std::optional<TickSchema>> logged_schema(const std::string& directory,
                                                              const LogOptions& options);
/// Every field that TickSchema predefines: what a text is checked against where nothing is known of
/// its ticks.
[[nodiscard]] TickSchema usual_schema();

}  // namespace factorwal::python
