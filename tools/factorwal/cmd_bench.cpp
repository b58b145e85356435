#include "bench.h"
#include "command.h"

namespace factorwal::tool {

void add_bench_command(CLI::App& app, Action& action) {
  auto* command =
      app.add_subcommand("bench", "Measure disk and processor, and recommend settings for them");
  auto options = std::make_shared<BenchOptions>();
  command
      ->add_option("DIR,--data", options->directory,
                   "The data directory, or where it will be, or any directory on its disk")
      ->capture_default_str();
  command->add_option("--factors", options->factors_path,
                      "A factor file; without it, the default set");
  command
      ->add_option("--fields", options->fields,
                   "The ticks' fields; default: those of quotes, or of futures ticks and bars")
      ->delimiter(',')
      ->type_name("A,B")
      ->allow_extra_args(false)
      ->take_all();
  command->add_option("--seconds", options->seconds, "How long all of it takes, about")
      ->check(CLI::Range(0.1, 3600.0))
      ->type_name("S")
      ->capture_default_str();
  command->add_flag("--json", options->json, "One JSON object");
  command->footer(
      "Measures a sync by the bytes before it, durable updates by preset, what a tick costs, and "
      "an\n"
      "open that computes ticks again, on made-up ticks of 100 instruments. All of it happens in "
      "a\n"
      "new folder, factorwal-bench-XXXXXX, in DIR, or beside DIR where that holds a log, and the\n"
      "folder is removed again, also on Ctrl-C. Leave the machine alone meanwhile.\n"
      "\n"
      "Example: factorwal bench --data /var/lib/strategy");
  command->callback([options, &action] { action = [options] { return run_bench(*options); }; });
}

}  // namespace factorwal::tool
