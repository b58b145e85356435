// Which rings are whose, and which may go: judged on rings that killed processes left, in a
// shared memory of this test's own; and the command, as a user runs it.

#include "recovery/ring_survey.h"

#include <sys/wait.h>

#include <nlohmann/json.hpp>

#include "base/forwarding_file_system.h"
#include "factorwal/persister.h"
#include "tool/tool_fixture.h"
#include "wal/writing/log.h"

namespace factorwal::test {
namespace {

using rings::Ring;
using rings::Verdict;
using Json = nlohmann::json;

constexpr std::chrono::seconds kLong{60};

/// The operating system's files with another shared memory, and another boot if wanted.
class OwnMemory final : public ForwardingFileSystem {
 public:
  explicit OwnMemory(std::string directory) : directory_(std::move(directory)) {}
  [[nodiscard]] std::string memory_directory() const override { return directory_; }
  Result<BootId> boot_id() override {
    auto id = ForwardingFileSystem::boot_id();
    if (id && restarted) (*id)[0] ^= std::byte{1};
    return id;
  }
  bool restarted = false;

 private:
  std::string directory_;
};

class RingsTest : public ToolTest {
 protected:
  RingsTest() : memory_(path("memory")) { std::filesystem::create_directory(path("memory")); }

  /// A process that is killed with `durable` records in the log of `data` and `waiting` ones in
  /// its ring only.
  void kill_writer(FileSystem& files, const std::string& data, int durable, int waiting,
                   ChannelKind kind = ChannelKind::kShm) const {
    const pid_t child = fork();
    if (child == 0) {
      auto wal = WalManager::open_on(files, data).value();
      FactorWalConfig config;
      config.channel = kind;
      config.channel_bytes = 64 << 10;
      FactorWalPersister persister(wal, config);
      for (int i = 0; i < durable; ++i) persister.send_update("A", "f", i, i).value();
      persister.flush(kLong).value();
      const std::lock_guard blocked(wal->log().mutex);
      for (int i = 0; i < waiting; ++i) persister.send_update("A", "f", i, i).value();
      ::kill(getpid(), SIGKILL);
    }
    int status = 0;
    ASSERT_EQ(waitpid(child, &status, 0), child);
    ASSERT_TRUE(WIFSIGNALED(status)) << status;
  }
  std::vector<Ring> survey(const std::vector<std::string>& directories = {}) {
    return rings::survey(memory_, directories).value();
  }
  Ring only(const std::vector<std::string>& directories = {}) {
    auto found = survey(directories);
    EXPECT_EQ(found.size(), 1U);
    return found.empty() ? Ring{} : found.front();
  }
  Status clear(const Ring& ring, bool given_up = false,
               const std::vector<std::string>& directories = {}) {
    return rings::clear(memory_, ring, directories, given_up);
  }
  Result<LogRecovery> open(const std::string& data) {
    auto wal = WalManager::open_on(memory_, data);
    if (!wal) return wal.error();
    auto found = (*wal)->recovery();
    EXPECT_TRUE((*wal)->close());
    return found;
  }

  OwnMemory memory_;
};

TEST_F(RingsTest, OfALiveProcessIsInUseAndIsNotCleared) {
  auto wal = WalManager::open_on(memory_, dir()).value();
  FactorWalPersister persister(wal);
  ASSERT_TRUE(persister.send_update("A", "f", 1, 1));
  ASSERT_TRUE(persister.flush(kLong));
  const auto ring = only();
  EXPECT_EQ(ring.verdict, Verdict::kInUse) << ring.why;
  EXPECT_EQ(ring.pid, static_cast<std::uint64_t>(getpid()));
  EXPECT_TRUE(ring.process_lives);
  EXPECT_TRUE(ring.directory_locked);
  EXPECT_EQ(ring.directory, dir());
  EXPECT_EQ(ring.not_logged, 0U);
  EXPECT_EQ(clear(ring, true).error().code, Errc::kLocked);
  // Also one whose directory cannot be seen, as from another container.
  std::filesystem::rename(dir(), path("elsewhere"));
  EXPECT_EQ(only().verdict, Verdict::kInUse);
  EXPECT_EQ(clear(only(), true).error().code, Errc::kLocked);
  std::filesystem::rename(path("elsewhere"), dir());
  ASSERT_TRUE(persister.shutdown());
  EXPECT_TRUE(survey().empty()) << "a clean end leaves none";
}

TEST_F(RingsTest, OfAKilledProcessIsNeededAndSaysHowManyRecordsTheLogLacks) {
  for (const auto kind : {ChannelKind::kShm, ChannelKind::kFile}) {
    ASSERT_NO_FATAL_FAILURE(kill_writer(memory_, dir(), 10, 5, kind));
    const auto ring = only({dir()});
    EXPECT_EQ(ring.verdict, Verdict::kNeeded) << ring.why;
    EXPECT_EQ(ring.kind, kind);
    EXPECT_EQ(ring.not_logged, 5U);
    EXPECT_GE(ring.held.value_or(0), 5U);
    EXPECT_FALSE(ring.process_lives);
    EXPECT_FALSE(ring.directory_locked);
    EXPECT_EQ(clear(ring).error().code, Errc::kInvalidArgument);
    const auto opened = open(dir());
    ASSERT_TRUE(opened) << opened.error().message;
    EXPECT_EQ(opened->rings.front().drained, 5U);
    EXPECT_TRUE(survey({dir()}).empty());
    std::filesystem::remove_all(dir());
  }
}

TEST_F(RingsTest, ThatIsGivenUpIsMissedByTheNextOpenWhichGoesOn) {
  ASSERT_NO_FATAL_FAILURE(kill_writer(memory_, dir(), 10, 5));
  ASSERT_TRUE(clear(only(), true));
  EXPECT_TRUE(survey().empty());
  const auto opened = open(dir());
  ASSERT_TRUE(opened) << opened.error().message;
  EXPECT_EQ(opened->rings.front().verdict, RingVerdict::kAbsent);
  EXPECT_EQ(opened->last_sequence, 10U);
}

TEST_F(RingsTest, OfADirectoryThatWasMovedIsNoOrphan) {
  ASSERT_NO_FATAL_FAILURE(kill_writer(memory_, dir(), 10, 5));
  std::filesystem::rename(dir(), path("moved"));
  const auto ring = only();
  EXPECT_EQ(ring.verdict, Verdict::kUnclaimed);
  EXPECT_EQ(clear(ring).error().code, Errc::kInvalidArgument);
  EXPECT_EQ(only({path("moved")}).verdict, Verdict::kNeeded) << "its directory is known by --data";
  const auto opened = open(path("moved"));
  ASSERT_TRUE(opened) << opened.error().message;
  EXPECT_EQ(opened->rings.front().drained, 5U);
}

TEST_F(RingsTest, OfADirectoryThatIsGoneIsAnOrphanIfItHoldsNothing) {
  ASSERT_NO_FATAL_FAILURE(kill_writer(memory_, dir(), 10, 0));
  std::filesystem::remove_all(dir());
  const auto ring = only();
  ASSERT_EQ(ring.verdict, Verdict::kOrphan) << ring.why;
  EXPECT_TRUE(clear(ring));
  EXPECT_TRUE(survey().empty());
}

TEST_F(RingsTest, OfAnotherBootIsAnOrphan) {
  for (const auto kind : {ChannelKind::kShm, ChannelKind::kFile}) {
    ASSERT_NO_FATAL_FAILURE(kill_writer(memory_, dir(), 10, 5, kind));
    memory_.restarted = true;
    const auto ring = only({dir()});
    ASSERT_EQ(ring.verdict, Verdict::kOrphan) << ring.why;
    EXPECT_TRUE(clear(ring));
    EXPECT_TRUE(open(dir())) << "nothing is missed";
    memory_.restarted = false;
    std::filesystem::remove_all(dir());
  }
}

TEST_F(RingsTest, OnNoRecordOfItsDirectoryIsAnOrphan) {
  ASSERT_NO_FATAL_FAILURE(kill_writer(memory_, dir(), 10, 5));
  const auto kept = path("memory") + "/kept";
  const auto left = only().path;
  std::filesystem::copy(left, kept);
  ASSERT_TRUE(open(dir()));  // drains and removes it
  std::filesystem::rename(kept, left);
  const auto ring = only();
  ASSERT_EQ(ring.verdict, Verdict::kOrphan) << ring.why;
  EXPECT_TRUE(clear(ring));
  EXPECT_FALSE(std::filesystem::exists(left));
}

TEST_F(RingsTest, WithABrokenHeaderBelongsToTheDirectoryThatNamesIt) {
  ASSERT_NO_FATAL_FAILURE(kill_writer(memory_, dir(), 10, 5));
  damage(only().path, 40);
  EXPECT_EQ(only().verdict, Verdict::kUnclaimed);
  EXPECT_EQ(clear(only()).error().code, Errc::kInvalidArgument);
  const auto ring = only({dir()});
  EXPECT_EQ(ring.verdict, Verdict::kNeeded);
  const auto refused = open(dir());
  ASSERT_FALSE(refused);
  const auto advice = "`factorwal rings --data " + dir() + " --clear " + ring.path + "`";
  EXPECT_TRUE(contains(refused.error().message, advice)) << refused.error().message;
  ASSERT_TRUE(clear(ring, true, {dir()}));
  const auto opened = open(dir());
  ASSERT_TRUE(opened) << opened.error().message;
  EXPECT_EQ(opened->rings.front().verdict, RingVerdict::kAbsent);
}

TEST_F(RingsTest, IsNotClearedWhileItsDirectoryIsOpen) {
  ASSERT_NO_FATAL_FAILURE(kill_writer(memory_, dir(), 10, 5));
  const auto ring = only();
  const auto lock = memory_.lock(dir() + "/LOCK").value();
  EXPECT_EQ(only().verdict, Verdict::kInUse) << "an open may be draining it";
  EXPECT_EQ(clear(ring, true).error().code, Errc::kLocked) << "as found before";
}

// ---- The command. It sees the machine's shared memory: these tests name their own rings only.

class RingsCommand : public RingsTest {
 protected:
  /// What the command lists of this test's directory.
  [[nodiscard]] Json listed() const {
    const auto done = factorwal({"rings", "--data", dir(), "--json"});
    EXPECT_EQ(done.status, 0) << done.err;
    Json mine = Json::array();
    const auto all = Json::parse(done.out);
    for (const auto& ring : all["rings"]) {
      if (ring["directory"] == dir()) mine.push_back(ring);
    }
    return mine;
  }
};

TEST_F(RingsCommand, ListsAndGivesUpANamedRingOnlyWhenItIsMeant) {
  for (const auto kind : {ChannelKind::kShm, ChannelKind::kFile}) {
    ASSERT_NO_FATAL_FAILURE(kill_writer(posix_file_system(), dir(), 10, 5, kind));
    const auto rings = listed();
    ASSERT_EQ(rings.size(), 1U);
    EXPECT_EQ(rings[0]["verdict"], "needed");
    EXPECT_EQ(rings[0]["kind"], kind == ChannelKind::kShm ? "shm" : "file");
    EXPECT_EQ(rings[0]["not_logged"], 5);
    const std::string name = rings[0]["path"];
    const auto text = factorwal({"rings", "--data", dir()});
    EXPECT_TRUE(contains(text.out, name)) << text.out;

    const auto refused = factorwal({"rings", "--clear", name});
    EXPECT_EQ(refused.status, 1);
    EXPECT_TRUE(contains(refused.err, "5 accepted records that the log does not have"))
        << refused.err;
    EXPECT_TRUE(std::filesystem::exists(name));
    const auto cleared = factorwal({"rings", "--clear", name, "--yes"});
    EXPECT_EQ(cleared.status, 0) << cleared.err;
    EXPECT_TRUE(contains(cleared.out, "cleared " + name)) << cleared.out;
    EXPECT_FALSE(std::filesystem::exists(name));
    EXPECT_EQ(factorwal({"rings", "--clear", name, "--yes"}).status, 1) << "it is gone";
    std::filesystem::remove_all(dir());
  }
}

TEST_F(RingsCommand, NeverClearsWhatIsInUse) {
  auto engine = open_engine();
  feed(*engine, 10);
  const auto rings = listed();
  ASSERT_GE(rings.size(), 1U);
  for (const auto& ring : rings) {
    EXPECT_EQ(ring["verdict"], "in use");
    const auto refused = factorwal({"rings", "--clear", ring["path"], "--yes"});
    EXPECT_EQ(refused.status, 1);
    EXPECT_TRUE(contains(refused.err, "in use by process " + std::to_string(getpid())))
        << refused.err;
  }
  ASSERT_TRUE(engine->close());
}

TEST_F(RingsCommand, ClearsOrphansAndNothingElse) {
  // In a mount namespace of its own: the machine's shared memory is not this test's to clear.
  if (Command({"unshare", "-m", "true"}).wait().status != 0) {
    GTEST_SKIP() << "no private mounts here: unshare -m is not permitted";
  }
  ASSERT_NO_FATAL_FAILURE(kill_writer(memory_, path("a"), 10, 5));
  ASSERT_NO_FATAL_FAILURE(kill_writer(memory_, path("b"), 10, 0));
  ASSERT_NO_FATAL_FAILURE(kill_writer(memory_, path("c"), 10, 5));
  std::filesystem::remove_all(path("b"));
  std::filesystem::rename(path("c"), path("moved"));
  std::string script = "mount --bind '" + path("memory") + "' /dev/shm && exec '";
  script.append(FACTORWAL_TOOL).append("' rings --clear");
  const auto done = Command({"unshare", "-m", "sh", "-c", script}).wait();
  EXPECT_EQ(done.status, 0) << done.err;
  EXPECT_EQ(line_count(done.out), 1) << done.out;
  EXPECT_TRUE(contains(done.err, "stays: its directory is not there")) << done.err;
  const auto left = survey();
  ASSERT_EQ(left.size(), 2U);
  EXPECT_EQ(left[0].directory, path("a"));
  EXPECT_EQ(left[0].verdict, Verdict::kNeeded);
  EXPECT_EQ(left[1].verdict, Verdict::kUnclaimed);
}

// Failure: every command exited with 0, although what had been accepted was gone: logind removes
// the shared memory of a user at the last logout.
TEST_F(RingsCommand, OneThatIsMissingMakesRecoverVerifyAndRunExitWith4) {
  std::ofstream(path("ticks.csv")) << "instrument,timestamp_ns,close\nA,1767225600000000000,1\n";
  ASSERT_NO_FATAL_FAILURE(kill_writer(posix_file_system(), dir(), 10, 5));
  const std::string name = listed()[0]["path"];
  ASSERT_TRUE(std::filesystem::remove(name));
  const auto lost = name + " is missing: accepted records may be lost";
  const auto told = factorwal({"recover", "--data", dir(), "--json"});
  EXPECT_EQ(told.status, 4);
  EXPECT_TRUE(contains(told.err, lost)) << told.err;
  EXPECT_EQ(Json::parse(told.out)["certificate"]["perfect"], false);
  EXPECT_EQ(Json::parse(told.out)["certificate"]["rings"][0]["may_have_lost"], true);
  const auto verified = factorwal({"verify", "--data", dir()});
  EXPECT_EQ(verified.status, 4);
  EXPECT_TRUE(contains(verified.err, lost)) << verified.err;
  const auto run = [this] {
    return factorwal({"run", "--resume", "--ticks", path("ticks.csv"), "--data", dir()});
  };
  const auto resumed = run();
  EXPECT_EQ(resumed.status, 4);
  EXPECT_TRUE(contains(resumed.err, lost)) << resumed.err;
  EXPECT_TRUE(contains(resumed.err, "may have lost accepted records")) << resumed.err;
  EXPECT_EQ(run().status, 0) << "told once; what it has cost is in that run's certificate";
}

TEST_F(RingsCommand, ShowsWhatAnOpenHasKeptAndClearsItWhenAsked) {
  ASSERT_NO_FATAL_FAILURE(kill_writer(memory_, dir(), 10, 5, ChannelKind::kFile));
  memory_.restarted = true;
  const auto opened = open(dir());
  ASSERT_TRUE(opened) << opened.error().message;
  EXPECT_EQ(opened->rings.front().lost, 5U);
  const auto kept = opened->rings.front().kept;
  const auto rings = listed();
  ASSERT_EQ(rings.size(), 1U);
  EXPECT_EQ(rings[0]["path"], kept);
  EXPECT_EQ(rings[0]["verdict"], "kept");
  EXPECT_GE(rings[0]["held"], 5);
  ASSERT_TRUE(open(dir()));
  EXPECT_TRUE(std::filesystem::exists(kept)) << "no open removes it";
  ASSERT_TRUE(clear(only({dir()}), false, {dir()}));
  EXPECT_FALSE(std::filesystem::exists(kept));
}

}  // namespace
}  // namespace factorwal::test
