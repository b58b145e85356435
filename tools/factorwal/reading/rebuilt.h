#pragma once
/// What `state` and `explain` share: an instrument as of a sequence, asked for on the command line.

#include "factorwal/reader.h"
#include "reading/json_writer.h"
#include "reading/output.h"
#include "reading/state.h"

namespace factorwal::tool {

[[nodiscard]] Result<InstrumentAsOf> rebuild(const StateOptions& options, std::uint64_t tick_count);
/// What was damaged on the way; a corrupt place makes the exit status 3.
ExitCode tell_findings(const InstrumentAsOf& found, const StateOptions& options);

/// "instrument A as of sequence 900: its tick 451, sequence 899, at 2021-01-04T01:37:05.629Z"
[[nodiscard]] std::string headline(const InstrumentAsOf& found, const StateOptions& options);
/// The members that begin both JSON objects.
void write_head(JsonWriter& json, const InstrumentAsOf& found, const StateOptions& options);

/// The value, or "missing".
[[nodiscard]] std::string value_text(double value);

}  // namespace factorwal::tool
