#include "command.h"
#include "reading/factor_check.h"

namespace factorwal::tool {

void add_factors_command(CLI::App& app, Action& action) {
  auto* command = app.add_subcommand("factors", "Check a factor file and show what it means");
  auto options = std::make_shared<FactorCheckOptions>();
  auto* file = command->add_option("FILE", options->path, "The factor file; - is standard input");
  auto* fields = command
                     ->add_option("--fields", options->fields,
                                  "The ticks' fields; default: those of futures ticks and bars")
                     ->delimiter(',')
                     ->type_name("A,B")
                     ->allow_extra_args(false)
                     ->take_all();
  command->add_option("--ticks", options->ticks, "Take the fields from this tick file's header")
      ->type_name("F")
      ->excludes(fields);
  command->add_flag("--default", options->default_set, "Print the default set, to start from")
      ->excludes(file);
  command->footer(
      "Prints the canonical form (every default explicit, aliases resolved), then the graph: "
      "equal\n"
      "subexpressions are one node. A mistake is told with file, line, column and a caret.\n"
      "\n"
      "Example: factorwal factors --default > my.factors; factorwal factors my.factors");
  command->callback([options, &action] {
    if (options->path.empty() && !options->default_set) {
      throw CLI::RequiredError("FILE (or --default)");
    }
    action = [options] { return run_factors(*options); };
  });
}

}  // namespace factorwal::tool
