#pragma once
/// `factorwal tail`: the last rows, and those to come.

#include <cstdint>

#include "exit_code.h"
#include "reading/row_printer.h"
#include "reading/selection.h"

namespace factorwal::tool {

struct TailOptions {
  std::string directory;
  Selection selection;
  std::uint64_t last = 10;
  bool follow = false;
  bool sequence = false;
  Format format = Format::kTable;
};

ExitCode run_tail(const TailOptions& options);

}  // namespace factorwal::tool
