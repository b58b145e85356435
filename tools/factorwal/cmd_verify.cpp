#include "command.h"
#include "reading/selection_options.h"
#include "reading/verify.h"

namespace factorwal::tool {

void add_verify_command(CLI::App& app, Action& action) {
  auto* command = app.add_subcommand("verify", "Check every byte that the log counts on");
  auto options = std::make_shared<VerifyCommand>();
  add_directory_option(*command, options->directory);
  command->add_flag("--recompute", options->recompute,
                    "Also compute every value again from the ticks, and compare bit for bit");
  command->add_flag("--json", options->json, "One JSON object");
  command->footer(
      "Checks the manifest, every segment's header and size, every frame's checksum and sequence,\n"
      "every record, and that no instrument misses a tick; then the archive in DIR, if there is "
      "one:\n"
      "its files, and its rows against those that the log still has. Works beside a live run.\n"
      "\n"
      "  corrupt      it was durable and is not what was written: exit status 3\n"
      "  torn         a write that a crash cut short; nothing says that it was durable\n"
      "  undecidable  whole but wrong, and nothing says that it was durable\n"
      "\n"
      "--recompute pushes the logged ticks through the factor sets in the log. A value, or a "
      "saved\n"
      "operator state, that differs is named by instrument, factor and sequence: exit status 3.\n"
      "What operators registered by hand or functions of your own made is counted, not compared.\n"
      "\n"
      "Example: factorwal verify --data d --json");
  command->callback([options, &action] { action = [options] { return run_verify(*options); }; });
}

}  // namespace factorwal::tool
