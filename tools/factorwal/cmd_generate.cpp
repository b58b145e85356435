#include <cerrno>
#include <cstdio>
#include <string>

#include "command.h"
#include "factorwal/feed/generator.h"
#include "terminal.h"

namespace factorwal::tool {

void add_generate_command(CLI::App& app, Action& action) {
  auto* command = app.add_subcommand("generate", "Write a made-up tick file, the same for a seed");
  command->footer("Example:\n  factorwal generate --rows 100000 > ticks.csv");
  auto options = std::make_shared<feed::GeneratorOptions>();
  command->add_option("--seed", options->seed, "The same seed gives the same bytes")
      ->check(kWholeNumber)
      ->capture_default_str();
  command->add_option("--rows", options->row_count, "Ticks in all")
      ->check(kWholeNumber)
      ->capture_default_str();
  command->add_option("--instruments", options->instrument_count, "Instruments, 1 to 10000")
      ->capture_default_str()
      ->check(CLI::Range(1, 10000));
  command->callback([=, &action] {
    action = [=] {
      const auto done = feed::write_csv(stdout, *options);
      if (done || done.error().errno_value == EPIPE) return ExitCode::kOk;  // `| head`
      return report(done.error());
    };
  });
}

}  // namespace factorwal::tool
