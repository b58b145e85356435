#include "command.h"
#include "reading/query.h"
#include "reading/selection_options.h"

namespace factorwal::tool {
namespace {

DataSet data_set_named(const std::string& name) {
  if (name == "updates") return DataSet::kUpdates;
  if (name == "vectors") return DataSet::kVectors;
  return name == "snapshots" ? DataSet::kSnapshots : DataSet::kTicks;
}

}  // namespace

void add_query_command(CLI::App& app, Action& action) {
  auto* command =
      app.add_subcommand("query", "Print factor values as rows, out of archive and log");
  auto options = std::make_shared<QueryOptions>();
  add_directory_option(*command, options->directory);
  add_selection_options(*command, options->selection);
  add_time_options(*command, options->from, options->to);
  auto* day =
      command
          ->add_option_function<std::string>(
              "--day",
              [options](const std::string& text) {
                const auto asked = parse_time_or_day(text);
                if (!asked || !asked->day) {
                  throw CLI::ValidationError("--day", "`" + text + "` is no date: say 2025-01-06");
                }
                options->from = *asked;
                options->to = AskedTime{asked->time_ns, *asked->day + 1};
              },
              "Event times of one trading day")
          ->type_name("DATE");
  day->excludes(command->get_option("--from"))->excludes(command->get_option("--to"));
  command
      ->add_option(
          "--trading-day", options->trading_day,
          "When a trading day begins: \"18:00 Asia/Shanghai\", \"17:00-06:00\"; default: as the "
          "archive has it, else 00:00 UTC")
      ->type_name("CLOCK");
  auto* last = command->add_option("--last", options->last, "Only the last N rows")
                   ->check(kWholeNumber)
                   ->type_name("N");
  auto* latest =
      command->add_flag("--latest", options->latest, "One row per instrument: its latest values");
  command
      ->add_option("--as-of", options->as_of,
                   "Only records up to this sequence; alone, as --latest as of then")
      ->check(kWholeNumber)
      ->type_name("SEQ");
  auto* limit = command->add_option("--limit", options->limit, "Only the first N rows")
                    ->check(kWholeNumber)
                    ->type_name("N");
  last->excludes(latest)->excludes(limit);
  latest->excludes(limit);
  command->add_flag("--sequence", options->sequence, "Add the row's sequence (of its last record)");
  command->add_flag("--durable", options->durable,
                    "Only what is certainly on the device; default: everything intact");
  command
      ->add_option("--format", options->format,
                   "table (default), csv, json, arrow (a stream) or parquet")
      ->check(CLI::IsMember({"table", "csv", "json", "arrow", "parquet"}))
      ->type_name("FORMAT");
  command
      ->add_option_function<std::string>(
          "--set", [options](const std::string& name) { options->data_set = data_set_named(name); },
          "Rows of one kind: ticks, updates, vectors, snapshots; default: ticks, updates and "
          "vectors as one table")
      ->check(CLI::IsMember({"ticks", "updates", "vectors", "snapshots"}))
      ->type_name("SET");
  command
      ->add_option(
          "--archive", options->archive,
          "The log's archive; default: `archive` in the data directory; none: the log alone")
      ->type_name("DIR");
  command->footer(
      "One answer over log and archive, whatever is archived and cut meanwhile. A row is a tick, "
      "or\n"
      "the updates of one instrument and time that were accepted one after another; rows come in\n"
      "the order in which they were accepted. Snapshots of values are no rows: they repeat values, "
      "and\n"
      "--latest heeds them. Works beside a live run.\n"
      "\n"
      "  csv    instrument_id,timestamp_ns,[sequence],[fields],<factors>; RFC 4180 with LF; "
      "missing\n"
      "         is an empty cell, infinities are inf and -inf, vectors are JSON; doubles read "
      "back\n"
      "         to the same bits\n"
      "  json   one object per line; missing is null, infinities are \"inf\" and \"-inf\"\n"
      "  arrow, parquet\n"
      "         all rows, missing is null; of one kind of rows (--set), columns named as in csv\n"
      "  table  for people: the last 20 rows unless --last, --limit or --latest is given\n"
      "\n"
      "A factor's column is named after it; a field's too, or field.NAME where a factor has the\n"
      "same name. Exit status 3: part of the log is damaged; what is printed was intact.\n"
      "\n"
      "Example: factorwal query --data d --instrument SHFE.cu2501 --factor ma5,rsi14 --last 5");
  command->callback([options, &action] {
    const bool to_file = options->format == "arrow" || options->format == "parquet";
    if (to_file && (options->last || options->limit || options->latest)) {
      throw CLI::ValidationError("--format",
                                 options->format +
                                     " has all rows: --last, --limit and --latest are for csv, "
                                     "json and table");
    }
    // The state of things then, unless rows are asked for.
    if (options->as_of && !options->last && !options->limit && !to_file) options->latest = true;
    action = [options] { return run_query(*options); };
  });
}

}  // namespace factorwal::tool
