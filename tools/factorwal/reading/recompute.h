#pragma once
/// `verify --recompute`: what computing every value again has found.

#include "factorwal/verify.h"
#include "reading/json_writer.h"
#include "reading/output.h"

namespace factorwal::tool {

void print_text(const Recomputed& report, Output& out);
void write_json(const Recomputed& report, JsonWriter& json);

}  // namespace factorwal::tool
