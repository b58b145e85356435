#include "reading/selection_options.h"

#include "factorwal/tick.h"
#include "reading/time_text.h"

namespace factorwal::tool {
namespace {

void add_list(CLI::App& command, const std::string& name, std::vector<std::string>& names,
              const std::string& help) {
  command.add_option(name, names, help)
      ->delimiter(',')
      ->type_name("A,B")
      ->allow_extra_args(false)
      ->take_all();
}

void add_time(CLI::App& command, const std::string& name, std::optional<TimestampNs>& time,
              const std::string& help) {
  command
      .add_option_function<std::string>(
          name,
          [&time, name](const std::string& text) {
            const auto parsed = parse_time(text);
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
  add_list(command, "--instrument", selection.instruments, "Only these instruments");
  add_list(command, "--factor", selection.factors, "Only these factors, in this order");
  command
      .add_option_function<std::vector<std::string>>(
          "--fields",
          [&selection](const std::vector<std::string>& names) {
            for (const auto& name : names) {
              selection.fields.emplace_back(canonical_field(name));
            }
          },
          "Also these fields of the ticks, e.g. close,volume")
      ->delimiter(',')
      ->type_name("A,B")
      ->allow_extra_args(false)
      ->take_all();
}

void add_time_options(CLI::App& command, Selection& selection) {
  add_time(command, "--from", selection.from,
           "Event times from T on: nanoseconds or ISO 8601 (UTC unless an offset is given)");
  add_time(command, "--to", selection.to, "Event times before T");
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
