#include "reading/factor_check.h"

#include <unistd.h>

#include "factorwal/factor_set.h"
#include "factorwal/feed.h"
#include "feed_words.h"
#include "reading/output.h"
#include "reading/text.h"
#include "table_opener.h"
#include "terminal.h"
#include "text_file.h"

namespace factorwal::tool {
namespace {

Result<TickSchema> schema_of(const FactorCheckOptions& options) {
  if (!options.fields.empty()) return TickSchema::make(options.fields);
  if (options.ticks.empty()) return typical_schema();
  feed::FeedOptions reading;
  reading.words = feed_words();
  reading.open_table = table_opener();
  reading.fields_only = true;
  auto source = feed::TickSource::open({options.ticks}, reading);
  if (!source) return source.error();
  return (*source)->schema();
}

}  // namespace

Result<TickSchema> typical_schema() {
  const auto ticks = TickSchema::futures();
  const auto bars = TickSchema::bars();
  auto names = ticks.names();
  for (const auto& name : bars.names()) {
    if (!ticks.find(name)) names.push_back(name);
  }
  return TickSchema::make(names);
}

ExitCode run_factors(const FactorCheckOptions& options) {
  Output out(STDOUT_FILENO);
  if (options.default_set) {
    out << FactorSet::default_text();
    out.flush();
    if (auto done = out.status(); !done) return report(done.error());
    return ExitCode::kOk;
  }
  const auto text = read_text_file(options.path);
  if (!text) return report(text.error());
  const auto schema = schema_of(options);
  if (!schema) return report(schema.error());
  const auto factors =
      FactorSet::parse(*text, *schema, options.path == "-" ? "<stdin>" : options.path);
  if (!factors) return report(factors.error());
  out << "# " << counted(factors->size(), "factor") << ", canonical form\n"
      << factors->canonical_text() << "\n# graph: number, expression, inputs, state\n"
      << factors->describe_graph()
      << "# state of an instrument, windows full: " << std::to_string(factors->state_bytes())
      << " bytes\n";
  out.flush();
  if (auto done = out.status(); !done) return report(done.error());
  if (factors->state_bytes() > FactorSet::kStateBytesAtMost) {
    return report(Error{Errc::kInvalidArgument,
                        "no run takes these factors: an instrument's state has at most " +
                            std::to_string(FactorSet::kStateBytesAtMost) +
                            " bytes; use shorter windows, or fewer long ones",
                        0});
  }
  return ExitCode::kOk;
}

}  // namespace factorwal::tool
