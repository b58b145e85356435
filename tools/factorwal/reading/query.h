#pragma once
/// `factorwal query`: rows out of a log.

#include <cstdint>
#include <optional>
#include <string>

#include "exit_code.h"
#include "reading/row_printer.h"
#include "reading/selection.h"

namespace factorwal::tool {

struct QueryOptions {
  std::string directory;
  Selection selection;
  std::optional<std::uint64_t> last;
  std::optional<std::uint64_t> limit;
  bool latest = false;
  std::optional<Sequence> as_of;  ///< records above it do not count
  bool sequence = false;
  bool durable = false;
  Format format = Format::kTable;
};

ExitCode run_query(const QueryOptions& options);

}  // namespace factorwal::tool
