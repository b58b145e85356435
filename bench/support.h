#pragma once
/// What every bench needs: named parameters, percentiles, a directory that goes away again.

#include <unistd.h>

#include <algorithm>
#include <bit>
#include <chrono>
#include <cinttypes>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "factorwal/result.h"

namespace factorwal::bench {

using Clock = std::chrono::steady_clock;

[[nodiscard]] inline std::int64_t now_ns() {
  return std::chrono::duration_cast<std::chrono::nanoseconds>(Clock::now().time_since_epoch())
      .count();
}

[[noreturn]] inline void die(const std::string& message) {
  std::fprintf(stderr, "%s\n", message.c_str());
  std::exit(1);
}

template <class T>
T must(Result<T> result) {
  if (!result) die(result.error().message);
  return std::move(*result);
}
inline void must(const Status& status) {
  if (!status) die(status.error().message);
}

/// NAME=VALUE arguments over defaults; prints what holds.
class Parameters {
 public:
  Parameters(std::map<std::string, std::string> defaults, int argc, char** argv)
      : values_(std::move(defaults)) {
    for (int i = 1; i < argc; ++i) {
      const std::string_view argument = argv[i];
      const auto equals = argument.find('=');
      const std::string name(argument.substr(0, equals));
      if (equals == std::string_view::npos || !values_.contains(name)) {
        std::string known;
        for (const auto& [key, value] : values_) known += " " + key + "=" + value;
        die("no parameter '" + std::string(argument) + "'; known, with defaults:" + known);
      }
      values_[name] = argument.substr(equals + 1);
    }
    std::printf("parameters:");
    for (const auto& [key, value] : values_) {
      if (key != "dir") std::printf(" %s=%s", key.c_str(), value.c_str());
    }
    std::printf("\nbuild: %s, " __VERSION__ "\n", FACTORWAL_BUILD_TYPE);
  }
  [[nodiscard]] const std::string& text(const std::string& name) const { return values_.at(name); }
  [[nodiscard]] std::uint64_t number(const std::string& name) const {
    return std::strtoull(values_.at(name).c_str(), nullptr, 10);
  }

 private:
  std::map<std::string, std::string> values_;
};

/// An empty directory inside `parent`, removed at the end.
class BenchDir {
 public:
  explicit BenchDir(const std::string& parent) {
    std::filesystem::create_directories(parent);
    path_ = parent + "/XXXXXX";
    if (mkdtemp(path_.data()) == nullptr) die("mkdtemp " + path_);
  }
  ~BenchDir() {
    std::error_code ignored;
    std::filesystem::remove_all(path_, ignored);
    std::filesystem::remove(std::filesystem::path(path_).parent_path(), ignored);  // if empty
  }
  BenchDir(const BenchDir&) = delete;
  BenchDir& operator=(const BenchDir&) = delete;
  [[nodiscard]] const std::string& path() const { return path_; }

 private:
  std::string path_;
};

/// The value below which that share (0 to 1) of `samples` lies. Reorders them.
[[nodiscard]] inline std::int64_t percentile(std::vector<std::int64_t>& samples, double share) {
  if (samples.empty()) return 0;
  const auto index = static_cast<std::size_t>(share * static_cast<double>(samples.size() - 1));
  const auto at = samples.begin() + static_cast<std::ptrdiff_t>(index);
  std::nth_element(samples.begin(), at, samples.end());
  return *at;
}

[[nodiscard]] inline double median(std::vector<double> values) {
  std::sort(values.begin(), values.end());
  return values[values.size() / 2];
}

[[nodiscard]] constexpr std::uint64_t mix(std::uint64_t x) {
  x ^= x >> 33U;
  x *= 0xff51afd7ed558ccdU;
  x ^= x >> 33U;
  x *= 0xc4ceb9fe1a85ec53U;
  return x ^ (x >> 33U);
}

// ---- The stream of updates: one event of one of 64 instruments moves all its 16 factors.

inline constexpr std::uint32_t kInstruments = 64;
inline constexpr std::uint32_t kFactors = 16;

struct Update {
  std::uint32_t instrument;
  std::uint32_t factor;
  double value;
  std::int64_t timestamp_ns;
};

[[nodiscard]] inline Update update_at(std::uint64_t i, std::uint64_t seed) {
  const auto h = mix(i / kFactors + 1 + seed);
  const auto factor = static_cast<std::uint32_t>(i % kFactors);
  return {static_cast<std::uint32_t>(h % kInstruments), factor,
          1000.0 + 0.25 * static_cast<double>((h >> 32U) & 0xffffU) + factor,
          1'735'689'600'000'000'000 + static_cast<std::int64_t>(i) * 1000};
}

/// "f3". Not "f" + std::to_string(3): g++ 12 at -O3 warns of an overlap there that cannot be.
[[nodiscard]] inline std::string numbered(std::string_view name, std::uint64_t number) {
  std::string text(name);
  text += std::to_string(number);
  return text;
}

/// Independent of the order; every field of every update counts.
[[nodiscard]] inline std::uint64_t hash_of(const Update& u) {
  const auto pair = u.instrument * kFactors + u.factor;
  return mix(static_cast<std::uint64_t>(u.timestamp_ns) ^
             mix(std::bit_cast<std::uint64_t>(u.value) + pair));
}

}  // namespace factorwal::bench
