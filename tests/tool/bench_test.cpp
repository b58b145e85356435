// `factorwal bench`: that every figure comes, in a folder that is gone afterwards. No test asks how
// large a figure is.

#include <nlohmann/json.hpp>

#include <algorithm>
#include <thread>

#include "measure/recommend.h"
#include "tool/tool_fixture.h"

namespace factorwal::test {
namespace {

using Json = nlohmann::json;

class ToolBench : public ToolTest {
 protected:
  void SetUp() override { std::filesystem::create_directory(place()); }
  [[nodiscard]] std::string place() const { return path("place"); }

  [[nodiscard]] Outcome bench(std::vector<std::string> options) const {
    std::vector<std::string> arguments = {"bench", "--data", place(), "--seconds", "0.1"};
    arguments.insert(arguments.end(), options.begin(), options.end());
    return factorwal(std::move(arguments));
  }
  [[nodiscard]] Json figures(std::vector<std::string> options = {}) const {
    options.emplace_back("--json");
    const auto outcome = bench(std::move(options));
    EXPECT_EQ(outcome.status, 0) << outcome.err;
    EXPECT_EQ(outcome.err, "");
    return Json::parse(outcome.out);
  }
  void expect_nothing_left() const {
    EXPECT_TRUE(std::filesystem::is_empty(place()));
    const auto rings = factorwal({"rings"});
    EXPECT_FALSE(contains(rings.out, place() + "/factorwal-bench-")) << rings.out;
  }
  /// Not without end: a tool that fails at once must fail the test.
  template <class Condition>
  static void wait_until(Condition&& condition) {
    for (int i = 0; i < 60'000 && !condition(); ++i) {
      std::this_thread::sleep_for(std::chrono::milliseconds(1));
    }
  }
};

void expect_spread(const Json& spread, const std::string& unit) {
  EXPECT_GT(spread["count"], 0) << spread;
  for (const auto* name : {"p50_", "p99_", "p999_", "max_"}) {
    EXPECT_GT(spread[name + unit], 0) << name << spread;
  }
  EXPECT_LE(spread["p50_" + unit], spread["p99_" + unit]);
  EXPECT_LE(spread["p99_" + unit], spread["p999_" + unit]);
  EXPECT_LE(spread["p999_" + unit], spread["max_" + unit]);
}

TEST_F(ToolBench, JsonHasEveryFigureWithItsUnit) {
  const auto all = figures();
  EXPECT_EQ(all["directory"], place());
  EXPECT_TRUE(all["file_system"]["type"].is_string());
  EXPECT_TRUE(all["device"]["name"].is_string());
  ASSERT_EQ(all["syncs"].size(), 5U);
  EXPECT_EQ(all["syncs"].front()["bytes"], 4096);
  EXPECT_EQ(all["syncs"].back()["bytes"], 1 << 20);
  for (const auto& sync : all["syncs"]) expect_spread(sync, "us");
  EXPECT_TRUE(all["sync_judgement"]["verdict"].is_string());
  ASSERT_EQ(all["presets"].size(), 3U);
  for (const auto& preset : all["presets"]) {
    EXPECT_GT(preset["durable_updates_per_second"], 0);
    EXPECT_GT(preset["bytes_per_update"], 0);
    EXPECT_GT(preset["updates_per_commit"], 0);
    expect_spread(preset["send_to_durable"], "us");
  }
  EXPECT_EQ(all["ticks"]["factors"], 20);
  expect_spread(all["ticks"]["computed"], "ns");
  expect_spread(all["ticks"]["logged"], "ns");
  EXPECT_GT(all["ticks"]["durable_ticks_per_second"], 0);
  EXPECT_GT(all["ticks"]["bytes_per_tick"], 0);
  EXPECT_GT(all["recovery"]["ticks_replayed"], 0);
  EXPECT_GT(all["recovery"]["open_ms"], 0);
  EXPECT_GE(all["recommendation"]["channel_bytes"], FactorWalConfig{}.channel_bytes);
  EXPECT_FALSE(all["recommendation"]["reasons"].empty());
  EXPECT_GT(all["seconds"], 0);
  EXPECT_TRUE(all.contains("other_programs_cpu_share"));
  expect_nothing_left();
}

TEST_F(ToolBench, TextHasThePartsAndTheSettingsToCopy) {
  const auto outcome = bench({});
  EXPECT_EQ(outcome.status, 0) << outcome.err;
  EXPECT_EQ(outcome.err, "") << "progress is for terminals";
  for (const auto* part :
       {"write + fdatasync", "1024 KiB", "balanced", "high_throughput", "low_latency",
        "process_tick", "kill -9", "recommended: ", "config.channel_bytes = ", "--preset "}) {
    EXPECT_TRUE(contains(outcome.out, part)) << part << "\n" << outcome.out;
  }
  expect_nothing_left();
}

TEST_F(ToolBench, RecommendsSettingsThatARunTakes) {
  const auto advice = figures()["recommendation"];
  std::ofstream(path("bench.toml")) << advice["toml"].get<std::string>();
  std::ofstream(path("t.csv")) << "time,instrument,close,volume\n2024-01-02T09:30:00Z,A,1,2\n";
  const auto outcome = factorwal({"run", "--ticks", path("t.csv"), "--data", dir(), "--preset",
                                  advice["preset"], "--config", path("bench.toml")});
  EXPECT_EQ(outcome.status, 0) << outcome.err;
}

TEST_F(ToolBench, MeasuresTheFactorFile) {
  std::ofstream(path("quotes")) << "factor a = ts_mean(close, 5)\nfactor b = bid + ask\n";
  EXPECT_EQ(figures({"--factors", path("quotes")})["ticks"]["factors"], 2);
  std::ofstream(path("bars")) << "factor range = ts_mean(high - low, 5) / bid3\n";
  EXPECT_EQ(figures({"--factors", path("bars")})["ticks"]["factors"], 1);
  std::ofstream(path("own")) << "factor x = ts_mean(mood, 5)\n";
  EXPECT_EQ(figures({"--factors", path("own"), "--fields", "close,mood"})["ticks"]["columns"], 2);
}

TEST_F(ToolBench, AMistakeInTheFactorFileIsToldBeforeAnythingIsMade) {
  std::ofstream(path("wrong")) << "factor x = ts_meen(close, 5)\n";
  const auto outcome = bench({"--factors", path("wrong")});
  EXPECT_EQ(outcome.status, 1);
  EXPECT_TRUE(contains(outcome.err, "did you mean `ts_mean`")) << outcome.err;
  EXPECT_EQ(outcome.out, "");
  expect_nothing_left();
}

TEST_F(ToolBench, InterruptedEndsWithOneAndLeavesNothingBehind) {
  for (const int milliseconds : {0, 100, 300, 600, 900}) {
    SCOPED_TRACE(milliseconds);
    Command command({FACTORWAL_TOOL, "bench", "--data", place(), "--seconds", "1.5"});
    wait_until([&] { return !std::filesystem::is_empty(place()); });
    std::this_thread::sleep_for(std::chrono::milliseconds(milliseconds));
    command.signal(milliseconds % 200 == 0 ? SIGTERM : SIGINT);
    const auto outcome = command.wait();
    if (outcome.status != 0) {  // it may have been quicker
      EXPECT_EQ(outcome.status, 1) << outcome.err;
      EXPECT_EQ(outcome.err, "factorwal: error: interrupted; nothing was left behind\n");
      EXPECT_EQ(outcome.out, "");
    }
    expect_nothing_left();
  }
}

std::vector<std::string> everything_in(const std::string& directory) {
  std::vector<std::string> all;
  for (const auto& entry : std::filesystem::recursive_directory_iterator(directory)) {
    all.push_back(entry.path().string());
    if (entry.is_regular_file()) all.back() += text_of(entry.path());
  }
  std::sort(all.begin(), all.end());
  return all;
}

TEST_F(ToolBench, TouchesNothingInADirectoryThatHoldsALog) {
  write_ticks(20);
  const auto before = everything_in(dir());
  const auto time = std::filesystem::last_write_time(dir());
  const auto outcome = factorwal({"bench", dir(), "--seconds", "0.1", "--json"});
  EXPECT_EQ(outcome.status, 0) << outcome.err;
  EXPECT_EQ(Json::parse(outcome.out)["directory"],
            std::filesystem::path(dir()).parent_path().string());
  EXPECT_EQ(everything_in(dir()), before);
  EXPECT_EQ(std::filesystem::last_write_time(dir()), time) << "not even for a moment";
}

TEST_F(ToolBench, MeasuresWhereADirectoryThatIsNotThereYetWouldBe) {
  const auto outcome =
      factorwal({"bench", "--data", place() + "/later", "--seconds", "0.1", "--json"});
  EXPECT_EQ(outcome.status, 0) << outcome.err;
  EXPECT_EQ(Json::parse(outcome.out)["directory"], place());
  expect_nothing_left();
}

TEST_F(ToolBench, ADirectoryThatCannotBeMeasuredIsAnError) {
  std::ofstream(path("file")) << "x";
  for (const auto& where : {path("no/such"), path("file")}) {
    const auto outcome = factorwal({"bench", "--data", where, "--seconds", "60"});
    EXPECT_EQ(outcome.status, 1);
    EXPECT_TRUE(contains(outcome.err, where)) << outcome.err;
    EXPECT_EQ(line_count(outcome.err), 1) << outcome.err;
  }
}

TEST_F(ToolBench, AFailedWriteIsAnErrorAndLeavesNothingBehind) {
  const auto outcome = Command({"bash", "-c", "ulimit -f 2000; exec \"$@\"", "bash", FACTORWAL_TOOL,
                                "bench", "--data", place(), "--seconds", "1"})
                           .wait();
  EXPECT_EQ(outcome.status, 1);
  EXPECT_TRUE(contains(outcome.err, "factorwal: error: write ")) << outcome.err;
  EXPECT_TRUE(contains(outcome.err, "File too large")) << outcome.err;
  expect_nothing_left();
}

TEST_F(ToolBench, MemoryIsWarnedOfBeforeAnythingIsMeasured) {
  const auto place = factorwal({"bench", "--data", "/dev/shm", "--seconds", "0.1", "--json"});
  if (place.status != 0 || !Json::parse(place.out)["file_system"]["in_memory"].get<bool>()) {
    GTEST_SKIP() << "/dev/shm cannot be written to, or is no tmpfs: " << place.err;
  }
  EXPECT_TRUE(contains(place.err, "warning: /dev/shm is in memory (tmpfs)")) << place.err;
  Command command({FACTORWAL_TOOL, "bench", "--data", "/dev/shm", "--seconds", "600"});
  wait_until([&] { return !command.err().empty(); });
  command.signal(SIGINT);
  const auto outcome = command.wait();
  EXPECT_EQ(outcome.status, 1);
  EXPECT_TRUE(contains(outcome.err, "interrupted")) << outcome.err;
}

TEST_F(ToolBench, WrongOptionsAreUsage) {
  for (const auto* seconds : {"0", "-1", "soon", "1e9"}) {
    EXPECT_EQ(factorwal({"bench", place(), "--seconds", seconds}).status, 2) << seconds;
  }
  EXPECT_EQ(bench({"--sconds", "1"}).status, 2);
  const auto help = factorwal({"bench", "--help"});
  EXPECT_EQ(help.status, 0);
  EXPECT_TRUE(contains(help.out, "Example: factorwal bench")) << help.out;
  expect_nothing_left();
}

// ---- What is made of the figures

measure::Figures figures_of(std::vector<double> balanced, std::vector<double> bulk,
                            double longest_sync_us) {
  measure::Figures figures;
  figures.syncs.push_back({4096, {1, 100, 100, 100, longest_sync_us}});
  const auto preset = [](const char* name, std::vector<double> rates) {
    measure::PresetFigures result;
    result.name = name;
    result.max_delay_ms = 10;
    result.updates_per_second = rates[rates.size() / 2];
    result.round_rates = std::move(rates);
    return result;
  };
  figures.presets = {preset("balanced", std::move(balanced)),
                     preset("high_throughput", std::move(bulk))};
  figures.ticks.columns = 8;
  figures.ticks.factors = 20;
  figures.ticks.durable_per_second = 1e6;
  return figures;
}

TEST(BenchAdvice, TakesLargerBatchesOnlyWhereTheyPayRoundByRound) {
  const std::vector<double> steady(5, 1e6);
  EXPECT_EQ(measure::recommend(figures_of(steady, std::vector<double>(5, 1.3e6), 100)).preset,
            "high_throughput");
  EXPECT_EQ(measure::recommend(figures_of(steady, {9e5, 1e6, 3e6, 4e6, 5e6}, 100)).preset,
            "balanced");
  EXPECT_EQ(measure::recommend(figures_of({1e6}, {1.1e6}, 100)).preset, "balanced");
}

TEST(BenchAdvice, GivesTheChannelRoomForLongerWaitsThanThoseSeen) {
  const std::vector<double> steady(5, 1e6);
  const auto usual = FactorWalConfig{}.channel_bytes;
  EXPECT_EQ(measure::recommend(figures_of(steady, steady, 1000)).channel_bytes, usual);
  EXPECT_EQ(measure::recommend(figures_of(steady, steady, 100'000)).channel_bytes,
            std::size_t{128} << 20);
  EXPECT_EQ(measure::recommend(figures_of(steady, steady, 1e9)).channel_bytes,
            std::size_t{256} << 20)
      << "not without end";
}

TEST(BenchAdvice, SaysWhenNoSettingHelps) {
  const std::vector<double> steady(5, 1e3);
  auto figures = figures_of(steady, steady, 30'000);
  const auto reasons = [&] { return measure::recommend(figures).reasons.size(); };
  const auto with_fast_syncs = reasons();
  figures.syncs.front().time_us.p50 = 15'000;
  EXPECT_EQ(reasons(), with_fast_syncs + 1);
  figures.sync_judgement = {doctor::SyncVerdict::kVolatile, "a sync to memory keeps nothing"};
  EXPECT_EQ(reasons(), with_fast_syncs + 2);
}

}  // namespace
}  // namespace factorwal::test
