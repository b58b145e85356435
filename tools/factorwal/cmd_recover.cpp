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
      "feed was read, what a crash left behind, and the recovery certificate of the next open:\n"
      "what it will decide, what is drained, cut, corrupt, which instruments are hit, which "
      "factors\n"
      "exact. Changes nothing: `factorwal run --resume` goes on from there. Exit status 3: part "
      "of\n"
      "the log is damaged.\n"
      "\n"
      "Example: factorwal recover --data d");
  command->callback([options, &action] { action = [options] { return run_recover(*options); }; });
}

}  // namespace factorwal::tool
