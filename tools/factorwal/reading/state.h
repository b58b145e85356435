#pragma once
/// `factorwal state` and `factorwal explain`: one instrument as of a sequence, rebuilt.

#include <optional>
#include <string>

#include "exit_code.h"
#include "factorwal/types.h"

namespace factorwal::tool {

struct StateOptions {
  std::string directory;
  std::string instrument;
  Sequence at = 0;
  std::string factors_path;  ///< empty: the log's own
  bool json = false;
};
ExitCode run_state(const StateOptions& options);

struct ExplainOptions {
  StateOptions state;
  std::string factor;
  std::uint64_t ticks = 20;
};
ExitCode run_explain(const ExplainOptions& options);

}  // namespace factorwal::tool
