#include "command.h"
#include "doctor.h"

namespace factorwal::tool {

void add_doctor_command(CLI::App& app, Action& action) {
  auto* command =
      app.add_subcommand("doctor", "Tell what is kept on this machine, and measure sync");
  auto options = std::make_shared<DoctorOptions>();
  command->add_option("DIR,--data", options->directory, "The data directory, or where it will be")
      ->required();
  command->add_option("--seconds", options->seconds, "How long syncs are measured (1)")
      ->check(CLI::Range(0.01, 3600.0))
      ->type_name("S");
  command->add_flag("--json", options->json, "One JSON object");
  command->footer(
      "Looks at file system, device, shared memory, limits and clock, measures syncs of a file\n"
      "without a name (nothing is left behind), and says for each event of docs/durability.md\n"
      "whether its promise is kept here.\n"
      "\n"
      "Exit status: 0 nothing speaks against any promise (warnings included), 1 the directory "
      "cannot\n"
      "be written to, 4 a promise is not kept on this machine.\n"
      "\n"
      "Example: factorwal doctor /var/lib/strategy");
  command->callback([options, &action] { action = [options] { return run_doctor(*options); }; });
}

}  // namespace factorwal::tool
