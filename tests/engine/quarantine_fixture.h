#pragma once
/// A log that is damaged, the engine that goes on behind it, and the twin whose log never was.

#include <filesystem>
#include <fstream>
#include <thread>

#include "engine/engine_fixture.h"
#include "support/memory_file_system.h"
#include "wal/reading/log_reader.h"

namespace factorwal::test {

class QuarantineTest : public EngineTest {
 protected:
  static constexpr std::string_view kFactors =
      "factor ma   = ts_mean(close, 8)\n"
      "factor ema9 = ema(close, 9)\n"
      "factor span = ask - bid\n";

  static constexpr Sequence kWindow = 8;  // of ma
  static FactorSet factors() { return FactorSet::parse(kFactors, TickSchema::quotes()).value(); }

  static EngineOptions options_with(OnCorruption on_corruption) {
    EngineOptions options;
    options.log.segment_bytes = std::uint64_t{64} << 10;
    options.log.on_corruption = on_corruption;
    options.persist.channel = ChannelKind::kHeap;
    options.snapshot_every = 0;
    return options;
  }

  /// A frame of a closed log.
  struct Place {
    std::string file;
    std::uint64_t offset = 0;
    std::uint64_t length = 0;
    Sequence first = 0;
    Sequence last = 0;
    std::uint64_t segment = 0;
    bool has_state = false;
  };

  static std::vector<Place> frames_of(const std::string& directory,
                                      FileSystem& files = posix_file_system()) {
    std::vector<Place> all;
    wal::NameTable names;
    auto view = wal::open_log_view(files, directory).value();
    wal::LogReader reader(files, view, names);
    while (reader.next_frame().value()) {
      const auto& header = reader.frame_header();
      if (header.record_count == 0 && !header.has_state()) continue;
      all.push_back({reader.segment().path, reader.frame_offset(), header.length,
                     header.first_sequence, header.record_count > 0 ? header.last_sequence() : 0,
                     reader.segment().entry.number, header.has_state()});
    }
    return all;
  }

  static void flip(const Place& place, std::uint64_t at = 60) {
    std::fstream file(place.file, std::ios::in | std::ios::out | std::ios::binary);
    file.seekg(static_cast<std::streamoff>(place.offset + at));
    const auto byte = static_cast<char>(file.get() ^ 0x10);
    file.seekp(static_cast<std::streamoff>(place.offset + at));
    file.put(byte);
    ASSERT_TRUE(file.good());
  }

  /// A commit every few ticks: frames are small, and damage hits few.
  void feed_slowly(Engine& engine, std::size_t from, std::size_t to, bool with_position) {
    for (std::size_t i = from; i < to; ++i) {
      const auto row = static_cast<std::uint64_t>(i + 1);
      const auto bytes = std::as_bytes(std::span(&row, 1));
      const auto instrument = engine.instrument(ticks_[i].instrument).value();
      ASSERT_TRUE(engine.process_tick({instrument, ticks_[i].timestamp_ns, ticks_[i].fields},
                                      with_position ? bytes : std::span<const std::byte>{}));
      if (i % per_commit_ == per_commit_ - 1) {
        ASSERT_TRUE(engine.flush(std::chrono::seconds(10)));
      }
    }
  }
  void make_log(const std::string& name, std::size_t count, bool with_position = false,
                EngineOptions options = options_with(OnCorruption::kRefuse)) {
    auto engine = open(name, factors(), options);
    feed_slowly(*engine, 0, count, with_position);
    ASSERT_TRUE(engine->close());
  }
  /// So that the log has several segments.
  void make_longer() {
    ticks_ = make_ticks(3000, 6, 11);
    per_commit_ = 20;
  }
  /// Values of a twin that saw all of it, by tick.
  std::vector<Bits> twin_values(std::size_t count) {
    auto twin = open("twin", factors(), options_with(OnCorruption::kRefuse));
    std::vector<Bits> all;
    for (std::size_t i = 0; i < count; ++i) all.push_back(feed(*twin, ticks_, i, i + 1));
    return all;
  }
  /// Feeds on from `from`: whatever is exact equals the twin's. How many values were exact.
  std::size_t expect_exact_values_are_the_twins(Engine& engine, std::size_t from,
                                                const std::vector<Bits>& twin) {
    std::size_t exact = 0;
    for (std::size_t i = from; i < twin.size(); ++i) {
      const auto found = feed(engine, ticks_, i, i + 1);
      const auto instrument = engine.instrument(ticks_[i].instrument).value();
      for (std::size_t f = 0; f < found.size(); ++f) {
        const auto quality = engine.quality(instrument, engine.factors().names()[f]);
        if (quality->quality == Quality::kExact) {
          EXPECT_EQ(found[f], twin[i][f]) << "tick " << i << " factor " << f;
          ++exact;
        } else if (quality->quality == Quality::kHit) {
          EXPECT_EQ(found[f], 0x7ff8000000000000U) << "tick " << i << " factor " << f;
        } else {
          // Its window is full again, and nobody knows how many ticks it has had.
          const auto near = std::bit_cast<double>(twin[i][f]);
          const auto value = std::bit_cast<double>(found[f]);
          EXPECT_TRUE(std::isnan(near) ? std::isnan(value) : std::abs(value - near) < 1e-9)
              << "tick " << i << " factor " << f;
        }
      }
    }
    return exact;
  }
  std::set<std::string> instruments_in(const Place& place) const {
    std::set<std::string> all;
    for (auto sequence = place.first; sequence <= place.last; ++sequence) {
      all.insert(ticks_[sequence - 1].instrument);
    }
    return all;
  }

  std::vector<MadeTick> ticks_ = make_ticks(900, 6, 11);
  std::size_t per_commit_ = 5;
};

}  // namespace factorwal::test
