#include <memory>
#include <utility>
#include <vector>

#include "base/errors.h"
#include "base/gil.h"
#include "base/signals.h"
#include "engine/process_many.h"
#include "factors/own_operators.h"
#include "factorwal/factor_evaluator.h"

namespace nb = nanobind;

namespace factorwal::python {
namespace {

/// Without the GIL.
Status run(feed::TickSource& source, const FactorSet& factors, TableBuilder& table,
           SignalWatch& watch) {
  feed::TickBatch batch;
  std::vector<FactorEvaluator> evaluators;  // by the source's index of instruments
  std::vector<double> values;
  const auto fields = factors.schema().size();
  for (;;) {
    watch.look(source.report().rows_delivered);
    const auto step = source.next_batch(batch);
    if (step == feed::FeedStep::kFailed) return source.error();
    if (step != feed::FeedStep::kRow) return {};
    while (evaluators.size() < batch.ids.size()) evaluators.emplace_back(factors);
    values.resize(batch.size() * factors.size());
    for (std::size_t row = 0; row < batch.size(); ++row) {
      evaluators[batch.instruments[row]].evaluate(
          std::span(batch.values).subspan(row * fields, fields),
          std::span(values).subspan(row * factors.size(), factors.size()));
    }
    table.add(batch, batch.size(), values);
  }
}

}  // namespace

Table compute(Source& source, const std::string& text, nb::object tell) {
  const auto ticks = take(source);
  const auto factors = FactorSet::parse(text, ticks->schema(), "<factors>", own_functions());
  if (!factors) raise_syntax(factors.error());
  TableBuilder table(factors->names());
  SignalWatch watch(std::move(tell));
  const auto done = without_gil([&] { return run(*ticks, *factors, table, watch); });
  expect(done);
  auto finished = table.finish();
  finished.report = ticks->report();
  return finished;
}

}  // namespace factorwal::python
