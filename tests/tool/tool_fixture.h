#pragma once
/// Data directories for the tool to read, made with the library.

#include <gtest/gtest.h>

#include <cmath>
#include <fstream>
#include <limits>
#include <string>
#include <vector>

#include "factorwal/engine.h"
#include "factorwal/wal_manager.h"
#include "tool/command.h"
#include "wal/reading/log_view.h"

namespace factorwal::test {

inline constexpr double kMissing = std::numeric_limits<double>::quiet_NaN();

class ToolTest : public ::testing::Test {
 protected:
  [[nodiscard]] std::string dir() const { return (temp_ / "data").string(); }
  [[nodiscard]] std::string path(const std::string& name) const { return (temp_ / name).string(); }

  /// Appends messages and closes in order.
  void write(const std::vector<FactorWalMessage>& messages) const {
    auto wal = WalManager::open(dir()).value();
    for (const auto& message : messages) ASSERT_TRUE(wal->append(message));
    ASSERT_TRUE(wal->flush_group_commit());
    ASSERT_TRUE(wal->close());
  }

  static FactorWalMessage update(std::string instrument, std::string factor, double value,
                                 TimestampNs time_ns) {
    return FactorWalMessage::Update{std::move(instrument), std::move(factor), value, time_ns};
  }

  /// Options that take the times of `feed`, which look like seconds.
  [[nodiscard]] static EngineOptions any_time(EngineOptions options = {}) {
    options.persist.allow_any_timestamp = true;
    return options;
  }
  [[nodiscard]] std::unique_ptr<Engine> open_engine(EngineOptions options = {}) const {
    const auto schema = TickSchema::make({"close", "volume"}).value();
    const auto factors = FactorSet::parse(
        "factor ma2 = ts_mean(close, 2)\nfactor up = close - delay(close, 1)\n", schema);
    return Engine::open(dir(), factors.value(), any_time(options)).value();
  }

  /// `count` ticks of two instruments in turn: close is 10, 11, 12, ..., time 1 s, 2 s, ...
  static void feed(Engine& engine, int count, int begin = 0) {
    const auto a = engine.instrument("A").value();
    const auto b = engine.instrument("B").value();
    for (int i = begin; i < begin + count; ++i) {
      const std::vector<double> values{10.0 + i, 100.0};
      ASSERT_TRUE(engine.process_tick({i % 2 == 0 ? a : b, (i + 1) * kSecondNs, values}));
    }
  }
  void write_ticks(int count) const {
    auto engine = open_engine();
    feed(*engine, count);
    ASSERT_TRUE(engine->close());
  }

  /// Turns over one byte of a file.
  static void damage(const std::string& file, std::uint64_t offset) {
    std::fstream stream(file, std::ios::binary | std::ios::in | std::ios::out);
    stream.seekg(static_cast<std::streamoff>(offset));
    const auto byte = static_cast<char>(stream.get() ^ 0x10);
    stream.seekp(static_cast<std::streamoff>(offset));
    stream.put(byte);
  }
  [[nodiscard]] std::string first_segment() const { return dir() + "/wal-00000001.seg"; }

  /// Where frames end in the last segment.
  [[nodiscard]] std::uint64_t log_end(const std::string& directory) const {
    return wal::open_log_view(posix_file_system(), directory).value().segments.back().end;
  }

  static constexpr TimestampNs kSecondNs = 1'000'000'000;
  TempDir temp_;
};

inline bool contains(const std::string& text, const std::string& part) {
  return text.find(part) != std::string::npos;
}

inline long line_count(const std::string& text) {
  return std::count(text.begin(), text.end(), '\n');
}

}  // namespace factorwal::test
