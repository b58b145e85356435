#include "measure/sample_ticks.h"

#include <fmt/core.h>

#include "factorwal/feed/generator.h"

namespace factorwal::measure {
namespace {

constexpr std::uint64_t kRows = 50'000;

/// Where each column of `schema` comes from: a column of the quotes, or, for others (a bar's high,
/// deeper levels of the book), a little above or below the last price.
struct Column {
  std::size_t source = 0;
  double factor = 1;
};

std::vector<Column> columns_of(const TickSchema& schema, const TickSchema& quotes) {
  std::vector<Column> columns;
  const auto close = quotes.find("close")->index;
  for (std::size_t i = 0; i < schema.size(); ++i) {
    const auto same = quotes.find(schema.names()[i]);
    const auto step = static_cast<double>(i) * 0.0002;
    columns.push_back(same ? Column{same->index, 1}
                           : Column{close, i % 2 == 0 ? 1 + step : 1 - step});
  }
  return columns;
}

}  // namespace

Result<SampleTicks> SampleTicks::make(const TickSchema& schema) {
  auto source =
      feed::make_tick_generator({.seed = 1, .row_count = kRows, .instrument_count = kInstruments});
  if (!source) return source.error();
  const auto columns = columns_of(schema, (*source)->schema());
  SampleTicks ticks;
  ticks.columns_ = columns.size();
  feed::TickRow row;
  while ((*source)->next(row) == feed::FeedStep::kRow) {
    ticks.instruments_.push_back(row.instrument_index);
    ticks.times_.push_back(row.timestamp_ns);
    for (const auto& column : columns) {
      ticks.values_.push_back(row.values[column.source] * column.factor);
    }
  }
  return ticks;
}

Result<TickTarget> TickTarget::open(const std::string& directory, const FactorSet& factors,
                                    EngineOptions options) {
  auto engine = Engine::open(directory, factors, options);
  if (!engine) return engine.error();
  TickTarget target;
  target.engine_ = std::move(*engine);
  for (std::size_t i = 0; i < SampleTicks::kInstruments; ++i) {
    const auto handle = target.engine_->instrument(fmt::format("BENCH.i{}", i));
    if (!handle) return handle.error();
    target.handles_.push_back(*handle);
  }
  return target;
}

Error TickTarget::refusal(SendStatus status) const {
  if (const auto state = engine_->status(); !state) return state.error();
  return Error{Errc::kIo, fmt::format("a tick was refused: {}", to_string(status)), 0};
}

}  // namespace factorwal::measure
