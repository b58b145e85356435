#include "command.h"
#include "limit_text.h"
#include "run.h"
#include "terminal.h"

namespace factorwal::tool {

void add_run_command(CLI::App& app, Action& action) {
  auto* command = app.add_subcommand("run", "Compute factors from tick files and log everything");
  command->footer(
      "Example:\n"
      "  factorwal run --ticks day1.csv.gz --data data\n"
      "  factorwal run --ticks day1.csv.gz --data data --resume   # after a crash\n"
      "  factorwal run --ticks day2.csv.gz --data data --append   # the next day\n"
      "A header of your own: --map last_price=LastPrice,timestamp_ns=Time --tz Asia/Shanghai");
  auto request = std::make_shared<RunRequest>();
  auto map_text = std::make_shared<std::string>();
  auto missing = std::make_shared<std::string>();
  auto scale = std::make_shared<std::string>();
  auto bad_row = std::make_shared<std::string>("stop");
  auto volume = std::make_shared<std::string>("incremental");
  auto keep_age = std::make_shared<std::string>();
  auto keep_bytes = std::make_shared<std::string>();
  command
      ->add_option("--ticks", request->tick_paths,
                   "Tick files: .csv, .csv.gz, Parquet, Arrow, folders, 'patterns*', or - for "
                   "standard input")
      ->required()
      ->type_name("PATH...");
  command->add_option("--data", request->data_directory, "Data directory; made if absent")
      ->required()
      ->type_name("DIR");
  command
      ->add_option("--factors", request->factors_path, "Factor file; without it, the default set")
      ->type_name("FILE");
  auto* resume =
      command->add_flag("--resume", request->resume, "Go on where the last run on DIR stopped");
  command
      ->add_flag("--append", request->append, "Go on with further files on a directory with data")
      ->excludes(resume);
  command->add_option("--on-bad-row", *bad_row, "stop (default), or skip and count")
      ->check(CLI::IsMember({"stop", "skip"}));
  command->add_option("--map", *map_text, "Names of your columns: field=Column,...")
      ->type_name("LIST")
      ->join(',');
  command->add_option("--instrument", request->feed.instrument,
                      "Instrument id, for files without such a column");
  command
      ->add_option_function<std::string>(
          "--instrument-from-name",
          [request](const std::string& form) { request->feed.instrument_from_name = form; },
          "Instrument ids are in the files' names: rb2105_20210104.csv; others as '{}-trades-*'")
      ->type_name("FORM")
      ->expected(0, 1);
  command->add_option("--tz", request->feed.time_zone, "Time zone of stamps without offset")
      ->type_name("ZONE");
  const auto add_names = [&](const char* option, std::vector<std::string>& names,
                             const char* description) {
    command->add_option(option, names, description)
        ->delimiter(',')
        ->type_name("A,B")
        ->allow_extra_args(false)
        ->take_all();
  };
  add_names("--header", request->feed.header, "Names of the columns, for files without a header");
  command
      ->add_option("--skip-lines", request->feed.skip_lines,
                   "Pass over so many lines before the header")
      ->check(kWholeNumber)
      ->type_name("N");
  auto* take_last_line = command->add_flag(
      "--take-last-line", request->feed.take_last_line,
      "Take a last line without its line end, too; default: it waits for --resume");
  command
      ->add_flag(
          "--follow", request->feed.follow,
          "Go on reading the last file while it grows, and the one that takes its place when "
          "it is renamed, until Ctrl-C")
      ->excludes(take_last_line);
  command
      ->add_option("--encoding", request->feed.encoding,
                   "Encoding of the text where the file does not show it: GB18030, latin1, ...")
      ->type_name("NAME");
  command->add_flag("--decimal-comma", request->feed.decimal_comma,
                    "Numbers have a comma for the point: 51,5");
  command->add_flag("--thousands", request->feed.thousands,
                    "Numbers may have commas, apostrophes or spaces between thousands: 1,234.5");
  add_names("--columns", request->feed.columns, "Only these columns become fields");
  add_names("--drop", request->feed.drop, "These columns do not become fields");
  command
      ->add_option("--missing", *missing,
                   "Numbers that stand for none: 0,9999999999 or last_price=0,...")
      ->type_name("LIST")
      ->join(',');
  command->add_option("--scale", *scale, "Multiply fields: last_price=1e-9,...")
      ->type_name("LIST")
      ->join(',');
  command
      ->add_option("--time-format", request->feed.time_format,
                   "Form of the timestamps where rows do not tell: dmy, mdy, HHMM, HHMMSS, "
                   "HHMMSSmmm, s-of-day, ms-of-day, day-fraction, or like \"%d/%m/%y %H:%M\"")
      ->type_name("FORM");
  command
      ->add_option(
          "--volume", *volume,
          "incremental (default); cumulative: the trading day's totals; cumulative=session: "
          "totals that begin anew whenever they fall")
      ->check(CLI::IsMember({"incremental", "cumulative", "cumulative=session"}));
  command->add_option("--preset", request->preset, "Commit timing")
      ->check(CLI::IsMember({"high_throughput", "low_latency", "balanced"}));
  command->add_option("--config", request->config_path, "Settings (TOML); they win over the preset")
      ->type_name("FILE");
  command
      ->add_option("--on-storage-failure", request->on_storage_failure,
                   "stop (default); degrade: ticks go on in the channel until storage works again")
      ->check(CLI::IsMember({"stop", "degrade"}));
  command
      ->add_option("--on-corruption", request->on_corruption,
                   "refuse (default): exit status 3, nothing changed; quarantine: go on behind the "
                   "damage, exit status 4 while it makes factors missing")
      ->check(CLI::IsMember({"refuse", "quarantine"}));
  command
      ->add_option("--log-inputs", request->log_inputs,
                   "all (default); used: only the columns that some factor reads")
      ->check(CLI::IsMember({"all", "used"}));
  command
      ->add_option("--certificate", request->certificate_path,
                   "Write the recovery certificate (JSON) to FILE when the directory is open")
      ->type_name("FILE");
  command
      ->add_option("--snapshot-every", request->snapshot_every,
                   "Write all operator states every N ticks; 0: never")
      ->check(kWholeNumber)
      ->type_name("N");
  command
      ->add_option("--keep-age", *keep_age,
                   "Cut segments that hold nothing younger: 30d, 12h; 0: none (default)")
      ->type_name("AGE");
  command
      ->add_option("--keep-bytes", *keep_bytes,
                   "Cut the oldest segments while the log has more: 10GB; 0: none (default)")
      ->type_name("SIZE");
  command->add_flag("--archive", request->archive,
                    "Turn full segments into Parquet meanwhile, and the rest at the end");
  command
      ->add_option("--trading-day", request->trading_day,
                   "With --archive: when the day of a folder begins, e.g. \"18:00 Asia/Shanghai\"")
      ->type_name("CLOCK")
      ->needs("--archive");
  command->add_flag("--json", request->json, "Print the summary as JSON");
  command->callback([=, &action] {
    action = [=] {
      if (!map_text->empty()) {
        auto mapped = feed::parse_column_map(*map_text);
        if (!mapped) {
          (void)report(Error{mapped.error().code, "--map: " + mapped.error().message, 0});
          return ExitCode::kUsage;
        }
        request->feed.map = std::move(*mapped);
      }
      if (!missing->empty()) {
        auto values = feed::parse_missing(*missing);
        if (!values) {
          (void)report(Error{values.error().code, "--missing: " + values.error().message, 0});
          return ExitCode::kUsage;
        }
        request->feed.missing = std::move(*values);
      }
      if (!scale->empty()) {
        auto factors = feed::parse_scales(*scale);
        if (!factors) {
          (void)report(Error{factors.error().code, "--scale: " + factors.error().message, 0});
          return ExitCode::kUsage;
        }
        request->feed.scale = std::move(*factors);
      }
      if (!keep_age->empty()) {
        const auto age = parse_age(*keep_age);
        if (!age) {
          (void)report(age.error());
          return ExitCode::kUsage;
        }
        request->keep_age = *age;
      }
      if (!keep_bytes->empty()) {
        const auto bytes = parse_bytes(*keep_bytes);
        if (!bytes) {
          (void)report(bytes.error());
          return ExitCode::kUsage;
        }
        request->keep_bytes = *bytes;
      }
      request->feed.on_bad_row = *bad_row == "skip" ? feed::OnBadRow::kSkip : feed::OnBadRow::kStop;
      request->feed.volume_mode = *volume == "cumulative"           ? VolumeMode::kCumulative
                                  : *volume == "cumulative=session" ? VolumeMode::kSession
                                                                    : VolumeMode::kIncremental;
      return run(*request);
    };
  });
}

}  // namespace factorwal::tool
