// A data directory on a network file system: nothing is promised there, and the doctor says so.
// What one machine does there works all the same, and a server that is lost is a failure like
// others.

#include <gtest/gtest.h>
#include <sys/stat.h>

#include <filesystem>
#include <fstream>
#include <optional>

#include "crash/network_mount.h"
#include "crash/private_mounts.h"
#include "support/file_text.h"
#include "support/process.h"
#include "support/temp_dir.h"

namespace factorwal::test {
namespace {

class NetworkDirectory : public testing::Test {
 protected:
  void SetUp() override {
    FACTORWAL_NEEDS_MOUNTS();
    if (const auto why = NetworkMount::missing(); !why.empty()) GTEST_SKIP() << why;
    std::filesystem::create_directory(path("served"));
    std::filesystem::create_directory(path("net"));
    ASSERT_NO_FATAL_FAILURE(connect());
    ASSERT_EQ(start({"generate", "--rows", "12000"}, "ticks.csv").wait(), 0) << text("err");
    ASSERT_EQ(start({"run", "--ticks", path("ticks.csv"), "--data", path("whole")}, "out").wait(),
              0)
        << text("err");
    truth_ = csv_of(path("whole"));
    ASSERT_EQ(mkfifo(path("pipe").c_str(), 0600), 0);
    ::signal(SIGPIPE, SIG_IGN);  // a tool that ends early is the point
  }
  void connect() {
    network_.reset();
    network_.emplace(path("served"), path("net"));
    ASSERT_TRUE(network_->made());
  }
  Process start(const std::vector<std::string>& arguments, const std::string& out) const {
    std::vector<std::string> command = {FACTORWAL_TOOL};
    command.insert(command.end(), arguments.begin(), arguments.end());
    return {command, path(out), path("err")};
  }
  Process run(std::vector<std::string> more = {}) const {
    std::vector<std::string> all = {"run", "--ticks", path("pipe"), "--data", data()};
    all.insert(all.end(), more.begin(), more.end());
    return start(all, "out");
  }
  void resume() const {
    auto tool = run({"--resume"});
    std::ofstream(path("pipe"), std::ios::binary) << text("ticks.csv");
    EXPECT_EQ(tool.wait(), 0) << text("err");
    EXPECT_TRUE(csv_of(data()) == truth_);
    EXPECT_EQ(start({"verify", "--recompute", "--data", data()}, "out").wait(), 0) << text("out");
  }
  std::string csv_of(const std::string& data) const {
    EXPECT_EQ(start({"query", "--data", data, "--format", "csv"}, "csv").wait(), 0) << text("err");
    return text("csv");
  }
  [[nodiscard]] std::string text(const std::string& name) const { return text_of(path(name)); }
  [[nodiscard]] std::string path(const std::string& name) const { return dir_ / name; }
  [[nodiscard]] std::string data() const { return path("net/data"); }

  TempDir dir_;
  std::optional<NetworkMount> network_;
  std::string truth_;
};

TEST_F(NetworkDirectory, IsNotPromisedAnythingSaysTheDoctor) {
  EXPECT_EQ(start({"doctor", path("net"), "--seconds", "0.05"}, "out").wait(), 4) << text("err");
  const auto said = text("out");
  EXPECT_NE(said.find("fuse.sshfs on "), std::string::npos) << said;
  EXPECT_NE(said.find("not promised on a network file system"), std::string::npos) << said;
}

TEST_F(NetworkDirectory, OutlivesAKillAndKeepsASecondWriterOut) {
  auto tool = run();
  const auto ticks = text("ticks.csv");
  std::ofstream pipe(path("pipe"), std::ios::binary);
  pipe << ticks.substr(0, ticks.size() / 2) << std::flush;
  EXPECT_EQ(
      start({"run", "--ticks", path("ticks.csv"), "--data", data(), "--append"}, "out").wait(), 1);
  EXPECT_NE(text("err").find("in use by process " + std::to_string(tool.pid())), std::string::npos)
      << text("err");
  tool.kill(SIGKILL);
  (void)tool.wait();
  pipe.close();
  ASSERT_NO_FATAL_FAILURE(resume());
}

TEST_F(NetworkDirectory, WhoseServerIsLostStopsTheLogAndAResumeGoesOn) {
  auto tool = run();
  const auto ticks = text("ticks.csv");
  {
    std::ofstream pipe(path("pipe"), std::ios::binary);
    pipe << ticks.substr(0, ticks.size() / 2) << std::flush;
    network_->lose();
    pipe << ticks.substr(ticks.size() / 2);
  }
  EXPECT_EQ(tool.wait(), 1);
  EXPECT_NE(text("err").find(data()), std::string::npos) << text("err");
  ASSERT_NO_FATAL_FAILURE(connect());
  ASSERT_NO_FATAL_FAILURE(resume());
}

}  // namespace
}  // namespace factorwal::test
