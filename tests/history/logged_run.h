#pragma once
/// Engines that write logs for the tests of this folder, and what each of their ticks gave.

#include <string>
#include <utility>
#include <vector>

#include "engine/engine_fixture.h"
#include "factorwal/record_stream.h"
#include "wal/reading/log_view.h"

namespace factorwal::test {

/// What a live engine answered to one tick. Only ticks are sent, so that their order is their
/// sequence.
struct Answer {
  std::string instrument;
  std::vector<double> values;
};

class LoggedRun : public EngineTest {
 protected:
  static constexpr const char* kFactors =
      "factor mean = ts_mean(close, 7)\n"
      "factor (dif, dea, hist) = macd(close, 5, 9, 3)\n"
      "factor z = (close - ts_mean(close, 7)) / ts_std(close, 11)\n"
      "factor mid = (bid + ask) / 2\n";

  static FactorSet factors(const std::string& text) {
    return FactorSet::parse(text, TickSchema::quotes()).value();
  }
  /// Feeds ticks [from, to) to an engine of these factors, and closes it in order.
  void write(const std::string& text, std::size_t from, std::size_t to,
             std::uint64_t snapshot_every = 0) {
    EngineOptions options;
    options.snapshot_every = snapshot_every;
    options.log.segment_bytes = std::uint64_t{64} << 10;
    auto engine = open("data", factors(text), options);
    for (std::size_t i = from; i < to; ++i) {
      const auto& tick = ticks_[i];
      const auto result = engine->process_tick(
          {engine->instrument(tick.instrument).value(), tick.timestamp_ns, tick.fields});
      ASSERT_TRUE(result.accepted());
      answers_.push_back({tick.instrument, {result.values.begin(), result.values.end()}});
      // So that states come among the ticks, however quickly these are sent.
      if (i % 100 == 99) {
        ASSERT_TRUE(engine->flush(std::chrono::seconds(60)));
      }
    }
    ASSERT_TRUE(engine->close());
  }
  [[nodiscard]] wal::LogView view() const {
    return wal::open_log_view(posix_file_system(), dir_ / "data").value();
  }
  static Bits bits_of(std::span<const double> values) {
    Bits bits;
    append_bits(bits, values);
    return bits;
  }

  std::vector<MadeTick> ticks_ = make_ticks(4000, 3, 11);
  std::vector<Answer> answers_;  // by sequence - 1
};

}  // namespace factorwal::test
