/// Messages that cannot be written, and data that cannot.
///
/// Failure: with standard error on a full disk every command ended in an uncaught exception (exit
/// 134), also after all its work was done. Cure: messages go through one function that drops what
/// cannot be written.

#include <memory>

#include "factorwal/persister.h"
#include "factorwal/wal_manager.h"
#include "tool/tool_fixture.h"

namespace factorwal::test {
namespace {

class ToolUnwritable : public ToolTest {
 protected:
  void SetUp() override {
    write_ticks(8);
    std::ofstream(path("t.csv")) << "time,instrument,close,volume\n"
                                 << "2024-01-02T09:30:00Z,A,1,2\n2024-01-02T09:30:01Z,A,2,3\n";
    std::ofstream(path("f.txt")) << "factor m = ts_mean(close, 2)\n";
    // A ring that is there all the time, for `rings` to tell of.
    wal_ = WalManager::open(path("beside")).value();
    persister_ = std::make_unique<FactorWalPersister>(wal_);
    ASSERT_EQ(persister_->send_time(1).status, SendStatus::kAccepted);
  }
  /// The tool in a shell that redirects it: `redirection` is what follows the command.
  [[nodiscard]] static Outcome redirected(std::vector<std::string> arguments,
                                          const std::string& redirection) {
    arguments.insert(arguments.begin(),
                     {"bash", "-o", "pipefail", "-c", "exec 9>&1; \"$@\" " + redirection, "bash",
                      FACTORWAL_TOOL});
    return Command(std::move(arguments)).wait();
  }
  /// Every command, in order of the help: each does its work and says something on standard error,
  /// or could. `place` keeps those apart that write.
  [[nodiscard]] std::vector<std::vector<std::string>> commands(const std::string& place) const {
    return {
        {"run", "--ticks", path("t.csv"), "--data", path("run" + place), "--json"},
        {"query", "--data", dir()},
        {"recover", "--data", dir()},
        {"verify", "--data", dir()},
        {"inspect", dir()},
        {"state", "--data", dir(), "--instrument", "A", "--at", "8"},
        {"tail", "--data", dir()},
        {"backup", dir(), path("backup" + place)},
        {"retention", "--data", dir()},
        {"doctor", "--data", dir(), "--seconds", "0.01"},
        {"bench", "--data", path("."), "--seconds", "0.1"},
        {"rings"},
        {"operators"},
        {"explain", "--data", dir(), "--instrument", "A", "--factor", "ma2", "--at", "8"},
        {"factors", path("f.txt")},
        {"generate", "--rows", "10"},
        {"--help"},
        {"--version"},
    };
  }
  [[nodiscard]] std::vector<std::vector<std::string>> failures() const {
    return {
        {},
        {"no-such-command"},
        {"query", "--data", path("none")},
        {"verify", "--data", path("none")},
        {"run", "--ticks", path("none.csv"), "--data", path("x")},
        {"run", "--ticks", path("t.csv"), "--data", dir()},
        {"rings", "--clear", path("none.ring")},
    };
  }
  /// Figures of time and speed differ from run to run.
  static bool is_measured(const std::vector<std::string>& command) {
    return command.size() > 0 &&
           (command[0] == "run" || command[0] == "verify" || command[0] == "doctor" ||
            command[0] == "bench" || command[0] == "recover" || command[0] == "backup" ||
            command[0] == "rings");
  }
  static std::string text_of(const std::vector<std::string>& command) {
    std::string text;
    for (const auto& word : command) text += word + " ";
    return text;
  }

 private:
  std::shared_ptr<WalManager> wal_;
  std::unique_ptr<FactorWalPersister> persister_;
};

TEST_F(ToolUnwritable, StandardErrorChangesNeitherExitStatusNorData) {
  const std::vector<std::string> redirections = {"2>/dev/full", "2>&-"};
  std::vector<Outcome> plain;
  for (const auto& command : commands("0")) plain.push_back(redirected(command, ""));
  for (std::size_t r = 0; r < redirections.size(); ++r) {
    const auto all = commands(std::to_string(r + 1));
    for (std::size_t i = 0; i < all.size(); ++i) {
      SCOPED_TRACE(text_of(all[i]) + redirections[r]);
      EXPECT_LT(plain[i].status, 128) << plain[i].err;
      const auto outcome = redirected(all[i], redirections[r]);
      EXPECT_EQ(outcome.status, plain[i].status) << plain[i].err;
      EXPECT_EQ(outcome.out.empty(), plain[i].out.empty());
      if (!is_measured(all[i])) {
        EXPECT_EQ(outcome.out, plain[i].out);
      }
    }
    for (const auto& command : failures()) {
      SCOPED_TRACE(text_of(command) + redirections[r]);
      const auto told = redirected(command, "");
      EXPECT_FALSE(told.err.empty());
      EXPECT_EQ(redirected(command, redirections[r]).status, told.status) << told.err;
    }
  }
}

TEST_F(ToolUnwritable, StandardErrorThatNobodyReadsEndsNoCommand) {
  for (const auto& command : commands("0")) {
    SCOPED_TRACE(text_of(command));
    const auto outcome = redirected(command, "2> >(exec 0<&-; exec sleep 0.1) >/dev/null");
    EXPECT_LT(outcome.status, 128);
  }
}

// Failure: `generate` said "Broken pipe" and exited with 1, as no other command did.
TEST_F(ToolUnwritable, StandardOutputThatNobodyReadsIsNoFailure) {
  for (const std::vector<std::string>& command :
       {std::vector<std::string>{"generate", "--rows", "100000"}, {"operators"}, {"--help"}}) {
    SCOPED_TRACE(text_of(command));
    const auto outcome = redirected(command, "> >(exec 0<&-; exec sleep 0.1)");
    EXPECT_EQ(outcome.status, 0) << outcome.err;
    EXPECT_EQ(outcome.err, "");
  }
}

// Failure: SIGXFSZ ended the command, without a word.
TEST_F(ToolUnwritable, StandardOutputBeyondTheLimitOnFileSizesIsAnErrorThatIsTold) {
  for (const auto& command : commands("0")) {
    if (command[0] == "run" || command[0] == "backup" || command[0] == "doctor" ||
        command[0] == "bench") {
      continue;  // they write files of their own
    }
    SCOPED_TRACE(text_of(command));
    const auto whole = factorwal(command);
    auto arguments = command;
    arguments.insert(arguments.begin(), {"bash", "-c", "ulimit -f 0; exec \"$@\" >\"$0\"",
                                         path("out"), FACTORWAL_TOOL});
    const auto outcome = Command(std::move(arguments)).wait();
    EXPECT_EQ(outcome.status, whole.out.empty() ? whole.status : 1) << outcome.err;
  }
}

TEST_F(ToolUnwritable, StandardOutputIsAnErrorThatIsTold) {
  for (const auto& command : commands("0")) {
    SCOPED_TRACE(text_of(command));
    const auto outcome = redirected(command, ">/dev/full");
    EXPECT_EQ(outcome.status, 1);
    EXPECT_TRUE(contains(outcome.err, "No space left on device")) << outcome.err;
  }
}

}  // namespace
}  // namespace factorwal::test
