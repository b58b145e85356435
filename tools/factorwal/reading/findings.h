#pragma once
/// Findings told to people and to programs.

#include <span>
#include <vector>

#include "exit_code.h"
#include "factorwal/finding.h"
#include "factorwal/record_stream.h"
#include "reading/json_writer.h"

namespace factorwal::tool {

/// `corrupt: FILE, offset 4096, 312 bytes, sequences 1 to 9: what`
[[nodiscard]] std::string describe(const Finding& finding);

/// Says on standard error what is wrong: every corrupt place (at most ten), and in one line what a
/// crash cut short. kCorruption when something durable is damaged.
ExitCode report_findings(std::span<const Finding> findings, std::string_view directory);

/// Says on standard error what retention took away while it was read.
void report_cut(const CutRecords& cut);
void report_cut(std::uint64_t records);

/// As an array of objects.
void write_findings(JsonWriter& json, std::span<const Finding> findings);

}  // namespace factorwal::tool
