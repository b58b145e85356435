#include "reading/selection_options.h"

#include "reading/time_text.h"

namespace factorwal::tool {
namespace {

/// Values as they are: which of them are lists is known when the log's names are.
void add_names(CLI::App& command, const std::string& name, std::vector<std::string>& values,
               const std::string& help) {
  command
      .add_option(name, CLI::callback_t([&values](const CLI::results_t& given) {
                    values = given;
                    return true;
                  }),
                  help)
      ->type_name("A,B")
      ->allow_extra_args(false)
      ->take_all();
}

void add_time(CLI::App& command, const std::string& name, std::optional<AskedTime>& time,
              const std::string& help) {
  command
      .add_option_function<std::string>(
          name,
          [&time, name](const std::string& text) {
            const auto parsed = parse_time_or_day(text);
            if (!parsed) throw CLI::ValidationError(name, parsed.error().message);
            time = *parsed;
          },
          help)
      ->type_name("T");
}

}  // namespace

void add_directory_option(CLI::App& command, std::string& directory) {
  command.add_option("--data", directory, "The data directory")->required()->type_name("DIR");
}

void add_selection_options(CLI::App& command, Selection& selection) {
  add_names(command, "--instrument", selection.instruments,
            "Only these instruments: an id of the log, commas included, or several with commas "
            "between; may be given several times");
  add_names(command, "--factor", selection.factors, "Only these factors, in this order; as above");
  add_names(command, "--fields", selection.fields,
            "Also these fields of the ticks, e.g. close,volume; as above");
}

void add_time_options(CLI::App& command, std::optional<AskedTime>& from,
                      std::optional<AskedTime>& to) {
  add_time(
      command, "--from", from,
      "Event times from T on: nanoseconds, ISO 8601 (UTC unless an offset is given), or a date "
      "alone, which is a trading day");
  add_time(command, "--to", to, "Event times before T");
}

void add_format_option(CLI::App& command, Format& format) {
  command
      .add_option_function<std::string>(
          "--format",
          [&format](const std::string& name) {
            format = name == "csv" ? Format::kCsv : name == "json" ? Format::kJson : Format::kTable;
          },
          "How to print: table (default), csv or json")
      ->check(CLI::IsMember({"table", "csv", "json"}))
      ->type_name("FORMAT");
}

}  // namespace factorwal::tool
