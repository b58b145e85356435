// The promise in its plainest form: a run that is killed at random times and resumed until its
// file ends leaves the same history, bit for bit, as a run that nobody disturbed.
//
// FACTORWAL_CRASH_ROUNDS and FACTORWAL_CRASH_SEED choose the number of kills and repeat a run;
// FACTORWAL_CRASH_TICKS names a tick file instead of generated ticks. scripts/crash_loop.sh sets
// them for a long run.

#include <gtest/gtest.h>

#include <chrono>
#include <cstdlib>
#include <fstream>
#include <random>
#include <sstream>
#include <thread>

#include "support/history.h"
#include "support/process.h"
#include "support/temp_dir.h"

namespace factorwal {
namespace {

const std::string kTool = FACTORWAL_TOOL;

std::uint64_t from_environment(const char* name, std::uint64_t otherwise) {
  const char* text = std::getenv(name);
  return text == nullptr ? otherwise : std::strtoull(text, nullptr, 10);
}

std::string text_of(const std::filesystem::path& path) {
  std::ifstream file(path, std::ios::binary);
  std::stringstream text;
  text << file.rdbuf();
  return text.str();
}

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
  [[nodiscard]] std::string path(const std::string& name) const { return dir_ / name; }
  [[nodiscard]] std::string last_stderr() const { return text_of(dir_ / "stderr"); }

  test::TempDir dir_;
};

TEST_F(KillResume, HistoryIsThatOfAnUndisturbedRun) {
  const auto rounds = from_environment("FACTORWAL_CRASH_ROUNDS", 50);
  const auto seed = from_environment("FACTORWAL_CRASH_SEED", std::random_device{}());
  RecordProperty("seed", std::to_string(seed));
  std::printf("seed %llu, %llu kills\n", static_cast<unsigned long long>(seed),
              static_cast<unsigned long long>(rounds));
  std::mt19937_64 random(seed);
  const auto file = ticks();
  ASSERT_EQ(run_tool({"run", "--ticks", file, "--data", path("whole")}, "out"), 0) << last_stderr();
  const auto truth = test::read_history(path("whole"));
  const auto truth_csv = csv_of(path("whole"));
  ASSERT_GT(truth.records, 0U);

  std::uint64_t killed = 0;
  std::uint64_t ended = 0;  // runs that reached the end before the kill
  int directory = 0;
  double reach_ms = 20;  // how long a run is left alone, at most; grows while nothing comes of it
  std::uint64_t records = 0;
  bool fresh = true;
  while (killed < rounds) {
    const auto data = path("killed" + std::to_string(directory));
    std::vector<std::string> command = {"run",
                                        "--ticks",
                                        file,
                                        "--data",
                                        data,
                                        "--snapshot-every",
                                        std::to_string(500 + random() % 5000)};
    if (!fresh) command.emplace_back("--resume");
    if (random() % 4 == 0) command.insert(command.end(), {"--preset", "low_latency"});
    auto run = start(command, "out");
    std::this_thread::sleep_for(std::chrono::microseconds(
        static_cast<std::int64_t>(reach_ms * 1000 * static_cast<double>(random() % 1000) / 1000)));
    run.kill(SIGKILL);
    const int status = run.wait();
    ASSERT_TRUE(status == 0 || status == 128 + SIGKILL) << status << ": " << last_stderr();
    if (status == 0) {
      // It was done: compare, and begin anew in another directory.
      ++ended;
      ASSERT_TRUE(test::read_history(data).bytes == truth.bytes) << "seed " << seed;
      ASSERT_TRUE(csv_of(data) == truth_csv) << "seed " << seed;
      std::filesystem::remove_all(data);
      ++directory;
      fresh = true;
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
    ASSERT_TRUE(truth.bytes.starts_with(so_far.bytes)) << "seed " << seed;
    ASSERT_GE(so_far.records, records) << "a resumed run has fewer records; seed " << seed;
    if (so_far.records == records) reach_ms = std::min(reach_ms * 1.3, 2000.0);
    records = so_far.records;
    fresh = false;
  }
  if (!fresh) {
    const auto data = path("killed" + std::to_string(directory));
    ASSERT_EQ(run_tool({"run", "--ticks", file, "--data", data, "--resume"}, "out"), 0)
        << last_stderr();
    ASSERT_TRUE(test::read_history(data).bytes == truth.bytes) << "seed " << seed;
    ASSERT_TRUE(csv_of(data) == truth_csv) << "seed " << seed;
    ASSERT_EQ(run_tool({"verify", "--data", data}, "out"), 0) << last_stderr();
  }
  std::printf("%llu kills, %llu runs reached the end, %llu records each\n",
              static_cast<unsigned long long>(killed), static_cast<unsigned long long>(ended),
              static_cast<unsigned long long>(truth.records));
}

}  // namespace
}  // namespace factorwal
