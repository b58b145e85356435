// A FIFO, a device or a directory in the place of a file of a data directory. No command waits for
// what nobody will write, and each names what is in its way.

#include <sys/stat.h>
#include <sys/wait.h>

#include <nlohmann/json.hpp>

#include "channel/ring_register.h"
#include "factorwal/persister.h"
#include "tool/tool_fixture.h"
#include "wal/writing/log.h"

namespace factorwal::test {
namespace {

constexpr int kTimedOut = 128 + SIGKILL;

class SpecialFiles : public ToolTest {
 protected:
  static Outcome run(std::vector<std::string> arguments) {
    arguments.insert(arguments.begin(), {"timeout", "-s", "KILL", "10", FACTORWAL_TOOL});
    return Command(std::move(arguments)).wait();
  }
  [[nodiscard]] Outcome resume() const {
    return run({"run", "--ticks", path("ticks.csv"), "--data", dir(), "--resume"});
  }
  void SetUp() override {
    std::ofstream(path("ticks.csv")) << "symbol,ts,close,volume\nA,1609723800,1,2\n";
  }
  /// A process that is killed with records that are only in its ring, a file; gives its name.
  std::string kill_writer() const {
    const pid_t child = fork();
    if (child == 0) {
      auto wal = WalManager::open(dir()).value();
      FactorWalConfig config;
      config.channel = ChannelKind::kFile;
      config.channel_bytes = 64 << 10;
      FactorWalPersister persister(wal, config);
      persister.send_update("A", "f", 1, 1).value();
      persister.flush(std::chrono::seconds(60)).value();
      const std::lock_guard blocked(wal->log().mutex);
      persister.send_update("A", "f", 2, 2).value();
      ::kill(getpid(), SIGKILL);
    }
    int status = 0;
    ::waitpid(child, &status, 0);
    EXPECT_TRUE(WIFSIGNALED(status)) << status;
    const auto names = posix_file_system().list(dir()).value();
    for (const auto& name : names) {
      if (channel::is_ring_name(name)) return dir() + "/" + name;
    }
    ADD_FAILURE() << "no ring";
    return {};
  }
  static void put_fifo(const std::string& place) {
    std::filesystem::remove(place);
    ASSERT_EQ(::mkfifo(place.c_str(), 0600), 0) << place;
  }
  static void expect_told(const Outcome& outcome, int status, const std::string& place) {
    EXPECT_EQ(outcome.status, status) << outcome.out << outcome.err;
    EXPECT_TRUE(contains(outcome.out + outcome.err, place)) << outcome.out << outcome.err;
  }
};

// Failure: `recover`, `rings` and `run` hung. Cause: open() waits for a FIFO's other end. Cure:
// what is no regular file is refused at once, and a ring that is none is a damaged one.
TEST_F(SpecialFiles, InPlaceOfARingIsADamagedRing) {
  const auto ring = kill_writer();
  ASSERT_NO_FATAL_FAILURE(put_fifo(ring));
  expect_told(resume(), 3, ring + ": a ring of accepted records is damaged");
  const auto recover = run({"recover", "--data", dir(), "--json"});
  EXPECT_EQ(recover.status, 3) << recover.err;
  EXPECT_TRUE(contains(recover.out, "\"refuse: ring\"")) << recover.out;
  const auto rings = run({"rings", "--data", dir(), "--json"});
  EXPECT_EQ(rings.status, 0) << rings.err;
  EXPECT_TRUE(contains(rings.out, ring + ": not a regular file")) << rings.out;
  EXPECT_TRUE(contains(rings.out, "\"needed\"")) << rings.out;
  // It is given up as any damaged one.
  const auto cleared = run({"rings", "--data", dir(), "--clear", ring, "--yes"});
  EXPECT_EQ(cleared.status, 0) << cleared.err;
  EXPECT_FALSE(std::filesystem::exists(ring));
  EXPECT_EQ(run({"recover", "--data", dir()}).status, 4) << "what it held is missing";
}

TEST_F(SpecialFiles, NamedLikeARingIsNobodys) {
  write_ticks(3);
  const auto ring = dir() + "/" + channel::ring_name(1);
  ASSERT_NO_FATAL_FAILURE(put_fifo(ring));
  const auto rings = run({"rings", "--data", dir(), "--json"});
  EXPECT_EQ(rings.status, 0) << rings.err;
  EXPECT_TRUE(contains(rings.out, "\"unclaimed\"")) << rings.out;
  EXPECT_EQ(run({"recover", "--data", dir()}).status, 0);
}

TEST_F(SpecialFiles, InPlaceOfTheListOfRingsRefusesTheOpen) {
  kill_writer();
  const auto list = dir() + "/RINGS";
  ASSERT_NO_FATAL_FAILURE(put_fifo(list));
  expect_told(resume(), 3, list + ": not a regular file");
  expect_told(run({"recover", "--data", dir()}), 3, "refuse: ring");
  expect_told(run({"rings", "--data", dir()}), 0, list + ": not a regular file");
}

TEST_F(SpecialFiles, InPlaceOfManifestSegmentOrLockIsNamedByEveryCommand) {
  write_ticks(9);
  for (const std::string name : {"MANIFEST", "wal-00000001.seg", "LOCK"}) {
    const auto place = dir() + "/" + name;
    std::filesystem::rename(place, path("kept"));
    ASSERT_NO_FATAL_FAILURE(put_fifo(place));
    std::vector<std::vector<std::string>> commands = {
        {"recover", "--data", dir()},
        {"verify", "--data", dir()},
        {"query", "--data", dir()},
        {"tail", "--data", dir()},
        {"inspect", dir()},
        {"backup", dir(), path("copy")},
        {"state", "--data", dir(), "--at", "9", "--instrument", "A"}};
    for (const auto& command : commands) {
      const auto outcome = run(command);
      expect_told(outcome, 3, place + ": not a regular file");
    }
    EXPECT_NE(run({"rings", "--data", dir()}).status, kTimedOut);
    EXPECT_NE(run({"retention", "--data", dir()}).status, kTimedOut);
    EXPECT_NE(run({"doctor", dir()}).status, kTimedOut);
    expect_told(resume(), 3, place + ": not a regular file");
    std::filesystem::rename(path("kept"), place);
  }
  EXPECT_EQ(run({"verify", "--data", dir()}).status, 0);
  EXPECT_FALSE(std::filesystem::exists(path("copy")));
}

// Failure: the file that `LOCK` led to was emptied, and a pid written into it; with its writer's
// rights, whoever may write in the directory could destroy any file. Cure: links are not followed
// where something is written.
TEST_F(SpecialFiles, ThatAreLinksInPlaceOfTheLockAreNotFollowed) {
  write_ticks(9);
  const auto place = dir() + "/LOCK";
  std::ofstream(path("precious")) << "precious";
  for (const auto* target : {"precious", "absent"}) {
    std::filesystem::remove(place);
    std::filesystem::create_symlink(path(target), place);
    expect_told(resume(), 3, place + ": not a regular file");
    expect_told(run({"verify", "--data", dir()}), 3, place + ": not a regular file");
    EXPECT_EQ(text_of(path("precious")), "precious");
    EXPECT_FALSE(std::filesystem::exists(path("absent")));
  }
  std::filesystem::remove(place);
  expect_told(resume(), 0, "1 ticks of 1 instruments");
}

// The directory itself may be reached by one.
TEST_F(SpecialFiles, ThatAreLinksOnTheWayToTheDirectoryAreFollowed) {
  write_ticks(9);
  std::filesystem::create_directory_symlink(dir(), path("link"));
  EXPECT_EQ(run({"verify", "--data", path("link")}).status, 0);
  EXPECT_EQ(run({"run", "--ticks", path("ticks.csv"), "--data", path("link"), "--resume"}).status,
            0);
}

TEST_F(SpecialFiles, TicksStillComeFromThem) {
  ASSERT_EQ(::mkfifo(path("fifo").c_str(), 0600), 0);
  const auto fed =
      Command({"timeout", "20", "bash", "-c",
               "cat " + path("ticks.csv") + " > " + path("fifo") + " & \"$@\"; wait", "bash",
               FACTORWAL_TOOL, "run", "--ticks", path("fifo"), "--data", dir()})
          .wait();
  EXPECT_EQ(fed.status, 0) << fed.err;
  EXPECT_TRUE(contains(fed.err, "1 ticks of 1 instruments")) << fed.err;
}

}  // namespace
}  // namespace factorwal::test
