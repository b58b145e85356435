#include "language/function_table.h"

#include <algorithm>
#include <array>

#include "language/printing.h"

namespace factorwal::language {
namespace {

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
                                                         "ts_kurt",
                                                         "ts_product",
                                                         "ts_count",
                                                         "ts_zscore",
                                                         "ts_argmin",
                                                         "ts_argmax",
                                                         "ts_median",
                                                         "ts_quantile",
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

std::optional<FoundFunction> find_function(std::string_view name) {
  for (const auto* kind : operators::kinds()) {
    if (kind->name == name) return FoundFunction{kind, nullptr};
    for (const auto& alias : kind->aliases) {
      if (alias.name == name) return FoundFunction{kind, &alias};
    }
  }
  return std::nullopt;
}

const std::vector<std::string_view>& function_names() {
  static const std::vector<std::string_view> names = [] {
    std::vector<std::string_view> all;
    for (const auto* kind : operators::kinds()) {
      all.push_back(kind->name);
      for (const auto& alias : kind->aliases) all.push_back(alias.name);
    }
    return all;
  }();
  return names;
}

bool is_function_of_later(std::string_view name) {
  return std::find(kLater.begin(), kLater.end(), name) != kLater.end();
}

std::vector<std::string_view> series_names(const operators::Kind& kind) {
  std::vector<std::string_view> names;
  for (const auto& series : kind.series) names.push_back(series.name);
  return names;
}

std::string signature_of(const operators::Kind& kind) {
  auto names = series_names(kind);
  std::vector<std::string> parts(names.begin(), names.end());
  for (const auto& parameter : kind.parameters) {
    std::string part(parameter.name);
    if (parameter.type == operators::Parameter::Type::kMinp) {
      part.append("=").append(kind.parameters[0].name);
    } else if (parameter.fallback) {
      part.append("=").append(number_text(*parameter.fallback));
    }
    parts.push_back(std::move(part));
  }
  return std::string(kind.name).append("(").append(joined(parts)).append(")");
}

}  // namespace factorwal::language
