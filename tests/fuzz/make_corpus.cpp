// Writes the corpora of the targets whose files a library makes: real logs, rings and operator
// states, small. `scripts/fuzz --corpus` runs it after a change of the format.
//
//   fuzz_make_corpus FOLDER

#include <filesystem>
#include <fstream>
#include <limits>
#include <string>

#include "channel/entry.h"
#include "channel/layout_code.h"
#include "factorwal/engine.h"
#include "fuzz/log_input.h"
#include "fuzz/ring_input.h"
#include "fuzz/sections.h"
#include "fuzz/state_input.h"
#include "fuzz/steady_world.h"
#include "graph/instrument_graph.h"
#include "persist/core.h"
#include "support/open_writer.h"
#include "wal/writing/wal_writer.h"

namespace factorwal::fuzz {
namespace {

class Corpus {
 public:
  Corpus(std::filesystem::path folder, const std::string& target)
      : folder_(std::move(folder) / target) {
    std::filesystem::create_directories(folder_);
  }
  void add(const std::string& name, ByteView bytes) const {
    std::ofstream(folder_ / name, std::ios::binary)
        .write(reinterpret_cast<const char*>(bytes.data()),
               static_cast<std::streamsize>(bytes.size()));
  }

 private:
  std::filesystem::path folder_;
};

EngineOptions small_engine() {
  EngineOptions options;
  options.log.segment_bytes = std::uint64_t{64} << 10;
  options.log.free_space_reserve = 0;
  options.snapshot_every = 4;
  options.persist.channel_bytes = std::size_t{64} << 10;
  return options;
}

// So many are sent in one commit: they become a block.
constexpr int kManyTicks = 20;

void send_some(Engine& engine, int first, int count) {
  const auto schema = engine.factors().schema().size();
  std::vector<double> fields(schema, std::numeric_limits<double>::quiet_NaN());
  for (int i = first; i < first + count; ++i) {
    fields[0] = 100 + i % 7;
    fields[1] = i;
    const auto instrument = engine.instrument(i % 2 == 0 ? "A" : "B").value();
    const std::byte position[] = {std::byte{1}, static_cast<std::byte>(i)};
    static_cast<void>(engine.process_tick({instrument, i * 1000, fields}, position));
    if (count < kManyTicks && i % 3 == 0) engine.persister().core().step();
  }
  auto& persister = engine.persister();
  persister.send_update("A", "f", 1.5, first).value();
  const double vector[] = {1, 2, 3};
  persister.send_vector_update("B", "v", vector, first).value();
  static_cast<void>(engine.advance_time(first * 1000 + 5));
}

void make_logs(const Corpus& corpus) {
  const auto factors = FactorSet::parse("factor m = ts_mean(last, 3)\nfactor e = ema(last, 4)\n",
                                        TickSchema::quotes())
                           .value();
  SteadyWorld world;
  test::MemoryFileSystem files;
  files.simulate(world);
  for (int life = 0; life < 3; ++life) {
    auto engine = Engine::open_on(files, kLogDirectory, factors, small_engine()).value();
    send_some(*engine, life * 10, life == 1 ? kManyTicks + 5 : 9);
    engine->flush(std::chrono::seconds(1)).value();
    const auto name = std::to_string(life);
    auto left = files.after_kill();
    corpus.add("killed" + name, describe_log(*left, false));
    corpus.add("killed-written" + name, describe_log(*left, true));
    engine->close().value();
    auto closed = files.copy();
    corpus.add("closed" + name, describe_log(*closed, false));
    corpus.add("closed-written" + name, describe_log(*closed, true));
  }
}

/// Ticks behind a loss that nobody counted: few are records of their own, many are a block.
void make_uncounted_logs(const Corpus& corpus) {
  for (const int count : {6, kManyTicks * 2}) {
    SteadyWorld world;
    test::MemoryFileSystem files;
    files.simulate(world);
    wal::NameTable names;
    wal::OpenReport report;
    wal::WriterOptions options;
    options.segment_bytes = options.first_segment_bytes = std::uint64_t{16} << 10;
    auto writer = wal::test::open_writer(files, kLogDirectory, names, options, report).value();
    const InstrumentHandle instrument{names.instruments.intern("A")};
    const LayoutHandle layout{names.layouts.intern({{"last"}, {"m"}, "factor m = last"})};
    writer->define_instrument(instrument);
    writer->define_layout(layout);
    for (int i = 0; i < count; ++i) {
      const double values[] = {100.0 + i, 100.0 + i};
      const auto lost = i < count / 2 ? 0U : 9U;
      const TickNumber number{static_cast<std::uint64_t>(i) + 1 + lost, lost == 0};
      writer->frame().add_tick(instrument, layout, i * 1000, number, {},
                               std::as_bytes(std::span(values)));
    }
    writer->write().value();
    writer->close().value();
    corpus.add("uncounted" + std::to_string(count), describe_log(files, false));
    corpus.add("uncounted-written" + std::to_string(count), describe_log(files, true));
  }
}

void make_states(const Corpus& corpus) {
  const auto& sets = state_factor_sets();
  for (std::size_t set = 0; set < sets.size(); ++set) {
    for (const int ticks : {0, 3, 40}) {
      graph::InstrumentGraph graph(sets[set].plan());
      std::vector<double> fields(sets[set].schema().size());
      std::vector<double> outputs(sets[set].size());
      for (int tick = 0; tick < ticks; ++tick) {
        for (std::size_t i = 0; i < fields.size(); ++i) {
          fields[i] = 50 + static_cast<double>((static_cast<std::size_t>(tick) * 5 + i) % 13);
        }
        graph.evaluate(fields, outputs);
      }
      Bytes saved;
      graph.save(saved);
      Bytes input;
      const auto chosen = static_cast<std::byte>(set);
      put_section(input, static_cast<std::uint8_t>(StateSection::kSet), {&chosen, 1});
      Cursor cursor(saved);
      const auto& states = sets[set].plan()->states();
      for (std::size_t i = 0; i < states.size(); ++i) {
        if (states[i].state_bytes == 0) continue;
        static_cast<void>(cursor.bytes(sizeof(StateIdentity)));
        Bytes body{static_cast<std::byte>(i)};
        put_bytes(body, cursor.bytes(cursor.get<std::uint32_t>()));
        put_section(input, static_cast<std::uint8_t>(StateSection::kState), body);
      }
      corpus.add("set" + std::to_string(set) + "-after" + std::to_string(ticks), input);
    }
  }
}

void put_ring(Bytes& out, RingSection tag, ByteView body = {}) {
  put_section(out, static_cast<std::uint8_t>(tag), body);
}

/// An entry without its header.
template <class... Parts>
void put_entry(Bytes& out, channel::EntryKind kind, Parts... parts) {
  Bytes body;
  put(body, kind);
  (put(body, parts), ...);
  put_ring(out, RingSection::kEntry, body);
}

void put_definition(Bytes& out, channel::EntryKind kind, std::uint32_t handle, ByteView content) {
  Bytes body;
  put(body, kind);
  put(body, handle);
  put(body, static_cast<std::uint32_t>(content.size()));
  put_bytes(body, content);
  put_ring(out, RingSection::kEntry, body);
}

void make_rings(const Corpus& corpus) {
  using channel::EntryKind;
  for (const bool drains : {false, true}) {
    for (const unsigned capacity : {12U, 9U}) {
      for (const std::uint64_t tail : {std::uint64_t{0}, std::uint64_t{400}}) {
        Bytes input;
        Bytes control;
        put(control, ~std::uint64_t{0});
        put(control, tail);
        put(control, tail / 40);
        put(control, static_cast<std::uint8_t>(capacity));
        put_ring(input, RingSection::kControl, control);
        put_definition(input, EntryKind::kInstrument, 0, as_bytes("A"));
        put_definition(input, EntryKind::kFactor, 0, as_bytes("f"));
        for (std::uint32_t i = 0; i < 3; ++i) {
          put_entry(input, EntryKind::kUpdate, std::uint32_t{0}, std::uint32_t{0}, std::int64_t{i},
                    1.5 * i);
        }
        if (capacity == 12) {
          put_entry(input, EntryKind::kVectorUpdate, std::uint32_t{0}, std::uint32_t{0},
                    std::int64_t{9}, std::uint64_t{2}, 1.0, 2.0);
          put_entry(input, EntryKind::kSnapshot, std::uint32_t{0}, std::uint32_t{2},
                    std::uint64_t{7}, std::int64_t{9}, std::uint32_t{0}, 1.0, std::uint32_t{0},
                    2.0);
          Bytes layout;
          channel::put_layout(layout, {{"last", "volume"}, {"m"}, "factor m = ts_mean(last, 3)"});
          put_definition(input, EntryKind::kLayout, 0, layout);
          put_entry(input, EntryKind::kTick, std::uint32_t{0}, std::uint32_t{0}, std::int64_t{11},
                    std::uint64_t{1}, std::uint32_t{3}, std::uint32_t{2}, 1.0, 2.0, 3.0,
                    std::uint16_t{77});
          put_entry(input, EntryKind::kUncountedTick, std::uint32_t{0}, std::uint32_t{0},
                    std::int64_t{11}, std::uint64_t{9}, std::uint32_t{3}, std::uint32_t{0}, 1.0,
                    2.0, 3.0);
          put_entry(input, EntryKind::kTime, std::int64_t{12});
          put_entry(input, EntryKind::kPosition, std::uint64_t{4}, std::uint32_t{99});
        }
        if (drains) put_ring(input, RingSection::kDrain);
        corpus.add(std::string(drains ? "drained" : "looked-at") + std::to_string(capacity) +
                       "-from" + std::to_string(tail),
                   input);
      }
    }
  }
}

}  // namespace
}  // namespace factorwal::fuzz

int main(int argc, char** argv) {
  using namespace factorwal::fuzz;
  if (argc != 2) {
    std::fprintf(stderr, "fuzz_make_corpus: give the folder of the corpora\n");
    return 2;
  }
  make_logs({argv[1], "log"});
  make_uncounted_logs({argv[1], "log"});
  make_states({argv[1], "state"});
  make_rings({argv[1], "ring"});
  return 0;
}
