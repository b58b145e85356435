#pragma once
/// Made-up ticks with the columns that a factor set reads.

#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "factorwal/engine.h"
#include "factorwal/result.h"
#include "factorwal/tick.h"

namespace factorwal::measure {

/// Rows that begin again at their end, at later times.
class SampleTicks {
 public:
  static constexpr std::size_t kInstruments = 100;

  [[nodiscard]] static Result<SampleTicks> make(const TickSchema& schema);

  [[nodiscard]] std::size_t columns() const noexcept { return columns_; }
  [[nodiscard]] std::size_t instrument_at(std::uint64_t i) const {
    return instruments_[i % instruments_.size()];
  }
  [[nodiscard]] std::span<const double> values_at(std::uint64_t i) const {
    return {&values_[i % instruments_.size() * columns_], columns_};
  }
  [[nodiscard]] TimestampNs time_at(std::uint64_t i) const {
    const auto pass = static_cast<TimestampNs>(i / times_.size());
    return times_[i % times_.size()] + pass * (times_.back() - times_.front() + 1);
  }

 private:
  std::size_t columns_ = 0;
  std::vector<std::uint32_t> instruments_;
  std::vector<TimestampNs> times_;
  std::vector<double> values_;  // of all rows, one row after the other
};

/// An engine with the instruments of the ticks.
class TickTarget {
 public:
  [[nodiscard]] static Result<TickTarget> open(const std::string& directory,
                                               const FactorSet& factors,
                                               EngineOptions options = {});
  [[nodiscard]] Engine& engine() noexcept { return *engine_; }
  [[nodiscard]] SendStatus process(const SampleTicks& ticks, std::uint64_t i) {
    return engine_
        ->process_tick({handles_[ticks.instrument_at(i)], ticks.time_at(i), ticks.values_at(i)})
        .status;
  }
  /// Why a tick was not accepted.
  [[nodiscard]] Error refusal(SendStatus status) const;

 private:
  std::unique_ptr<Engine> engine_;
  std::vector<InstrumentHandle> handles_;
};

}  // namespace factorwal::measure
