#include "command.h"
#include "limit_text.h"
#include "reading/selection_options.h"
#include "retention.h"
#include "terminal.h"

namespace factorwal::tool {

void add_retention_command(CLI::App& app, Action& action) {
  auto* command = app.add_subcommand("retention", "Show what would be cut from a log, or cut it");
  auto options = std::make_shared<RetentionOptions>();
  auto age = std::make_shared<std::string>("0");
  auto bytes = std::make_shared<std::string>("0");
  add_directory_option(*command, options->directory);
  command
      ->add_option("--keep-age", *age, "Cut segments that hold nothing younger: 30d, 12h; 0: none")
      ->type_name("AGE");
  command
      ->add_option("--keep-bytes", *bytes,
                   "Cut the oldest segments while all together have more: 10GB; 0: none")
      ->type_name("SIZE");
  command->add_flag("--apply", options->apply,
                    "Cut now; the directory must not be in use by a writer");
  command->add_flag("--json", options->json, "One JSON object");
  command->footer(
      "Whole segments are cut, the oldest first, and only those before the last two complete\n"
      "snapshot generations: from these an open rebuilds its state. A damaged log is refused "
      "(exit\n"
      "status 3). Without --apply nothing is changed; `run --keep-age --keep-bytes` cuts by "
      "itself.\n"
      "\n"
      "Example: factorwal retention --data d --keep-age 30d --keep-bytes 10GB");
  command->callback([=, &action] {
    action = [=] {
      const auto parsed_age = parse_age(*age);
      const auto parsed_bytes = parse_bytes(*bytes);
      if (!parsed_age || !parsed_bytes) {
        (void)report(!parsed_age ? parsed_age.error() : parsed_bytes.error());
        return ExitCode::kUsage;
      }
      options->limits = {*parsed_age, *parsed_bytes};
      return run_retention(*options);
    };
  });
}

}  // namespace factorwal::tool
