// Does an engine stay as it is for hours? Ticks as fast as they are taken, for --minutes or until
// --updates factor values; per interval: rate, latency percentiles of process_tick, resident
// memory, size of the log. A table whose columns stay flat is the answer.
//
//   bench_soak [--minutes M] [--updates N] [--interval SECONDS] [--rate TICKS_PER_SECOND]
//              [--instruments N] [--dir DIR] [--keep]
//
// Retention keeps the log at --disk-bytes (default 8 GiB), so that the disk's size is not what ends
// a run: log_bytes grows to that, and stays there.

#include <algorithm>
#include <bit>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <string>
#include <thread>
#include <vector>

#include "factorwal/engine.h"

using namespace factorwal;

namespace {

using Clock = std::chrono::steady_clock;

struct Settings {
  double minutes = 0.05;
  std::uint64_t updates = 1'000'000'000;
  double interval_seconds = 1;
  double rate = 0;
  std::size_t instruments = 100;
  std::uint64_t disk_bytes = std::uint64_t{8} << 30;
  std::string directory = "soak-data";
  bool keep = false;
};

/// Latencies in steps of an eighth of a power of two: fixed memory for any number of them.
class Latencies {
 public:
  void add(std::uint64_t ns) {
    ++counts_[bucket(ns)];
    ++total_;
    worst_ = std::max(worst_, ns);
  }
  [[nodiscard]] std::uint64_t percentile(double share) const {
    const auto rank = static_cast<std::uint64_t>(share * static_cast<double>(total_));
    std::uint64_t seen = 0;
    for (std::size_t i = 0; i < kBuckets; ++i) {
      seen += counts_[i];
      if (seen > rank) return std::min(upper(i), worst_);
    }
    return worst_;
  }
  [[nodiscard]] std::uint64_t worst() const { return worst_; }
  [[nodiscard]] std::uint64_t total() const { return total_; }
  void reset() { *this = {}; }

 private:
  static constexpr std::size_t kBuckets = 64 * 8;
  static std::size_t bucket(std::uint64_t ns) {
    if (ns < 8) return static_cast<std::size_t>(ns);
    const auto power = static_cast<std::size_t>(std::bit_width(ns)) - 1;
    return (power - 2) * 8 + static_cast<std::size_t>((ns >> (power - 3)) & 7);
  }
  static std::uint64_t upper(std::size_t i) {
    if (i < 8) return i;
    const auto power = i / 8 + 2;
    return ((std::uint64_t{8} + i % 8 + 1) << (power - 3)) - 1;
  }
  std::vector<std::uint64_t> counts_ = std::vector<std::uint64_t>(kBuckets);
  std::uint64_t total_ = 0;
  std::uint64_t worst_ = 0;
};

std::uint64_t resident_kib() {
  std::ifstream file("/proc/self/status");
  std::string word;
  std::uint64_t value = 0;
  while (file >> word) {
    if (word == "VmRSS:" && file >> value) return value;
  }
  return 0;
}

std::uint64_t bytes_in(const std::string& directory) {
  std::uint64_t bytes = 0;
  std::error_code error;
  for (const auto& entry : std::filesystem::directory_iterator(directory, error)) {
    const auto size = entry.file_size(error);
    if (!error) bytes += size;
  }
  return bytes;
}

[[noreturn]] void fail(const std::string& what) {
  std::fprintf(stderr, "bench_soak: %s\n", what.c_str());
  std::exit(1);
}

Settings read_settings(int argc, char** argv) {
  Settings settings;
  for (int i = 1; i < argc; ++i) {
    // name=value, as the other benches have it, or --name value.
    std::string name = argv[i];
    if (name == "--keep") {
      settings.keep = true;
      continue;
    }
    const char* value = nullptr;
    if (const auto equals = name.find('='); equals != std::string::npos) {
      value = argv[i] + equals + 1;
      name.resize(equals);
    } else if (i + 1 < argc) {
      value = argv[++i];
    } else {
      fail("no value for " + name);
    }
    if (name.starts_with("--")) name.erase(0, 2);
    if (name == "minutes") {
      settings.minutes = std::strtod(value, nullptr);
    } else if (name == "updates") {
      settings.updates = std::strtoull(value, nullptr, 10);
    } else if (name == "interval") {
      settings.interval_seconds = std::strtod(value, nullptr);
    } else if (name == "rate") {
      settings.rate = std::strtod(value, nullptr);
    } else if (name == "instruments") {
      settings.instruments = std::max<std::size_t>(1, std::strtoull(value, nullptr, 10));
    } else if (name == "disk-bytes") {
      settings.disk_bytes = std::strtoull(value, nullptr, 10);
    } else if (name == "dir") {
      settings.directory = value;
    } else {
      fail("unknown option " + name);
    }
  }
  return settings;
}

class Soak {
 public:
  explicit Soak(Settings settings)
      : settings_(std::move(settings)),
        factors_(FactorSet::default_set(TickSchema::quotes()).value()) {}

  void run() {
    std::printf("# %zu instruments, %zu factors, at most %.2f minutes or %llu updates\n",
                settings_.instruments, factors_.size(), settings_.minutes,
                static_cast<unsigned long long>(settings_.updates));
    std::printf("%10s %14s %12s %8s %8s %8s %8s %10s %10s %12s\n", "seconds", "updates", "ticks/s",
                "p50_ns", "p99_ns", "p999_ns", "p9999_ns", "max_ns", "rss_KiB", "log_bytes");
    open();
    const auto begun = Clock::now();
    auto interval = begun;
    std::vector<double> fields(factors_.schema().size());
    const auto end = begun + std::chrono::duration_cast<Clock::duration>(
                                 std::chrono::duration<double>(settings_.minutes * 60));
    for (std::uint64_t i = 0;; ++i) {
      const auto handle = handles_[i % handles_.size()];
      price_ += static_cast<double>((i * 2654435761U >> 7) % 9) * 0.2 - 0.8;
      if (price_ < 1000 || price_ > 9000) price_ = 5000;
      for (std::size_t k = 0; k < fields.size(); ++k) {
        fields[k] = price_ + static_cast<double>(k);
      }
      const auto sent = Clock::now();
      const auto result = engine_->process_tick(
          {handle, static_cast<TimestampNs>(1'700'000'000'000'000'000 + i), fields});
      const auto now = Clock::now();
      if (!result.accepted()) fail("tick: " + std::string(to_string(result.status)));
      latencies_.add(static_cast<std::uint64_t>((now - sent).count()));
      updates_ += result.values.size();
      if (std::chrono::duration<double>(now - interval).count() >= settings_.interval_seconds) {
        report(begun, interval, now);
        interval = now;
      }
      if (now >= end || updates_ >= settings_.updates) break;
      if (settings_.rate > 0) {
        std::this_thread::sleep_until(begun + std::chrono::nanoseconds(static_cast<std::int64_t>(
                                                  1e9 * static_cast<double>(i) / settings_.rate)));
      }
    }
    if (latencies_.total() > 0) report(begun, interval, Clock::now());
    close();
  }

 private:
  void open() {
    std::filesystem::remove_all(settings_.directory);
    EngineOptions options;
    options.log.keep_bytes = settings_.disk_bytes;
    options.persist.allow_any_timestamp = true;  // times are tick numbers
    auto opened = Engine::open(settings_.directory, factors_, options);
    if (!opened) fail(opened.error().message);
    engine_ = std::move(*opened);
    handles_.clear();
    for (std::size_t i = 0; i < settings_.instruments; ++i) {
      std::string name("I");
      name += std::to_string(i);
      handles_.push_back(engine_->instrument(name).value());
    }
  }
  void close() {
    if (auto done = engine_->close(); !done) fail(done.error().message);
    engine_.reset();
    if (!settings_.keep) std::filesystem::remove_all(settings_.directory);
  }
  void report(Clock::time_point begun, Clock::time_point from, Clock::time_point to) {
    const auto number = [](std::uint64_t value) { return static_cast<unsigned long long>(value); };
    std::printf(
        "%10.1f %14llu %12.0f %8llu %8llu %8llu %8llu %10llu %10llu %12llu\n",
        std::chrono::duration<double>(to - begun).count(), number(updates_),
        static_cast<double>(latencies_.total()) / std::chrono::duration<double>(to - from).count(),
        number(latencies_.percentile(0.5)), number(latencies_.percentile(0.99)),
        number(latencies_.percentile(0.999)), number(latencies_.percentile(0.9999)),
        number(latencies_.worst()), number(resident_kib()), number(bytes_in(settings_.directory)));
    std::fflush(stdout);
    latencies_.reset();
  }

  const Settings settings_;
  const FactorSet factors_;
  std::unique_ptr<Engine> engine_;
  std::vector<InstrumentHandle> handles_;
  Latencies latencies_;
  std::uint64_t updates_ = 0;
  double price_ = 5000;
};

}  // namespace

int main(int argc, char** argv) {
  Soak(read_settings(argc, argv)).run();
  return 0;
}
