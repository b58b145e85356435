#include "command.h"
#include "rings.h"

namespace factorwal::tool {

void add_rings_command(CLI::App& app, Action& action) {
  auto* command =
      app.add_subcommand("rings", "List accepted records that no log has yet, and clear leftovers");
  auto options = std::make_shared<RingsOptions>();
  command->add_option("--data", options->directory, "Also the rings in this data directory")
      ->type_name("DIR");
  auto* clear = command
                    ->add_option("--clear", options->named,
                                 "Remove orphans; with names, these rings and what they hold")
                    ->expected(0, -1)
                    ->type_name("[RING...]");
  command->add_flag("--yes", options->yes, "Give up what named rings hold without a question");
  command->add_flag("--json", options->json, "One JSON object");
  command->footer(
      "in use      a process fills it, or an open drains it: never removed\n"
      "needed      the next open of its directory drains it, or is refused because of it\n"
      "unclaimed   it holds records, and its directory is not where it was: if that was moved or\n"
      "            is not mounted, its next open still drains the ring\n"
      "kept        an open gave it up, and said so: removed by --clear, --json tells what it "
      "holds\n"
      "orphan      nothing will ever read it: removed by --clear\n"
      "\n"
      "Exit status: 0 done, 1 a named ring is not there, in use, or was not given up.\n"
      "\n"
      "Example: factorwal rings --data data\n"
      "         factorwal rings --clear /dev/shm/factorwal-0123456789abcdef.ring");
  command->callback([options, clear, &action] {
    options->clear = clear->count() > 0;
    // CLI11 gives one empty name for none.
    std::erase_if(options->named, [](const std::string& name) { return name.empty(); });
    action = [options] { return run_rings(*options); };
  });
}

}  // namespace factorwal::tool
