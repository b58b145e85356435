#include "measure/recommend.h"

#include <fmt/core.h>

#include <bit>

#include "factorwal/options.h"

namespace factorwal::measure {
namespace {

constexpr double kWorthIt = 1.2;  // less throughput than that is not worth a longer wait
constexpr double kSafety = 4;     // a longer stall than the longest one seen
constexpr std::size_t kChannelMost = std::size_t{256} << 20;

const PresetFigures& preset_of(const Figures& figures, std::string_view name) {
  return *std::find_if(figures.presets.begin(), figures.presets.end(),
                       [&](const PresetFigures& preset) { return preset.name == name; });
}

double longest_wait_seconds(const Figures& figures) {
  double longest_us = 0;
  for (const auto& step : figures.syncs) longest_us = std::max(longest_us, step.time_us.max);
  for (const auto& preset : figures.presets) {
    longest_us = std::max(longest_us, preset.durable_us.max);
  }
  return longest_us / 1e6;
}

/// In the channel nothing is packed: every column and value is a double, behind a header.
double channel_bytes_per_tick(const TickFigures& ticks) {
  return static_cast<double>(8 * (ticks.columns + ticks.factors) + 48);
}

std::size_t channel_for(double bytes) {
  const auto wanted = std::clamp(bytes, 1.0, static_cast<double>(kChannelMost));
  return std::max(FactorWalConfig{}.channel_bytes, std::bit_ceil(static_cast<std::size_t>(wanted)));
}

/// Ascending.
std::vector<double> gains_by_round(const PresetFigures& balanced, const PresetFigures& bulk) {
  std::vector<double> gains;
  for (std::size_t i = 0; i < balanced.round_rates.size(); ++i) {
    gains.push_back(bulk.round_rates[i] / balanced.round_rates[i]);
  }
  std::sort(gains.begin(), gains.end());
  return gains;
}

std::string about_throughput(double bulk_gain, bool pays) {
  return fmt::format("high_throughput makes {:.2f} times as many updates durable as balanced{}.",
                     bulk_gain, pays ? "" : ": not enough, or not in every round");
}

/// Whether a sync keeps something, as far as is known.
bool syncs_count(const doctor::SyncJudgement& judgement) {
  return judgement.verdict != doctor::SyncVerdict::kVolatile &&
         judgement.verdict != doctor::SyncVerdict::kTooFast;
}

std::string about_latency(const PresetFigures& chosen) {
  return fmt::format("With {}, a lone event is durable after {:.2f} ms (p99 {:.2f} ms).",
                     chosen.name, chosen.durable_us.p50 / 1e3, chosen.durable_us.p99 / 1e3);
}

std::string about_channel(const Figures& figures, std::size_t channel_bytes) {
  const auto& ticks = figures.ticks;
  const auto held = static_cast<double>(channel_bytes) / channel_bytes_per_tick(ticks);
  return fmt::format(
      "The channel holds {:.0f} ms of ticks at full speed; the longest wait for a sync was {:.1f} "
      "ms.",
      held / std::max(1.0, ticks.durable_per_second) * 1e3, longest_wait_seconds(figures) * 1e3);
}

}  // namespace

Recommendation recommend(const Figures& figures) {
  const auto& balanced = preset_of(figures, "balanced");
  const auto& bulk = preset_of(figures, "high_throughput");
  const auto gains = gains_by_round(balanced, bulk);
  // In all rounds but one: anything else may be other programs' doing.
  const bool bulk_pays = gains[gains.size() > 1 ? 1 : 0] > kWorthIt;
  const auto& chosen = bulk_pays ? bulk : balanced;

  Recommendation advice;
  advice.preset = chosen.name;
  // While the disk stalls, ticks at full speed wait in the channel.
  advice.channel_bytes =
      channel_for(longest_wait_seconds(figures) * kSafety * figures.ticks.durable_per_second *
                  channel_bytes_per_tick(figures.ticks));
  advice.reasons.push_back(about_throughput(gains[gains.size() / 2], bulk_pays));
  advice.reasons.push_back(about_latency(chosen));
  advice.reasons.push_back(about_channel(figures, advice.channel_bytes));
  const auto sync_us = figures.syncs.front().time_us.p50;
  if (sync_us > static_cast<double>(chosen.max_delay_ms) * 1e3) {
    advice.reasons.push_back(fmt::format(
        "A sync takes {:.0f} ms, longer than max_delay_ms: no setting makes commits quicker, "
        "another disk does.",
        sync_us / 1e3));
  }
  if (!syncs_count(figures.sync_judgement)) {
    advice.reasons.push_back(
        fmt::format("No setting makes anything safe against power failure here: {}; `factorwal "
                    "doctor` says more.",
                    figures.sync_judgement.reason));
  }
  return advice;
}

}  // namespace factorwal::measure
