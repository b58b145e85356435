// An engine that goes on with a log numbers its ticks as the log's ticks say.

#include <gtest/gtest.h>

#include "factorwal/engine.h"
#include "recovery/layout_map.h"
#include "support/memory_file_system.h"
#include "support/open_writer.h"
#include "wal/reading/log_reader.h"
#include "wal/writing/wal_writer.h"

namespace factorwal::test {
namespace {

constexpr const char* kDirectory = "/data";

FactorSet moving_mean() {
  return FactorSet::parse("factor m = ts_mean(x, 3)\n", TickSchema::make({"x"}).value()).value();
}

/// A closed log of one instrument, whose ticks have these numbers.
void write_log(FileSystem& files, std::span<const TickNumber> numbers) {
  wal::NameTable names;
  wal::OpenReport report;
  ASSERT_TRUE(files.make_directory(kDirectory));
  auto writer = wal::test::open_writer(files, kDirectory, names, {}, report).value();
  const auto factors = moving_mean();
  const InstrumentHandle instrument{names.instruments.intern("A")};
  const LayoutHandle layout{
      names.layouts.intern({{"x"}, factors.names(), recovery::logged_text(factors)})};
  writer->define_instrument(instrument);
  writer->define_layout(layout);
  for (const auto& number : numbers) {
    const double values[] = {1.5, 1.5};
    writer->frame().add_tick(instrument, layout, 5, number, {}, std::as_bytes(std::span(values)));
  }
  ASSERT_TRUE(writer->write());
  ASSERT_TRUE(writer->close());
}

TickNumber last_number(FileSystem& files) {
  wal::NameTable names;
  const auto view = wal::open_log_view(files, kDirectory).value();
  wal::LogReader reader(files, view, names);
  LogRecord record;
  TickNumber last;
  while (reader.next(record).value()) {
    if (record.type == RecordType::kTick) last = record.tick_number;
  }
  return last;
}

std::vector<TickNumber> numbers_to(std::uint64_t last, std::uint64_t counted) {
  std::vector<TickNumber> numbers;
  for (std::uint64_t i = 1; i <= last; ++i) numbers.push_back({i, i <= counted});
  return numbers;
}

TEST(TickNumber, GoesOnWithTheLogs) {
  const struct {
    const char* claim;
    std::vector<TickNumber> logged;
    TickNumber next;
  } table[] = {
      {"there is no tick", {}, {1}},
      {"counted", numbers_to(2, 2), {3}},
      {"not counted, behind a gap", {{1}, {5, false}, {6, false}}, {7, false}},
      {"not counted, without a gap", numbers_to(2, 1), {3, false}},
      {"not counted in the midst of many", numbers_to(400, 200), {401, false}},
      {"not counted before the log begins", {{7, false}, {8, false}}, {9, false}},
      {"begun anew", {{1}, {5, false}, {1}}, {2}},
  };
  for (const auto& row : table) {
    SCOPED_TRACE(row.claim);
    MemoryFileSystem files;
    ASSERT_NO_FATAL_FAILURE(write_log(files, row.logged));
    EngineOptions options;
    options.log.on_corruption = OnCorruption::kQuarantine;
    options.persist.channel = ChannelKind::kHeap;
    auto engine = Engine::open_on(files, kDirectory, moving_mean(), options).value();
    const double field[] = {1.5};
    ASSERT_TRUE(engine->process_tick({engine->instrument("A").value(), 6, field}));
    ASSERT_TRUE(engine->close());
    EXPECT_EQ(last_number(files), row.next);
  }
}

}  // namespace
}  // namespace factorwal::test
