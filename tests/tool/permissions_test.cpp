// Who may read a data directory may verify it, also after a crash: files and rings follow the
// directory's mode.
//
// Failure: after a kill another user of the directory's group could not `verify`. Cause: rings were
// readable by their owner alone. Cure: a ring, and each file beside it, can be read by whoever may
// list the directory.

#include <grp.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <chrono>
#include <thread>

#include "channel/ring_register.h"
#include "tool/tool_fixture.h"

namespace factorwal::test {
namespace {

constexpr gid_t kGroup = 54'321;
constexpr uid_t kMember = 54'322;
constexpr uid_t kStranger = 54'323;

class Permissions : public ToolTest {
 protected:
  /// A directory of that mode and of `kGroup`, left by a killed process with a ring of that kind.
  void kill_writer(mode_t mode, ChannelKind channel, mode_t mask = 022) {
    std::filesystem::permissions(temp_.path(), std::filesystem::perms(0755));
    std::filesystem::create_directory(dir());
    ASSERT_EQ(::chown(dir().c_str(), ::getuid(), kGroup), 0);
    ASSERT_EQ(::chmod(dir().c_str(), mode), 0);
    const pid_t child = fork();
    if (child == 0) {
      ::umask(mask);
      EngineOptions options;
      options.persist.channel = channel;
      options.persist.adaptive = false;
      options.persist.batch_size = 100'000;
      options.persist.max_delay_ms = 60'000;
      auto engine = open_engine(options);
      feed(*engine, 10);
      while (!is_quiet()) std::this_thread::sleep_for(std::chrono::milliseconds(1));
      ::kill(getpid(), SIGKILL);
    }
    int status = 0;
    ASSERT_EQ(waitpid(child, &status, 0), child);
    ASSERT_TRUE(WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL) << status;
  }
  /// The segment in use and the one prepared behind it are there, and nothing is being made: a file
  /// has its group a moment after its name.
  [[nodiscard]] bool is_quiet() const {
    int segments = 0;
    for (const auto& entry : std::filesystem::directory_iterator(dir())) {
      if (entry.path().extension() == ".new") return false;
      segments += entry.path().extension() == ".seg" ? 1 : 0;
    }
    return segments >= 2;
  }
  /// Exit status of `factorwal verify` as another user, who is in `kGroup` or not.
  [[nodiscard]] int verify_as(uid_t user, bool in_group) const {
    const pid_t child = fork();
    if (child == 0) {
      const gid_t group = kGroup;
      const bool changed = ::setgroups(in_group ? 1 : 0, &group) == 0 &&
                           ::setgid(static_cast<gid_t>(user)) == 0 && ::setuid(user) == 0;
      const auto data = dir();
      if (changed) {
        ::execl(FACTORWAL_TOOL, FACTORWAL_TOOL, "verify", "--data", data.c_str(), nullptr);
      }
      _exit(99);
    }
    int status = 0;
    waitpid(child, &status, 0);
    return WIFEXITED(status) ? WEXITSTATUS(status) : 128;
  }
};

#define FACTORWAL_NEEDS_OTHER_USERS()                                        \
  if (::geteuid() != 0) GTEST_SKIP() << "only root can become another user"; \
  if (!temp_.others_can_get_here()) GTEST_SKIP() << "other users cannot reach " << temp_.path()

TEST_F(Permissions, OfTheDirectoryLetItsGroupVerifyAfterAKill) {
  FACTORWAL_NEEDS_OTHER_USERS();
  for (const auto channel : {ChannelKind::kShm, ChannelKind::kFile}) {
    ASSERT_NO_FATAL_FAILURE(kill_writer(0750, channel));
    EXPECT_EQ(verify_as(kMember, true), 0) << to_string(channel);
    EXPECT_EQ(verify_as(kStranger, false), 1) << to_string(channel);
    ASSERT_TRUE(open_engine()->close()) << "takes the ring away";
    std::filesystem::remove_all(dir());
  }
}

TEST_F(Permissions, OfARingInSharedMemoryAreThoseOfTheDirectoryAsWell) {
  FACTORWAL_NEEDS_OTHER_USERS();
  for (const auto& [directory, ring] : {std::pair<mode_t, mode_t>{0700, 0600}, {0750, 0640}}) {
    ASSERT_NO_FATAL_FAILURE(kill_writer(directory, ChannelKind::kShm));
    auto& files = posix_file_system();
    const auto listed = channel::load_ring_register(files, dir()).value();
    ASSERT_FALSE(listed.rings.empty());
    for (const auto& one : listed.rings) {
      struct stat info {};
      ASSERT_EQ(::stat(channel::ring_path(files, dir(), one).c_str(), &info), 0);
      EXPECT_EQ(info.st_mode & 0777, ring);
      EXPECT_EQ(info.st_gid, kGroup);
    }
    std::filesystem::remove_all(dir());
  }
}

TEST_F(Permissions, OfEveryFileAreNoWiderThanTheDirectorysAndTheUmask) {
  FACTORWAL_NEEDS_OTHER_USERS();
  struct Case {
    mode_t directory;
    mode_t mask;
    mode_t files;
  };
  for (const auto& [directory, mask, files] :
       {Case{0755, 022, 0644}, Case{0750, 022, 0640}, Case{0700, 022, 0600}, Case{0711, 022, 0600},
        Case{0755, 027, 0640}, Case{0755, 077, 0600}, Case{02770, 002, 0640}}) {
    ASSERT_NO_FATAL_FAILURE(kill_writer(directory, ChannelKind::kFile, mask));
    int count = 0;
    for (const auto& entry : std::filesystem::directory_iterator(dir())) {
      struct stat info {};
      ASSERT_EQ(::stat(entry.path().c_str(), &info), 0);
      EXPECT_EQ(info.st_mode & 0777, files)
          << std::oct << entry.path() << " in " << directory << " with " << mask;
      ++count;
      // The kill may have come between the making of a file that is renamed later and its group.
      if (entry.path().extension() == ".new") continue;
      EXPECT_EQ(info.st_gid, kGroup) << entry.path();
    }
    EXPECT_GE(count, 5) << "lock, manifest, list of rings, ring, segment";
    std::filesystem::remove_all(dir());
  }
}

}  // namespace
}  // namespace factorwal::test
