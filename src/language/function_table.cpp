#include "language/function_table.h"

#include <algorithm>
#include <array>
#include <string>

#include "factorwal/operators.h"
#include "language/printing.h"

namespace factorwal::language {
namespace {

using Kind = Parameter::Kind;
using Made = Result<std::unique_ptr<IncrementalOperator>>;

/// Parameters of integer kind hold whole numbers: the compiler has checked.
std::int64_t integer(double value) { return static_cast<std::int64_t>(value); }

template <class Operator, class... Parameters>
Made make(Parameters... parameters) {
  auto made = make_operator<Operator>(parameters...);
  if (!made) return std::move(made).error();
  return std::unique_ptr<IncrementalOperator>(std::move(*made));
}

/// An operator without parameters.
template <class Operator>
Made plain() {
  return std::unique_ptr<IncrementalOperator>(std::make_unique<Operator>());
}

const Parameter kWindowD{"d", Kind::kWindow, std::nullopt, false};
const Parameter kMinp{"minp", Kind::kWindow, std::nullopt, true};

std::vector<Function> make_table() {
  std::vector<Function> table;
  table.push_back({"atr",
                   {{"ATR"}},
                   {"high", "low", "close"},
                   {{"n", Kind::kWindow, 14.0, false}},
                   {},
                   [](std::span<const double> p) { return make<ATR>(integer(p[0])); },
                   "n+1",
                   "Wilder's average of the true range; seed: mean of the first n",
                   "Wilder 1978; TA-Lib ATR"});
  table.push_back({"bbands",
                   {{"bollinger_bands"}, {"BollingerBands"}, {"BBANDS"}},
                   {"x"},
                   {{"n", Kind::kWindow, 20.0, false},
                    {"k", Kind::kNumber, 2.0, false},
                    {"ddof", Kind::kInteger, 0.0, false}},
                   {"upper", "middle", "lower", "bandwidth", "percent_b"},
                   [](std::span<const double> p) {
                     return make<BollingerBands>(integer(p[0]), p[1], integer(p[2]));
                   },
                   "n",
                   "mean +- k standard deviations; (upper - lower) / middle; "
                   "(x - lower) / (upper - lower)",
                   "TA-Lib BBANDS; Bollinger 2001"});
  table.push_back({"delay",
                   {{"ts_delay"}},
                   {"x"},
                   {kWindowD},
                   {},
                   [](std::span<const double> p) { return make<Delay>(integer(p[0])); },
                   "d+1",
                   "x of d ticks ago",
                   "alpha101"});
  table.push_back({"delta",
                   {{"ts_delta"}, {"mom"}, {"MOM"}},
                   {"x"},
                   {kWindowD},
                   {},
                   [](std::span<const double> p) { return make<Delta>(integer(p[0])); },
                   "d+1",
                   "x - x of d ticks ago",
                   "alpha101; TA-Lib MOM"});
  table.push_back({"dema",
                   {{"DEMA"}},
                   {"x"},
                   {{"n", Kind::kWindow, std::nullopt, false}},
                   {},
                   [](std::span<const double> p) { return make<DEMA>(integer(p[0])); },
                   "2n-1",
                   "2*ema(x, n) - ema(ema(x, n), n)",
                   "Mulloy 1994; TA-Lib DEMA"});
  table.push_back({"ema",
                   {{"EMA"}},
                   {"x"},
                   {{"n", Kind::kWindow, std::nullopt, false}},
                   {},
                   [](std::span<const double> p) { return make<EMA>(integer(p[0])); },
                   "n",
                   "e += 2/(n+1) * (x - e); seed: mean of the first n",
                   "TA-Lib EMA"});
  table.push_back({"log_return",
                   {},
                   {"x"},
                   {{"d", Kind::kWindow, 1.0, false}},
                   {},
                   [](std::span<const double> p) { return make<LogReturn>(integer(p[0])); },
                   "d+1",
                   "log(x / x of d ticks ago); missing unless both are above 0",
                   "textbook definition"});
  table.push_back({"macd",
                   {{"MACD"}},
                   {"x"},
                   {{"fast", Kind::kWindow, 12.0, false},
                    {"slow", Kind::kWindow, 26.0, false},
                    {"signal", Kind::kWindow, 9.0, false}},
                   {"line", "signal", "hist"},
                   [](std::span<const double> p) {
                     return make<MACD>(integer(p[0]), integer(p[1]), integer(p[2]));
                   },
                   "slow+signal-1",
                   "line = ema(fast) - ema(slow), both started at tick slow; signal = ema(line); "
                   "hist = line - signal",
                   "Appel; TA-Lib MACD"});
  table.push_back({"mid",
                   {},
                   {"bid", "ask"},
                   {},
                   {},
                   [](std::span<const double>) { return plain<Mid>(); },
                   "1",
                   "(bid + ask) / 2",
                   "textbook definition"});
  table.push_back({"oi_delta",
                   {},
                   {"open_interest"},
                   {},
                   {},
                   [](std::span<const double>) { return plain<OiDelta>(); },
                   "2",
                   "open interest - that of the tick before",
                   "textbook definition"});
  table.push_back({"queue_imbalance",
                   {},
                   {"bid_volume", "ask_volume"},
                   {},
                   {},
                   [](std::span<const double>) { return plain<QueueImbalance>(); },
                   "1",
                   "(bid_volume - ask_volume) / (bid_volume + ask_volume)",
                   "Gould and Bonart 2016"});
  table.push_back({"rsi",
                   {{"RSI"}},
                   {"x"},
                   {{"n", Kind::kWindow, 14.0, false}, {"flat", Kind::kNumber, 0.0, false}},
                   {},
                   [](std::span<const double> p) { return make<RSI>(integer(p[0]), p[1]); },
                   "n+1",
                   "100 g / (g + l), Wilder's averages of gains and losses; `flat` when both are 0",
                   "Wilder 1978; TA-Lib RSI"});
  table.push_back({"spread",
                   {},
                   {"bid", "ask"},
                   {},
                   {},
                   [](std::span<const double>) { return plain<Spread>(); },
                   "1",
                   "ask - bid",
                   "textbook definition"});
  table.push_back(
      {"ts_corr",
       {{"rolling_corr"}, {"RollingCorr"}, {"correlation"}},
       {"x", "y"},
       {kWindowD, kMinp},
       {},
       [](std::span<const double> p) { return make<RollingCorr>(integer(p[0]), integer(p[1])); },
       "d",
       "Pearson's correlation over the window; missing where x or y is flat",
       "alpha101; pandas"});
  table.push_back(
      {"ts_max",
       {{"rolling_max"}, {"RollingMax"}, {"MAX"}, {"Max"}},
       {"x"},
       {kWindowD, kMinp},
       {},
       [](std::span<const double> p) { return make<RollingMax>(integer(p[0]), integer(p[1])); },
       "d",
       "the largest of the window",
       "alpha101; TA-Lib MAX"});
  table.push_back(
      {"ts_mean",
       {{"sma"}, {"SMA"}, {"rolling_mean"}, {"RollingMean"}},
       {"x"},
       {kWindowD, kMinp},
       {},
       [](std::span<const double> p) { return make<RollingMean>(integer(p[0]), integer(p[1])); },
       "d",
       "the mean of the window",
       "pandas; TA-Lib SMA"});
  table.push_back(
      {"ts_min",
       {{"rolling_min"}, {"RollingMin"}, {"MIN"}, {"Min"}},
       {"x"},
       {kWindowD, kMinp},
       {},
       [](std::span<const double> p) { return make<RollingMin>(integer(p[0]), integer(p[1])); },
       "d",
       "the smallest of the window",
       "alpha101; TA-Lib MIN"});
  table.push_back({"ts_std",
                   {{"rolling_std", "ddof", 0.0}, {"RollingStd", "ddof", 0.0}},
                   {"x"},
                   {kWindowD, {"ddof", Kind::kInteger, 1.0, false}, kMinp},
                   {},
                   [](std::span<const double> p) {
                     return make<RollingStd>(integer(p[0]), integer(p[1]), integer(p[2]));
                   },
                   "d",
                   "the standard deviation of the window, divisor n - ddof (rolling_std: ddof=0)",
                   "pandas; TA-Lib STDDEV with ddof=0"});
  table.push_back(
      {"ts_sum",
       {{"rolling_sum"}, {"RollingSum"}, {"SUM"}, {"Sum"}},
       {"x"},
       {kWindowD, kMinp},
       {},
       [](std::span<const double> p) { return make<RollingSum>(integer(p[0]), integer(p[1])); },
       "d",
       "the sum of the window",
       "alpha101; TA-Lib SUM"});
  std::sort(table.begin(), table.end(),
            [](const Function& a, const Function& b) { return a.name < b.name; });
  return table;
}

constexpr auto kLater = std::to_array<std::string_view>({"abs",
                                                         "sign",
                                                         "log",
                                                         "sqrt",
                                                         "exp",
                                                         "tanh",
                                                         "pow",
                                                         "signed_power",
                                                         "mod",
                                                         "round",
                                                         "floor",
                                                         "ceil",
                                                         "min",
                                                         "max",
                                                         "clip",
                                                         "if_else",
                                                         "fill_null",
                                                         "ffill",
                                                         "is_valid",
                                                         "returns",
                                                         "cum_sum",
                                                         "cum_max",
                                                         "cum_min",
                                                         "cross",
                                                         "cross_under",
                                                         "bars_since",
                                                         "value_when",
                                                         "ts_var",
                                                         "ts_skew",
                                                         "ts_kurt",
                                                         "ts_product",
                                                         "ts_count",
                                                         "ts_zscore",
                                                         "ts_argmin",
                                                         "ts_argmax",
                                                         "ts_median",
                                                         "ts_quantile",
                                                         "ts_rank",
                                                         "ts_cov",
                                                         "ts_beta",
                                                         "ts_slope",
                                                         "ts_intercept",
                                                         "ts_resid",
                                                         "ts_rsquare",
                                                         "linearreg",
                                                         "linearreg_slope",
                                                         "linearreg_angle",
                                                         "linearreg_intercept",
                                                         "tsf",
                                                         "wma",
                                                         "ts_decay_linear",
                                                         "decay_linear",
                                                         "ewm_mean",
                                                         "ewm_std",
                                                         "rma",
                                                         "tema",
                                                         "trima",
                                                         "hma",
                                                         "kama",
                                                         "vwma",
                                                         "t3",
                                                         "ppo",
                                                         "apo",
                                                         "roc",
                                                         "rocp",
                                                         "rocr",
                                                         "cmo",
                                                         "cci",
                                                         "stoch",
                                                         "stochf",
                                                         "stochrsi",
                                                         "kdj",
                                                         "willr",
                                                         "adx",
                                                         "plus_di",
                                                         "minus_di",
                                                         "dx",
                                                         "adxr",
                                                         "aroon",
                                                         "aroonosc",
                                                         "trix",
                                                         "ultosc",
                                                         "bop",
                                                         "sar",
                                                         "true_range",
                                                         "natr",
                                                         "keltner",
                                                         "donchian",
                                                         "parkinson",
                                                         "garman_klass",
                                                         "rogers_satchell",
                                                         "yang_zhang",
                                                         "max_drawdown",
                                                         "stddev",
                                                         "var",
                                                         "correl",
                                                         "beta",
                                                         "midpoint",
                                                         "midprice",
                                                         "medprice",
                                                         "typprice",
                                                         "wclprice",
                                                         "avgprice",
                                                         "obv",
                                                         "ad",
                                                         "adosc",
                                                         "mfi",
                                                         "cmf",
                                                         "vwap",
                                                         "adv",
                                                         "rel_spread",
                                                         "effective_spread",
                                                         "weighted_mid",
                                                         "depth_imbalance",
                                                         "ofi",
                                                         "trade_sign",
                                                         "trade_imbalance",
                                                         "signed_volume",
                                                         "kyle_lambda",
                                                         "amihud",
                                                         "roll_spread",
                                                         "realized_vol",
                                                         "bipower",
                                                         "realized_skew",
                                                         "jump",
                                                         "vpin",
                                                         "trade_intensity",
                                                         "tick_count",
                                                         "basis",
                                                         "calendar_spread",
                                                         "oi_volume_ratio",
                                                         "cs_rank",
                                                         "cs_zscore",
                                                         "cs_demean",
                                                         "cs_scale",
                                                         "cs_winsorize",
                                                         "cs_mad_clip",
                                                         "cs_bucket",
                                                         "cs_neutralize",
                                                         "group_rank",
                                                         "group_demean",
                                                         "group_zscore",
                                                         "cs_count",
                                                         "indneutralize",
                                                         "rank"});

}  // namespace

const std::vector<Function>& functions() {
  static const std::vector<Function> table = make_table();
  return table;
}

std::optional<FoundFunction> find_function(std::string_view name) {
  for (const Function& function : functions()) {
    if (function.name == name) return FoundFunction{&function, nullptr};
    for (const Alias& alias : function.aliases) {
      if (alias.name == name) return FoundFunction{&function, &alias};
    }
  }
  return std::nullopt;
}

const std::vector<std::string_view>& function_names() {
  static const std::vector<std::string_view> names = [] {
    std::vector<std::string_view> all;
    for (const Function& function : functions()) {
      all.push_back(function.name);
      for (const Alias& alias : function.aliases) all.push_back(alias.name);
    }
    return all;
  }();
  return names;
}

bool is_function_of_later(std::string_view name) {
  return std::find(kLater.begin(), kLater.end(), name) != kLater.end();
}

std::string signature_of(const Function& function) {
  std::vector<std::string> parts(function.series.begin(), function.series.end());
  for (const Parameter& parameter : function.parameters) {
    std::string part(parameter.name);
    if (parameter.falls_back_to_first) {
      part.append("=").append(function.parameters[0].name);
    } else if (parameter.fallback) {
      part.append("=").append(number_text(*parameter.fallback));
    }
    parts.push_back(std::move(part));
  }
  return std::string(function.name).append("(").append(joined(parts)).append(")");
}

}  // namespace factorwal::language
