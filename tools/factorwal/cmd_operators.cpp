#include "command.h"
#include "reading/operator_list.h"

namespace factorwal::tool {

void add_operators_command(CLI::App& app, Action& action) {
  auto* command = app.add_subcommand("operators", "List the operators of factor files");
  auto options = std::make_shared<OperatorListOptions>();
  command->add_option("NAME", options->name, "One operator in full, by any of its names");
  command->add_flag("--json", options->json, "One JSON array");
  command->footer("Example: factorwal operators macd");
  command->callback([options, &action] { action = [options] { return run_operators(*options); }; });
}

}  // namespace factorwal::tool
