#pragma once
/// One record of the log, as a line.

#include <string>

#include "factorwal/record.h"

namespace factorwal::tool {

/// `17 tick SHFE.cu2501 2025-01-06T01:30:00.500Z #12 close=75010 -> ma5=75008.2`
void append_record(std::string& out, const LogRecord& record);
/// As a JSON object.
void write_record(std::string& out, const LogRecord& record);

}  // namespace factorwal::tool
