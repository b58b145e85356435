// Arguments that lead nowhere, or to more than there is memory for: the tool says so in a line, and
// ends with its own exit status.

#include <sys/stat.h>

#include "support/sanitizers.h"
#include "tool/tool_fixture.h"

namespace factorwal::test {
namespace {

class RefusedArguments : public ToolTest {
 protected:
  void SetUp() override {
    std::ofstream(path("ticks.csv")) << "symbol,ts,close,volume\nA,1609723800,1,2\n";
  }
  /// In little memory, so that a tool that reads without end ends before the machine's.
  static Outcome run(const std::vector<std::string>& arguments) {
    // The sanitizers' own memory is beyond any limit.
    const std::string limit =
        kSanitizesAddresses || kSanitizesThreads ? "" : "ulimit -v 1000000 && ";
    std::vector<std::string> all = {
        "timeout", "-s", "KILL", "60", "bash", "-c", limit + "exec \"$@\"", "bash", FACTORWAL_TOOL};
    all.insert(all.end(), arguments.begin(), arguments.end());
    return Command(std::move(all)).wait();
  }
  static void expect_error(const Outcome& outcome, const std::string& text) {
    EXPECT_TRUE(outcome.status == 1 || outcome.status == 2) << outcome.status << outcome.err;
    EXPECT_TRUE(contains(outcome.err, "factorwal: error: ")) << outcome.err;
    EXPECT_TRUE(contains(outcome.err, text)) << outcome.err;
    EXPECT_EQ(line_count(outcome.err), 1) << outcome.err;
  }
  void write_padded(const std::string& name, const std::string& text, std::size_t bytes) const {
    std::ofstream(path(name)) << text << std::string(bytes - text.size(), '\n');
  }
  static constexpr std::size_t kMost = std::size_t{1} << 20;
};

// Failure: the tool was aborted. Cause: the limit was looked at when everything had been read.
// Cure: no more is read than what is allowed.
TEST_F(RefusedArguments, TextFilesWithoutAnEndAreNotReadBeyondTheirLimit) {
  const std::string limit = "/dev/zero: is longer than 1 MiB";
  write_ticks(3);
  expect_error(run({"factors", "/dev/zero"}), limit);
  const auto other = path("other");
  expect_error(
      run({"run", "--ticks", path("ticks.csv"), "--data", other, "--factors", "/dev/zero"}), limit);
  expect_error(run({"run", "--ticks", path("ticks.csv"), "--data", other, "--config", "/dev/zero"}),
               limit);
  expect_error(
      run({"state", "--data", dir(), "--at", "3", "--instrument", "A", "--factors", "/dev/zero"}),
      limit);
}

TEST_F(RefusedArguments, TextFilesAreTakenUpToTheirLimit) {
  const std::string factor = "factor m = ts_mean(close, 2)\n";
  const std::string config = "batch_size = 10\n";
  write_padded("factors", factor, kMost);
  write_padded("config", config, kMost);
  const auto arguments = [&](const std::string& factors, const std::string& settings) {
    return std::vector<std::string>{
        "run",       "--ticks",     path("ticks.csv"), "--data",      path(settings + ".data"),
        "--factors", path(factors), "--config",        path(settings)};
  };
  const auto taken = run(arguments("factors", "config"));
  EXPECT_EQ(taken.status, 0) << taken.err;
  write_padded("long factors", factor, kMost + 1);
  expect_error(run(arguments("long factors", "config")), "longer than 1 MiB");
  write_padded("long config", config, kMost + 1);
  expect_error(run(arguments("factors", "long config")), "longer than 1 MiB");
}

// Failure: `doctor` was aborted by an exception of the standard library.
TEST_F(RefusedArguments, ADirectoryWithoutANameIsAnErrorOfEveryCommand) {
  const std::vector<std::vector<std::string>> commands = {
      {"doctor", "--data", ""},
      {"bench", "--data", ""},
      {"recover", "--data", ""},
      {"verify", "--data", ""},
      {"query", "--data", ""},
      {"tail", "--data", ""},
      {"retention", "--data", ""},
      {"inspect", ""},
      {"backup", "", path("copy")},
      {"backup", dir(), ""},
      {"run", "--ticks", path("ticks.csv"), "--data", ""},
      {"run", "--ticks", "", "--data", dir()},
      {"state", "--data", "", "--at", "1", "--instrument", "A"},
      {"factors", ""}};
  for (const auto& command : commands) {
    const auto outcome = run(command);
    EXPECT_TRUE(outcome.status == 1 || outcome.status == 2) << command[0] << outcome.status;
    EXPECT_TRUE(contains(outcome.err, "factorwal: error: ")) << command[0] << outcome.err;
  }
}

}  // namespace
}  // namespace factorwal::test
