// The set that runs when nobody names another.

#include <string>
#include <vector>

#include "base/caught_error.h"
#include "factorwal/factor_set.h"
#include "language/compiler.h"

namespace factorwal {
namespace {

// high20 and low20 are of close: ticks have no high and low, and one default for ticks and bars
// keeps the meaning of a factor's name.
constexpr std::string_view kDefaultText =
    R"(# The default factors. close is a tick's last price.
factor ma5 = ts_mean(close, 5)
factor ma20 = ts_mean(close, 20)
factor ma60 = ts_mean(close, 60)
factor ema12 = ema(close, 12)
factor ema26 = ema(close, 26)
factor rsi14 = rsi(close, 14)
factor (dif, dea, hist) = macd(close, 12, 26, 9)
factor (boll_upper, boll_middle, boll_lower) = bbands(close, 20, 2)
factor high20 = ts_max(close, 20)
factor low20 = ts_min(close, 20)
factor mom10 = mom(close, 10)
factor vol20 = ts_std(log_return(close, 1), 20)
factor corr_pv20 = ts_corr(close, volume, 20)
factor spread = spread()
factor imbalance = queue_imbalance()
factor oi_delta = oi_delta()
)";

/// `ma5`, or `dif, dea, hist`.
std::string_view names_of(std::string_view line) {
  std::string_view names = line.substr(std::string_view("factor ").size());
  names = names.substr(0, names.find(" ="));
  if (names.starts_with('(')) names = names.substr(1, names.size() - 2);
  return names;
}

}  // namespace

std::string_view FactorSet::default_text() noexcept { return kDefaultText; }

Result<FactorSet> FactorSet::default_set(const TickSchema& schema,
                                         std::vector<std::string>* left_out) try {
  std::string kept;
  std::string_view rest = kDefaultText;
  while (!rest.empty()) {
    const std::string_view line = rest.substr(0, rest.find('\n'));
    rest.remove_prefix(line.size() + 1);
    if (!line.starts_with("factor ")) continue;
    std::string missing_field;
    const auto plan = language::compile(language::Source(line, "<default factors>"), schema,
                                        FactorSetOptions{}, &missing_field);
    if (!plan && missing_field.empty()) return plan.error();
    if (plan) {
      kept.append(line).append("\n");
    } else if (left_out != nullptr) {
      std::string note(names_of(line));
      left_out->push_back(note.append(" left out: the ticks have no field ").append(missing_field));
    }
  }
  return parse(kept, schema, "<default factors>");
} catch (...) {
  return caught_error();
}

}  // namespace factorwal
