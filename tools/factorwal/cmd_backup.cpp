#include "backup.h"
#include "command.h"

namespace factorwal::tool {

void add_backup_command(CLI::App& app, Action& action) {
  auto* command = app.add_subcommand("backup", "Copy a data directory, also while it is in use");
  auto options = std::make_shared<BackupOptions>();
  command->add_option("DIR", options->source, "The data directory")->required();
  command->add_option("DEST", options->target, "Where the copy goes: a new or an empty directory")
      ->required();
  command->add_flag("--json", options->json, "One JSON object");
  command->footer(
      "The copy is a log that was closed in order, with an identity of its own: it can be opened\n"
      "and gone on with beside the original, and no file of one passes in the other. It holds\n"
      "everything that was written when the command began, and everything that was durable. Every\n"
      "checksum is checked on the way; a damaged log is refused (exit status 3). Until the last\n"
      "step, and after a failure, DEST does not open.\n"
      "\n"
      "Example: factorwal backup data /mnt/other/data-tuesday");
  command->callback([options, &action] { action = [options] { return run_backup(*options); }; });
}

}  // namespace factorwal::tool
