#include "archive.h"
#include "command.h"
#include "reading/selection_options.h"

namespace factorwal::tool {

void add_archive_command(CLI::App& app, Action& action) {
  auto* command = app.add_subcommand("archive", "Turn a log into sorted Parquet files");
  auto options = std::make_shared<ArchiveCommandOptions>();
  add_directory_option(*command, options->directory);
  command->add_option("--to", options->to, "Where the archive is (default: archive in DIR)")
      ->type_name("DIR");
  command->add_flag(
      "--follow", options->follow,
      "Go on as a writer fills segments, until Ctrl-C; beside a writer, at low priority");
  command
      ->add_option("--preset", options->preset,
                   "Compression of all columns: balanced (ZSTD 3), fast (LZ4), compact (ZSTD 12)")
      ->check(CLI::IsMember({"balanced", "fast", "compact"}))
      ->capture_default_str();
  command
      ->add_option("--compress", options->compress,
                   "Compression of a category: inputs, factors, bars or states = none, snappy, lz4 "
                   "or zstd:LEVEL; may be given several times")
      ->type_name("CATEGORY=CODEC")
      ->delimiter(',');
  command
      ->add_option(
          "--trading-day", options->trading_day,
          "When the day of a folder begins: \"18:00 Asia/Shanghai\", \"17:00-06:00\"; from noon "
          "on it is the evening before, over weekends; default: 00:00 UTC")
      ->type_name("CLOCK");
  command->add_flag("--json", options->json, "One JSON object");
  command->footer(
      "ticks/, updates/, vectors/ and snapshots/ hold plain Parquet, a folder a day: DuckDB, "
      "polars\n"
      "and pandas open each by its path. Beside a live writer the segments that are full are\n"
      "archived, of a closed log everything. It may be killed at any time; the next run goes on. "
      "From\n"
      "the first run on retention keeps what is not archived yet.\n"
      "\n"
      "Example: factorwal archive --data d\n"
      "         duckdb -c \"select count(*) from read_parquet('d/archive/ticks/**/*.parquet')\"");
  command->callback([options, &action] { action = [options] { return run_archive(*options); }; });
}

}  // namespace factorwal::tool
