#include "bench.h"

#include <fmt/core.h>
#include <unistd.h>

#include "bench_report.h"
#include "interrupt.h"
#include "measure/measure.h"
#include "reading/factor_check.h"
#include "reading/output.h"
#include "reading/text.h"
#include "terminal.h"
#include "text_file.h"

namespace factorwal::tool {
namespace {

using measure::Place;

/// Over the columns of quotes if the text has no others, else over all that are typical.
Result<FactorSet> parse_over_typical(const std::string& text, const std::string& origin) {
  if (auto factors = FactorSet::parse(text, TickSchema::quotes(), origin)) return factors;
  const auto schema = typical_schema();
  if (!schema) return schema.error();
  return FactorSet::parse(text, *schema, origin);
}

Result<FactorSet> load_factors(const BenchOptions& options) {
  const bool named = !options.fields.empty();
  const auto schema = named ? TickSchema::make(options.fields) : TickSchema::quotes();
  if (!schema) return schema.error();
  if (options.factors_path.empty()) return FactorSet::default_set(*schema);
  const auto text = read_text_file(options.factors_path);
  if (!text) return text.error();
  if (named) return FactorSet::parse(*text, *schema, options.factors_path);
  return parse_over_typical(*text, options.factors_path);
}

/// Before anything is measured: what comes out would not be of a disk.
void warn_of_memory(const Place& place) {
  if (place.mount.kind != doctor::FileSystemKind::kMemory) return;
  say(
      fmt::format("warning: {} is in memory ({}): nothing there survives a power failure, and no "
                  "figure of syncs below is one of a disk; --data names another place",
                  printable(place.directory), place.mount.type));
}

}  // namespace

ExitCode run_bench(const BenchOptions& options) {
  catch_interrupts();
  const auto factors = load_factors(options);
  if (!factors) return report(factors.error());
  const auto place = measure::find_place(options.directory);
  if (!place) return report(place.error());
  warn_of_memory(*place);
  const auto figures = [&] {
    ProgressLine progress;
    const auto begun = measure::Clock::now();
    return measure::measure(
        *place, *factors, options.seconds, interrupt_flag(), [&](std::string_view next) {
          progress.show(fmt::format("bench: {:.0f} of about {:.0f} s: {}",
                                    measure::seconds_since(begun), options.seconds, next));
        });
  }();
  if (!figures) return report(figures.error());
  Output out(STDOUT_FILENO);
  options.json ? print_bench_json(*figures, out) : print_bench(*figures, out);
  out.flush();
  if (const auto done = out.status(); !done) return report(done.error());
  return ExitCode::kOk;
}

}  // namespace factorwal::tool
