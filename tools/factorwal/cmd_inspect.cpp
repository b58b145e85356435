#include "command.h"
#include "reading/inspect.h"

namespace factorwal::tool {

void add_inspect_command(CLI::App& app, Action& action) {
  auto* command = app.add_subcommand("inspect", "Show segments, frames and records");
  auto options = std::make_shared<InspectOptions>();
  command->add_option("PATH", options->path, "A data directory, or one segment file")->required();
  command->add_flag("--records", options->records, "Each frame's records, with values");
  command->add_option("--limit", options->limit, "Only the first N frames (50; with --json all)")
      ->check(kWholeNumber)
      ->type_name("N");
  command->add_flag("--json", options->json,
                    "One object per line; `kind` is segment, frame, record, bad or void");
  command->footer(
      "A segment file is read by itself, without the directory's manifest. Bytes that are no "
      "frame\n"
      "are shown in hex: `bad` before the end, `void` behind it (a reopened log has a new segment\n"
      "and leaves them there). docs/format.md explains every byte.\n"
      "\n"
      "Example: factorwal inspect d/wal-00000001.seg --records --limit 3");
  command->callback([options, &action] { action = [options] { return run_inspect(*options); }; });
}

}  // namespace factorwal::tool
