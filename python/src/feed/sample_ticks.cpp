#include <utility>

#include "base/bind.h"
#include "base/errors.h"
#include "base/gil.h"
#include "base/signals.h"
#include "factorwal/feed/generator.h"
#include "tables/table_builder.h"

namespace nb = nanobind;

namespace factorwal::python {
namespace {

/// Without the GIL.
Status read(feed::TickStream& ticks, TableBuilder& table) {
  SignalWatch watch;
  feed::TickBatch batch;
  for (;;) {
    watch.look();
    const auto step = ticks.next_batch(batch);
    if (step == feed::FeedStep::kFailed) return ticks.error();
    if (step != feed::FeedStep::kRow) return {};
    table.add(batch, batch.size(), batch.values);
  }
}

Table sample_ticks(std::uint64_t rows, std::size_t instruments, std::uint64_t seed) {
  const auto ticks = expect(feed::make_tick_generator({seed, rows, instruments}));
  TableBuilder table(ticks->schema().names());
  const auto done = without_gil([&] { return read(*ticks, table); });
  expect(done);
  return table.finish();
}

}  // namespace

void bind_sample_ticks(nb::module_& module) {
  module.def("sample_ticks", &sample_ticks, nb::arg("rows"), nb::arg("instruments"),
             nb::arg("seed"));
}

}  // namespace factorwal::python
