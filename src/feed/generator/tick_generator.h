#pragma once
/// \file
/// A market made of arithmetic: the same seed gives the same ticks, bit for bit, everywhere.

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <queue>
#include <string>
#include <vector>

#include "factorwal/feed/generator.h"
#include "feed/generator/tick_generator_market.h"

namespace factorwal::feed {

/// What `make_tick_generator` gives.
class TickGenerator final : public TickStream {
 public:
  /// With `resume`, goes on after the rows that a generator of the same seed and number of
  /// instruments gave; kNotFound for a position of anything else.
  static Result<std::unique_ptr<TickGenerator>> make(
      GeneratorOptions options, std::optional<FeedPosition> resume = std::nullopt);

  [[nodiscard]] const TickSchema& schema() const override { return schema_; }
  [[nodiscard]] FeedStep next(TickRow& row) override;
  [[nodiscard]] const Error& error() const override { return no_error_; }
  [[nodiscard]] const FeedReport& report() const override { return report_; }

 private:
  explicit TickGenerator(GeneratorOptions options);
  FeedStep produce(TickRow& row);
  [[nodiscard]] std::uint32_t number_of(std::uint32_t instrument);

  /// The next instrument to tick: earliest time first, then lowest index.
  struct Due {
    TimestampNs time_ns = 0;
    std::uint32_t index = 0;
    friend bool operator>(const Due& a, const Due& b) {
      return a.time_ns != b.time_ns ? a.time_ns > b.time_ns : a.index > b.index;
    }
  };

  GeneratorOptions options_;
  TickSchema schema_ = TickSchema::quotes();
  FileIdentity identity_;
  std::vector<SimulatedInstrument> instruments_;
  std::vector<std::uint32_t> numbers_;  // of instruments, by first appearance
  std::uint32_t appeared_ = 0;
  std::priority_queue<Due, std::vector<Due>, std::greater<>> due_;
  QuoteValues values_{};
  std::uint64_t rows_ = 0;
  FeedReport report_;
  Error no_error_;
};

}  // namespace factorwal::feed
