#include "reading/rebuilt.h"

#include "reading/findings.h"
#include "reading/text.h"
#include "reading/time_text.h"
#include "text_file.h"

namespace factorwal::tool {

Result<InstrumentAsOf> rebuild(const StateOptions& options, std::uint64_t tick_count) {
  AsOfRequest request;
  request.instrument = options.instrument;
  request.sequence = options.at;
  request.tick_count = static_cast<std::size_t>(tick_count);
  if (!options.factors_path.empty()) {
    auto text = read_text_file(options.factors_path);
    if (!text) return text.error();
    request.factor_text = std::move(*text);
    request.factor_origin = options.factors_path;
  }
  const auto reader = Reader::open(options.directory);
  if (!reader) return reader.error();
  return reader->as_of(request);
}

ExitCode tell_findings(const InstrumentAsOf& found, const StateOptions& options) {
  return report_findings(found.findings(), options.directory);
}

std::string headline(const InstrumentAsOf& found, const StateOptions& options) {
  return "instrument " + printable(options.instrument) + " as of sequence " +
         std::to_string(options.at) + ": its tick " + tick_number(found.tick_number()) +
         ", sequence " + std::to_string(found.sequence()) + ", at " +
         iso_time(found.timestamp_ns()) +
         (found.may_lack_ticks() ? "; later ones may be lost\n" : "\n");
}

void write_head(JsonWriter& json, const InstrumentAsOf& found, const StateOptions& options) {
  json.member("instrument_id", options.instrument)
      .member("at", options.at)
      .member("sequence", found.sequence())
      .member("tick", found.tick_number().ordinal)
      .member("tick_counted", found.tick_number().counted)
      .member("timestamp_ns", found.timestamp_ns())
      .member("ticks_replayed", found.ticks_replayed())
      .member("exact", !found.doubtful());
}

std::string value_text(double value) {
  std::string text;
  append_number(text, value);
  return text.empty() ? "missing" : text;
}

}  // namespace factorwal::tool
