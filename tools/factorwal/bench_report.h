#pragma once
/// The figures of `factorwal bench`, for people and for programs.

#include "measure/figures.h"
#include "reading/output.h"

namespace factorwal::tool {

void print_bench(const measure::Figures& figures, Output& out);
/// One object; units are part of the names.
void print_bench_json(const measure::Figures& figures, Output& out);

}  // namespace factorwal::tool
