#include "command.h"
#include "reading/recover_report.h"
#include "reading/selection_options.h"

namespace factorwal::tool {

void add_recover_command(CLI::App& app, Action& action) {
  auto* command = app.add_subcommand("recover", "Tell what a data directory holds");
  auto options = std::make_shared<RecoverOptions>();
  add_directory_option(*command, options->directory);
  command->add_flag("--json", options->json, "One JSON object, with every instrument");
  command->footer(
      "Sequences, records, instruments with their last values and operators' state, how far the\n"
      "feed was read, and what a crash left behind. Changes nothing: `factorwal run --resume` "
      "goes\n"
      "on from there. Exit status 3: part of the log is damaged.\n"
      "\n"
      "Example: factorwal recover --data d");
  command->callback([options, &action] { action = [options] { return run_recover(*options); }; });
}

}  // namespace factorwal::tool
