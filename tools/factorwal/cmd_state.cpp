#include "command.h"
#include "reading/selection_options.h"
#include "reading/state.h"

namespace factorwal::tool {
namespace {

void add_state_options(CLI::App& command, StateOptions& options) {
  add_directory_option(command, options.directory);
  command.add_option("--instrument", options.instrument, "Which instrument")
      ->required()
      ->type_name("ID");
  command.add_option("--at", options.at, "As of this sequence: later records do not count")
      ->required()
      ->check(kWholeNumber)
      ->type_name("SEQ");
  command
      .add_option("--factors", options.factors_path,
                  "Compute these factors over the same ticks; default: the log's own")
      ->type_name("FILE");
  command.add_flag("--json", options.json, "One JSON object");
}

constexpr const char* kHow =
    "The nearest saved state before is loaded, and the logged ticks after it are pushed through\n"
    "the same graph as live ticks. A sequence that is not in the log is refused with the range\n"
    "that is. Works beside a live run.\n"
    "\n";

}  // namespace

void add_state_command(CLI::App& app, Action& action) {
  auto* command =
      app.add_subcommand("state", "Rebuild one instrument's operators as of a sequence");
  auto options = std::make_shared<StateOptions>();
  add_state_options(*command, *options);
  command->footer(std::string(kHow) +
                  "Per operator: expression, state identity, size and hash of its state, value.\n"
                  "\n"
                  "Example: factorwal state --data d --instrument SHFE.cu2501 --at 4000");
  command->callback([options, &action] { action = [options] { return run_state(*options); }; });
}

void add_explain_command(CLI::App& app, Action& action) {
  auto* command =
      app.add_subcommand("explain", "Show the ticks and nodes that made a factor's value");
  auto options = std::make_shared<ExplainOptions>();
  add_state_options(*command, options->state);
  command->add_option("--factor", options->factor, "Which factor")->required()->type_name("F");
  command
      ->add_option("--ticks", options->ticks,
                   "At most so many of the last ticks; fewer where the factor looks back less")
      ->check(kWholeNumber)
      ->capture_default_str()
      ->type_name("N");
  command->footer(std::string(kHow) +
                  "Example: factorwal explain --data d --instrument SHFE.cu2501 --factor ma5 "
                  "--at 4000");
  command->callback([options, &action] { action = [options] { return run_explain(*options); }; });
}

}  // namespace factorwal::tool
