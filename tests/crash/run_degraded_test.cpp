// `factorwal run` on a file system that is full and has space again later: the real tool, fed
// through a pipe, so that the test decides when.

#include <gtest/gtest.h>
#include <sys/stat.h>

#include <chrono>
#include <filesystem>
#include <fstream>
#include <optional>
#include <thread>

#include "crash/private_mounts.h"
#include "support/file_text.h"
#include "support/process.h"
#include "support/temp_dir.h"

namespace factorwal::test {
namespace {

constexpr std::chrono::seconds kLong{60};

class RunDegraded : public testing::Test {
 protected:
  void SetUp() override {
    FACTORWAL_NEEDS_MOUNTS();
    std::filesystem::create_directory(path("disk"));
    disk_.emplace(path("disk"), "512k");
    ASSERT_TRUE(disk_->made());
    std::ofstream(path("config")) << "segment_bytes = 131072\nfree_space_reserve = 0\n"
                                     "on_storage_failure = \"degrade\"\n"
                                     "channel_bytes = 33554432\n";
    ASSERT_EQ(start({"generate", "--rows", "60000"}, "ticks.csv").wait(), 0);
    ASSERT_EQ(run({"--ticks", path("ticks.csv"), "--data", path("whole")}).wait(), 0) << err();
    truth_ = csv_of(path("whole"));
    ticks_ = text_of(path("ticks.csv"));
    ASSERT_EQ(mkfifo(path("pipe").c_str(), 0600), 0);
  }
  Process start(std::vector<std::string> arguments, const std::string& out) {
    arguments.insert(arguments.begin(), FACTORWAL_TOOL);
    return {arguments, path(out), path("err")};
  }
  Process run(std::vector<std::string> arguments) {
    arguments.insert(arguments.begin(), "run");
    return start(std::move(arguments), "out");
  }
  std::string csv_of(const std::string& data) {
    EXPECT_EQ(start({"query", "--data", data, "--format", "csv"}, "csv").wait(), 0) << err();
    return text_of(path("csv"));
  }
  void await(const std::string& message) const {
    const auto until = std::chrono::steady_clock::now() + kLong;
    while (err().find(message) == std::string::npos) {
      ASSERT_LT(std::chrono::steady_clock::now(), until) << "not said: " << message << "\n"
                                                         << err();
      std::this_thread::sleep_for(std::chrono::milliseconds(5));
    }
  }
  [[nodiscard]] std::string path(const std::string& name) const { return dir_ / name; }
  [[nodiscard]] std::string data() const { return path("disk/data"); }
  [[nodiscard]] std::string err() const { return text_of(path("err")); }

  TempDir dir_;
  std::optional<SmallDisk> disk_;
  std::string ticks_;
  std::string truth_;
};

TEST_F(RunDegraded, SaysThatStorageFailsAndWorksAgainAndMissesNothing) {
  auto tool = run({"--ticks", path("pipe"), "--data", data(), "--config", path("config")});
  {
    std::ofstream pipe(path("pipe"), std::ios::binary);
    const auto half = ticks_.size() / 2;
    pipe << ticks_.substr(0, half) << std::flush;
    ASSERT_NO_FATAL_FAILURE(await("storage fails: "));
    EXPECT_NE(err().find("No space left on device"), std::string::npos) << err();
    ASSERT_TRUE(disk_->resize("256m"));
    ASSERT_NO_FATAL_FAILURE(await("storage works again"));
    pipe << ticks_.substr(half);
  }
  EXPECT_EQ(tool.wait(), 0) << err();
  EXPECT_TRUE(csv_of(data()) == truth_);
  EXPECT_EQ(start({"verify", "--data", data()}, "out").wait(), 0) << err();
}

TEST_F(RunDegraded, ThatEndsSoExitsWithFourAndAResumeBringsTheRest) {
  const std::vector<std::string> arguments = {"--ticks",  path("ticks.csv"), "--data", data(),
                                              "--config", path("config"),    "--json"};
  auto tool = run(arguments);
  EXPECT_EQ(tool.wait(), 4) << err();
  EXPECT_NE(err().find("storage still fails: "), std::string::npos) << err();
  EXPECT_NE(err().find("--resume brings them in"), std::string::npos) << err();
  EXPECT_NE(text_of(path("out")).find("\"degraded\": true"), std::string::npos);
  ASSERT_TRUE(disk_->resize("256m"));
  auto resumed = arguments;
  resumed.emplace_back("--resume");
  EXPECT_EQ(run(resumed).wait(), 0) << err();
  EXPECT_TRUE(csv_of(data()) == truth_);
}

TEST_F(RunDegraded, ThatFailsFirstWhenItClosesExitsWithFourAsWell) {
  std::ofstream(path("late")) << "segment_bytes = 131072\nfree_space_reserve = 0\n"
                                 "on_storage_failure = \"degrade\"\n"
                                 "channel_bytes = 33554432\n"
                                 "adaptive = false\nbatch_size = 1000000\nmax_delay_ms = 60000\n";
  EXPECT_EQ(run({"--ticks", path("ticks.csv"), "--data", data(), "--config", path("late")}).wait(),
            4)
      << err();
  EXPECT_NE(err().find("storage still fails: "), std::string::npos) << err();
  ASSERT_TRUE(disk_->resize("256m"));
  EXPECT_EQ(run({"--ticks", path("ticks.csv"), "--data", data(), "--resume"}).wait(), 0) << err();
  EXPECT_TRUE(csv_of(data()) == truth_);
}

TEST_F(RunDegraded, ThatWaitsForSpaceInAFullChannelEndsWithCtrlC) {
  std::ofstream(path("small")) << "segment_bytes = 131072\nfree_space_reserve = 0\n"
                                  "channel_bytes = 65536\n";
  auto tool = run({"--ticks", path("ticks.csv"), "--data", data(), "--config", path("small"),
                   "--on-storage-failure", "degrade"});
  ASSERT_NO_FATAL_FAILURE(await("storage fails: "));
  std::this_thread::sleep_for(std::chrono::milliseconds(100));
  tool.kill(SIGINT);
  EXPECT_EQ(tool.wait(), 4) << err();
  ASSERT_TRUE(disk_->resize("256m"));
  EXPECT_EQ(run({"--ticks", path("ticks.csv"), "--data", data(), "--resume"}).wait(), 0) << err();
  EXPECT_TRUE(csv_of(data()) == truth_);
}

TEST_F(RunDegraded, WithStopEndsWithTheReasonAndAResumeBringsTheRest) {
  EXPECT_EQ(run({"--ticks", path("ticks.csv"), "--data", data(), "--config", path("config"),
                 "--on-storage-failure", "stop"})
                .wait(),
            1)
      << "the command line wins over the configuration";
  EXPECT_NE(err().find("No space left on device"), std::string::npos) << err();
  EXPECT_NE(err().find("--resume"), std::string::npos) << err();
  ASSERT_TRUE(disk_->resize("256m"));
  EXPECT_EQ(run({"--ticks", path("ticks.csv"), "--data", data(), "--resume"}).wait(), 0) << err();
  EXPECT_TRUE(csv_of(data()) == truth_);
}

TEST_F(RunDegraded, ADirectoryInMemoryIsNoDiskSaysTheDoctor) {
  ASSERT_TRUE(disk_->resize("256m"));  // there is space for its probe
  EXPECT_EQ(start({"doctor", path("disk"), "--seconds", "0.05"}, "out").wait(), 4) << err();
  EXPECT_NE(text_of(path("out")).find("memory, gone when the machine stops"), std::string::npos)
      << text_of(path("out"));
}

TEST_F(RunDegraded, FullSharedMemoryIsSaid) {
  const SmallDisk shared_memory("/dev/shm", "1m");
  ASSERT_TRUE(shared_memory.made());
  EXPECT_EQ(run({"--ticks", path("ticks.csv"), "--data", path("other")}).wait(), 0) << err();
  EXPECT_NE(err().find("the channel is a file in"), std::string::npos) << err();
  EXPECT_TRUE(csv_of(path("other")) == truth_);
}

}  // namespace
}  // namespace factorwal::test
