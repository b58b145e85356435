/// How many bytes a record takes, at 100 records a frame: bytes, not time. Market data where it is
/// there, a random walk always; one instrument's ticks, and many instruments' interleaved.

#include <gtest/gtest.h>

#include <algorithm>
#include <charconv>
#include <cmath>
#include <cstdio>
#include <deque>
#include <random>

#include "support/gz_lines.h"
#include "support/shared_data.h"
#include "wal/reading/frame_decoder.h"
#include "wal/writing/frame_builder.h"

namespace factorwal::wal::test {
namespace {

constexpr std::size_t kFactors = 20;
constexpr std::size_t kFrameRecords = 100;

struct Row {
  TimestampNs time = 0;
  std::array<double, 8> fields{};  // close volume turnover open_interest bid bid_volume ask ...
};

/// A source's position as the tool's feed makes it: constant but for the last three bytes, and for
/// a number and a checksum before them that change every 64 rows.
Bytes place_of(std::uint64_t row) {
  Bytes place(21, std::byte{0x5a});
  const auto noise = [](std::uint64_t seed) { return std::mt19937_64(seed)(); };
  for (const auto part : {row / 64, noise(row / 64)}) {
    for (int shift = 56; shift >= 0; shift -= 8) {
      place.push_back(static_cast<std::byte>(part >> static_cast<unsigned>(shift)));
    }
  }
  place.push_back(static_cast<std::byte>(row % 64));
  for (const int shift : {0, 8}) place.push_back(static_cast<std::byte>(noise(~row) >> shift));
  return place;
}

/// Twenty factors of the usual kind, computed the plain way.
class Factors {
 public:
  std::array<double, kFactors> push(const Row& row) {
    const double x = row.fields[0];
    window_.push_back(x);
    if (window_.size() > 61) window_.pop_front();
    const double before = window_.size() > 1 ? window_[window_.size() - 2] : NAN;
    for (std::size_t i = 0; i < 3; ++i) {
      const double a = 2.0 / (kSpans[i] + 1);
      ema_[i] = first_ ? x : ema_[i] + a * (x - ema_[i]);
    }
    const double dif = ema_[0] - ema_[1];
    dea_ = first_ ? dif : dea_ + 0.2 * (dif - dea_);
    const double change = x - before;
    gain_ = first_ ? 0 : (gain_ * 13 + std::max(change, 0.0)) / 14;
    loss_ = first_ ? 0 : (loss_ * 13 + std::max(-change, 0.0)) / 14;
    first_ = false;
    const auto bid = row.fields[4], bid_volume = row.fields[5];
    const auto ask = row.fields[6], ask_volume = row.fields[7];
    const double mean20 = mean(20), std20 = deviation(20);
    return {mean(5),
            mean20,
            mean(60),
            ema_[0],
            ema_[1],
            ema_[2],
            dif,
            dea_,
            dif - dea_,
            std20,
            deviation(60),
            extreme(20, true),
            extreme(20, false),
            change,
            std::log(x / before),
            (bid + ask) / 2,
            ask - bid,
            (bid_volume - ask_volume) / (bid_volume + ask_volume),
            100 * gain_ / (gain_ + loss_),
            (x - mean20) / std20};
  }

 private:
  static constexpr double kSpans[] = {12, 26, 60};
  double mean(std::size_t n) const {
    if (window_.size() < n) return NAN;
    double sum = 0;
    for (auto i = window_.size() - n; i < window_.size(); ++i) sum += window_[i];
    return sum / static_cast<double>(n);
  }
  double deviation(std::size_t n) const {
    if (window_.size() < n) return NAN;
    const double m = mean(n);
    double sum = 0;
    for (auto i = window_.size() - n; i < window_.size(); ++i) {
      sum += (window_[i] - m) * (window_[i] - m);
    }
    return std::sqrt(sum / static_cast<double>(n - 1));
  }
  double extreme(std::size_t n, bool high) const {
    if (window_.size() < n) return NAN;
    const auto from = window_.end() - static_cast<std::ptrdiff_t>(n);
    return high ? *std::max_element(from, window_.end()) : *std::min_element(from, window_.end());
  }
  std::deque<double> window_;
  double ema_[3] = {};
  double dea_ = 0, gain_ = 0, loss_ = 0;
  bool first_ = true;
};

TickLayout layout() {
  TickLayout l;
  l.fields = {"close", "volume",     "turnover", "open_interest",
              "bid",   "bid_volume", "ask",      "ask_volume"};
  for (std::size_t i = 0; i < kFactors; ++i)
    l.factors.push_back(std::string(1, static_cast<char>(97 + i)));
  return l;
}

/// Bytes per factor value, all included: frames, inputs, positions. Decodes each frame again.
double measure(const std::vector<Row>& rows, std::size_t instruments) {
  FrameBuilder builder;
  NameTable names;
  FrameDecoder decoder(names);
  const Identity segment{};
  for (std::uint32_t i = 0; i < instruments; ++i) {
    builder.define_instrument(i, 0, std::string(1 + i, 'x'));
  }
  builder.define_layout(0, layout());
  std::uint64_t bytes = 0;
  std::uint64_t frames = 0;
  std::vector<std::array<double, 28>> truth;
  const auto finish = [&](bool counted) {
    FrameHeader header;
    const auto frame = builder.finish(FrameKind::kCommit, segment, 4096, 1, {}, {});
    EXPECT_EQ(parse_frame(frame, segment, 4096, header), FrameFault::kNone);
    decoder.start(frame, header);
    LogRecord record;
    for (std::size_t i = 0; decoder.next(record).value(); ++i) {
      EXPECT_EQ(std::memcmp(record.fields.data(), truth[i].data(), 64), 0);
      EXPECT_EQ(std::memcmp(record.values.data(), truth[i].data() + 8, 160), 0);
    }
    if (counted) {
      bytes += frame.size();
      ++frames;
    }
    builder.reset();
    truth.clear();
  };
  finish(false);
  // Each instrument takes a stretch of its own of the rows, so that they differ.
  const auto stretch = rows.size() / instruments;
  const auto steps = std::min<std::size_t>(stretch, 20000 / instruments);
  std::vector<Factors> factors(instruments);
  std::uint64_t position = 0;
  for (std::size_t step = 0; step < steps; ++step) {
    for (std::size_t i = 0; i < instruments; ++i) {
      const auto& row = rows[i * stretch + step];
      const auto values = factors[i].push(row);
      std::array<double, 28> all;
      std::copy(row.fields.begin(), row.fields.end(), all.begin());
      std::copy(values.begin(), values.end(), all.begin() + 8);
      const auto place = place_of(++position);
      // Times as if they came together.
      const auto time = rows[step].time + static_cast<TimestampNs>(i) * 1'000'000;
      builder.add_tick({static_cast<std::uint32_t>(i)}, {0}, time, {step}, place,
                       std::as_bytes(std::span(all)));
      truth.push_back(all);
      if (builder.record_count() == kFrameRecords) finish(step >= 61);
    }
  }
  return static_cast<double>(bytes) / static_cast<double>(frames * kFrameRecords * kFactors);
}

void expect_compact(const char* what, const std::vector<Row>& rows, double bound) {
  for (const std::size_t instruments : {1U, 4U, 16U, 100U}) {
    const auto value_bytes = measure(rows, instruments);
    std::printf("%-32s %3zu instruments: %.2f bytes a factor value\n", what, instruments,
                value_bytes);
    EXPECT_LE(value_bytes, bound) << what << ", " << instruments << " instruments";
  }
}

std::vector<Row> load(const std::filesystem::path& path, std::string_view instrument) {
  std::vector<Row> rows;
  factorwal::test::GzLines lines(path);
  std::string line;
  lines.next(line);
  while (lines.next(line)) {
    if (!line.starts_with(instrument)) continue;
    Row row;
    const char* at = line.data() + line.find(',') + 1;
    const char* const end = line.data() + line.size();
    at = std::from_chars(at, end, row.time).ptr;
    for (auto& field : row.fields) {
      ++at;
      field = NAN;
      at = std::from_chars(at, end, field).ptr;
    }
    rows.push_back(row);
  }
  return rows;
}

TEST(Compactness, OfTicksWithTwentyFactorsIsFourBytesAValueOnARandomWalk) {
  std::mt19937_64 random(1);
  std::vector<Row> rows;
  std::int64_t ticks = 52000, interest = 84000;
  TimestampNs time = 1'600'000'000'000'000'000;
  for (int i = 0; i < 40000; ++i) {
    time += 500'000'000;
    ticks += static_cast<std::int64_t>(random() % 9) - 4;
    interest += static_cast<std::int64_t>(random() % 5) - 2;
    const double price = static_cast<double>(ticks) / 5;
    const auto volume = static_cast<double>(random() % 20);
    rows.push_back({time,
                    {price, volume, volume * price * 300, static_cast<double>(interest),
                     static_cast<double>(ticks - 1) / 5, static_cast<double>(random() % 30 + 1),
                     static_cast<double>(ticks + 1) / 5, static_cast<double>(random() % 30 + 1)}});
  }
  expect_compact("random walk", rows, 4.0);
}

TEST(Compactness, OfTicksWithTwentyFactorsIsFourBytesAValueOnMarketData) {
  const auto shared = factorwal::test::shared_data("data/open");
  if (!shared) GTEST_SKIP() << factorwal::test::kNoSharedData;
  expect_compact("CFFEX IF2101", load(*shared / "ticks_CFFEX_IF2101_20210104.csv.gz", "IF"), 4.0);
  const auto binance = *shared / "ticks_BINANCE_multi_20240808_quotes_trades.csv.gz";
  expect_compact("BINANCE BTCUSDT quotes, trades", load(binance, "BTCUSDT.BINANCE_UM"), 4.0);
  expect_compact("BINANCE BTCUSD_PERP", load(binance, "BTCUSD_PERP"), 4.0);
  expect_compact("BINANCE BTCUSDT trades",
                 load(*shared / "ticks_BINANCE_UM_BTCUSDT_20240808_trades.csv.gz", "BTC"), 4.0);
}

/// Updates of 16 factors of 64 instruments in turn, 1,000 a frame: bytes each.
template <class F>
double measure_updates(F&& next_value) {
  constexpr std::uint64_t kFrames = 20;
  constexpr std::uint32_t kUpdates = 1000;
  FrameBuilder builder;
  std::uint64_t bytes = 0;
  TimestampNs time = 1'600'000'000'000'000'000;
  for (std::uint64_t frame = 0; frame < kFrames; ++frame) {
    for (std::uint32_t i = 0; i < kUpdates; ++i, time += 1000) {
      const auto n = static_cast<std::uint32_t>(frame * kUpdates + i);
      builder.add_update({n / 16 % 64}, {n % 16}, time, next_value());
    }
    bytes += builder.finish(FrameKind::kCommit, {}, 4096, 1, {}, {}).size();
    builder.reset();
  }
  return static_cast<double>(bytes) / (kFrames * kUpdates);
}

TEST(Compactness, OfUpdatesIsEightBytesOfPricesAndTenWhereAllBitsMatter) {
  std::mt19937_64 random(2);
  const auto prices =
      measure_updates([&] { return static_cast<double>(500'000 + random() % 20'000) / 100; });
  const auto all_bits = measure_updates([&] { return std::sqrt(static_cast<double>(random())); });
  std::printf("single updates: %.2f bytes each, %.2f where all bits matter\n", prices, all_bits);
  EXPECT_LE(prices, 8.0);
  EXPECT_LE(all_bits, 10.0);
}

}  // namespace
}  // namespace factorwal::wal::test
