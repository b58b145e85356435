#include "command.h"
#include "reading/selection_options.h"
#include "reading/tail.h"

namespace factorwal::tool {

void add_tail_command(CLI::App& app, Action& action) {
  auto* command = app.add_subcommand("tail", "Print the last rows, and those to come");
  auto options = std::make_shared<TailOptions>();
  add_directory_option(*command, options->directory);
  command->add_flag("--follow,-f", options->follow,
                    "Go on with new rows as they are written, until Ctrl-C");
  command->add_option("--last", options->last, "Begin with the last N rows (10)")
      ->check(kWholeNumber)
      ->type_name("N");
  add_selection_options(*command, options->selection);
  command->add_flag("--sequence", options->sequence, "Add the row's sequence (of its last record)");
  add_format_option(*command, options->format);
  command->footer(
      "Rows and formats are those of `query`. Columns are the factors of the segments read; when\n"
      "a new factor comes up, a new header is printed. Rows may be shown before they are durable.\n"
      "\n"
      "Example: factorwal tail --data d --follow --factor ma5 --fields close");
  command->callback([options, &action] { action = [options] { return run_tail(*options); }; });
}

}  // namespace factorwal::tool
