// The promise in its plainest form: a run that is killed at random times and resumed until its
// file ends leaves the same history, bit for bit, as a run that nobody disturbed.
//
// Every process has a configuration of its own: preset, channel, commit timing, segments,
// snapshots; every directory its factor file, and ticks that come from a file or through a pipe.
//
// FACTORWAL_CRASH_ROUNDS and FACTORWAL_CRASH_SEED choose the number of kills and repeat a run;
// FACTORWAL_CRASH_TICKS names a tick file instead of generated ticks. scripts/crash_loop.sh sets
// them for a long run.

#include <gtest/gtest.h>
#include <sys/stat.h>

#include <array>
#include <chrono>
#include <cstdlib>
#include <fstream>
#include <memory>
#include <nlohmann/json.hpp>
#include <optional>
#include <random>
#include <thread>

#include "support/file_text.h"
#include "support/from_environment.h"
#include "support/history.h"
#include "support/process.h"
#include "support/temp_dir.h"

namespace factorwal {
namespace {

const std::string kTool = FACTORWAL_TOOL;

/// Each factor file with the ticks in a file, then each with a pipe.
constexpr std::size_t kFactorFiles = 3;
constexpr std::size_t kSets = 2 * kFactorFiles;

using test::from_environment;
using test::text_of;

class KillResume : public testing::Test {
 protected:
  int run_tool(const std::vector<std::string>& arguments, const std::string& out) {
    return start(arguments, out).wait();
  }
  test::Process start(const std::vector<std::string>& arguments, const std::string& out) {
    std::vector<std::string> command = {kTool};
    command.insert(command.end(), arguments.begin(), arguments.end());
    return test::Process(command, dir_ / out, dir_ / "stderr");
  }
  std::string ticks() {
    if (const char* path = std::getenv("FACTORWAL_CRASH_TICKS")) return path;
    const auto path = (dir_ / "ticks.csv").string();
    EXPECT_EQ(run_tool({"generate", "--rows", "60000", "--instruments", "6"}, "ticks.csv"), 0);
    return path;
  }
  /// What a user sees: `query --format csv`.
  std::string csv_of(const std::string& data) {
    EXPECT_EQ(run_tool({"query", "--data", data, "--format", "csv"}, "csv"), 0) << last_stderr();
    return text_of(dir_ / "csv");
  }
  /// What one process is started with, besides its data.
  std::vector<std::string> configuration(std::mt19937_64& random) const {
    std::ofstream file(dir_ / "config.toml");
    file << "channel = \"" << (random() % 2 == 0 ? "shm" : "file") << "\"\n"
         << "channel_bytes = " << (65536U << (random() % 6)) << "\n"
         << "segment_bytes = " << (65536U << (random() % 6)) << "\n"
         << "snapshot_every = " << (random() % 6 == 0 ? 0 : 200 + random() % 5000) << "\n"
         << "adaptive = " << (random() % 2 == 0 ? "true" : "false") << "\n"
         << "sync_interval_ms = " << 1 + random() % 200 << "\n";
    if (random() % 4 == 0) {
      file << "enable_group_commit = " << (random() % 2 == 0 ? "true" : "false") << "\n"
           << "batch_size = " << 1 + random() % 2000 << "\n";
    }
    static constexpr const char* kPresets[] = {"low_latency", "high_throughput", "balanced"};
    return {"--config", dir_ / "config.toml", "--preset", kPresets[random() % 3]};
  }
  /// Empty: the default set.
  std::vector<std::string> factors(std::size_t i) const {
    if (i % kFactorFiles == 0) return {};
    std::ofstream(dir_ / "factors.txt")
        << (i % kFactorFiles == 1
                ? "factor m = ts_mean(last, 50)\nfactor r = rsi(last, 14)\n"
                : "factor a = (last - ts_mean(last, 300)) / ts_std(last, 300)\n"
                  "factor (d, s, h) = macd(last, 12, 26, 9)\n"
                  "factor c = ts_corr(last, ema(last, 9), 40)\nfactor x = ts_max(last, 500)\n");
    return {"--factors", dir_ / "factors.txt"};
  }
  /// What an open said of itself, if it came so far: nothing is damaged, nobody hit, and nothing is
  /// gone that was there when the run before was killed.
  void expect_sound(const std::string& path, std::uint64_t records) const {
    const auto text = text_of(path);
    const auto found = nlohmann::json::parse(text, nullptr, false);
    if (found.is_discarded()) return;  // killed before it was whole
    const auto decision = found.at("decision").get<std::string>();
    // The kill may have come before the first record, or behind a close in order.
    if (found.at("clean").get<bool>()) {
      EXPECT_TRUE(decision == "create" || decision == "go on") << text;
    } else {
      EXPECT_EQ(decision, "recover") << text;
    }
    EXPECT_TRUE(found.at("corrupt").empty()) << text;
    EXPECT_TRUE(found.at("hit").empty()) << text;
    EXPECT_EQ(found.at("lost_records"), 0) << text;
    EXPECT_GE(found.at("accepted").get<std::uint64_t>(), records) << text;
    EXPECT_GE(found.at("accepted"), found.at("written")) << text;
    EXPECT_GE(found.at("written"), found.at("durable")) << text;
    for (const auto& factor : found.at("factors")) {
      EXPECT_EQ(factor.at("approximate"), 0) << text;
      EXPECT_EQ(factor.at("hit"), 0) << text;
    }
  }
  /// The file itself, or a pipe that gives it from its first byte on.
  [[nodiscard]] std::string input(std::size_t set, const std::string& file) const {
    return set < kFactorFiles ? file : path("pipe");
  }
  [[nodiscard]] std::unique_ptr<test::Process> writer_of(std::size_t set,
                                                         const std::string& file) const {
    if (set < kFactorFiles) return nullptr;
    if (!std::filesystem::exists(path("pipe"))) {
      EXPECT_EQ(::mkfifo(path("pipe").c_str(), 0600), 0);
    }
    const std::vector<std::string> command = {"/bin/sh", "-c",
                                              "exec cat '" + file + "' >'" + path("pipe") + "'"};
    return std::make_unique<test::Process>(command, path("pipe.out"), path("pipe.err"));
  }
  struct Truth {
    test::History history;
    std::string csv;
  };
  /// Of a run that nobody disturbed.
  const Truth& truth(std::size_t set, const std::string& file) {
    auto& found = truths_[set];
    if (found) return *found;
    const auto data = path("whole" + std::to_string(set));
    std::vector<std::string> command = {"run", "--ticks", input(set, file), "--data", data};
    for (const auto& argument : factors(set)) command.push_back(argument);
    const auto writer = writer_of(set, file);
    EXPECT_EQ(run_tool(command, "out"), 0) << last_stderr();
    found = Truth{test::read_history(data), csv_of(data)};
    EXPECT_GT(found->history.records, 0U);
    std::filesystem::remove_all(data);
    return *found;
  }
  [[nodiscard]] std::string path(const std::string& name) const { return dir_ / name; }
  [[nodiscard]] std::string last_stderr() const { return text_of(dir_ / "stderr"); }

  test::TempDir dir_;

 private:
  std::array<std::optional<Truth>, kSets> truths_;
};

TEST_F(KillResume, HistoryIsThatOfAnUndisturbedRun) {
  const auto rounds = from_environment("FACTORWAL_CRASH_ROUNDS", 50);
  const auto seed = from_environment("FACTORWAL_CRASH_SEED", std::random_device{}());
  RecordProperty("seed", std::to_string(seed));
  std::printf("seed %llu, %llu kills\n", static_cast<unsigned long long>(seed),
              static_cast<unsigned long long>(rounds));
  std::mt19937_64 random(seed);
  const auto file = ticks();
  std::uint64_t killed = 0;
  std::uint64_t ended = 0;  // runs that reached the end before the kill
  int directory = 0;
  double reach_ms = 20;  // how long a run is left alone, at most; grows while nothing comes of it
  std::uint64_t records = 0;
  bool fresh = true;
  std::size_t set = random() % kSets;
  while (killed < rounds) {
    const auto data = path("killed" + std::to_string(directory));
    std::vector<std::string> command = {"run", "--ticks", input(set, file), "--data", data};
    for (const auto& argument : configuration(random)) command.push_back(argument);
    for (const auto& argument : factors(set)) command.push_back(argument);
    if (!fresh) command.emplace_back("--resume");
    const auto certificate = path("certificate.json");
    std::filesystem::remove(certificate);
    command.insert(command.end(), {"--certificate", certificate});
    const auto& expected = truth(set, file);
    const auto writer = writer_of(set, file);
    auto run = start(command, "out");
    std::this_thread::sleep_for(std::chrono::microseconds(
        static_cast<std::int64_t>(reach_ms * 1000 * static_cast<double>(random() % 1000) / 1000)));
    run.kill(SIGKILL);
    const int status = run.wait();
    ASSERT_TRUE(status == 0 || status == 128 + SIGKILL) << status << ": " << last_stderr();
    ASSERT_NO_FATAL_FAILURE(expect_sound(certificate, records)) << "seed " << seed;
    if (status == 0) {
      // It was done: compare, and begin anew in another directory.
      ++ended;
      ASSERT_TRUE(test::read_history(data).bytes == expected.history.bytes) << "seed " << seed;
      ASSERT_TRUE(csv_of(data) == expected.csv) << "seed " << seed;
      ASSERT_EQ(run_tool({"verify", "--recompute", "--data", data}, "out"), 0) << last_stderr();
      std::filesystem::remove_all(data);
      ++directory;
      fresh = true;
      set = random() % kSets;
      records = 0;
      reach_ms /= 2;
      continue;
    }
    ++killed;
    // What is there is a prefix of the truth at every moment.
    auto stream = RecordStream::open(data);
    if (!stream) {
      ASSERT_EQ(stream.error().code, Errc::kNotFound) << stream.error().message;
      fresh = true;
      reach_ms = std::min(reach_ms * 1.3, 2000.0);
      continue;
    }
    const auto so_far = test::read_history(data);
    ASSERT_TRUE(expected.history.bytes.starts_with(so_far.bytes)) << "seed " << seed;
    ASSERT_GE(so_far.records, records) << "a resumed run has fewer records; seed " << seed;
    if (so_far.records == records) reach_ms = std::min(reach_ms * 1.3, 2000.0);
    records = so_far.records;
    fresh = false;
  }
  if (!fresh) {
    const auto data = path("killed" + std::to_string(directory));
    const auto& expected = truth(set, file);
    std::vector<std::string> command = {"run",    "--ticks", input(set, file),
                                        "--data", data,      "--resume"};
    for (const auto& argument : factors(set)) command.push_back(argument);
    const auto writer = writer_of(set, file);
    ASSERT_EQ(run_tool(command, "out"), 0) << last_stderr();
    ASSERT_TRUE(test::read_history(data).bytes == expected.history.bytes) << "seed " << seed;
    ASSERT_TRUE(csv_of(data) == expected.csv) << "seed " << seed;
    ASSERT_EQ(run_tool({"verify", "--recompute", "--data", data}, "out"), 0) << last_stderr();
  }
  std::printf("%llu kills, %llu runs reached the end, %llu records each\n",
              static_cast<unsigned long long>(killed), static_cast<unsigned long long>(ended),
              static_cast<unsigned long long>(truth(set, file).history.records));
}

}  // namespace
}  // namespace factorwal
