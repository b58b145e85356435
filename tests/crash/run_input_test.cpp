// What `run` does with input that can be read only once, and with options that change what a row
// means. Both lost or falsified rows once: see each test.

#include <gtest/gtest.h>

#include <fstream>

#include "support/file_text.h"
#include "support/history.h"
#include "support/process.h"
#include "support/temp_dir.h"

namespace factorwal {
namespace {

class RunInput : public testing::Test {
 protected:
  /// A shell command in the test's directory; $F is the tool.
  int shell(const std::string& command) {
    std::string line = "cd '";
    line.append(dir_.path().string()).append("' && F='").append(FACTORWAL_TOOL).append("' && ");
    line.append(command);
    return test::Process({"/bin/sh", "-c", line}, dir_ / "out", dir_ / "err").wait();
  }
  [[nodiscard]] std::string text(const std::string& name) const {
    return test::text_of(dir_ / name);
  }
  test::TempDir dir_;
};

// Failure: rows at the head of a pipe vanished, and one was glued together of two. Cause: the input
// was opened twice, once to look whether it had been read before. Cure: what can be read only once
// is opened once.
TEST_F(RunInput, AppendingFromAPipeTakesEveryRow) {
  ASSERT_EQ(shell("$F generate --rows 500 > a.csv && $F generate --rows 5000 --seed 9 > b.csv"), 0);
  ASSERT_EQ(shell("$F run --ticks a.csv b.csv --data whole"), 0) << text("err");
  ASSERT_EQ(shell("$F run --ticks a.csv --data parts"), 0) << text("err");
  ASSERT_EQ(shell("cat b.csv | $F run --ticks - --data parts --append"), 0) << text("err");
  ASSERT_EQ(shell("$F query --data whole --format csv > whole.csv && "
                  "$F query --data parts --format csv > parts.csv && cmp whole.csv parts.csv"),
            0)
      << text("out");
}

TEST_F(RunInput, ResumingFromAPipeGoesOnBehindWhatWasRead) {
  ASSERT_EQ(shell("$F generate --rows 5000 > a.csv"), 0);
  ASSERT_EQ(shell("$F run --ticks a.csv --data whole"), 0) << text("err");
  ASSERT_EQ(shell("head -n 2001 a.csv | $F run --ticks - --data parts"), 0) << text("err");
  ASSERT_EQ(shell("cat a.csv | $F run --ticks - --data parts --resume"), 0) << text("err");
  ASSERT_EQ(shell("$F query --data whole --format csv > whole.csv && "
                  "$F query --data parts --format csv > parts.csv && cmp whole.csv parts.csv"),
            0)
      << text("out");
}

// Failure: after a kill, rows came into the log twice. Cause: where a pipe goes on was asked of the
// log before the channel's records were in it. Cure: its first row waits until they are.
TEST_F(RunInput, ResumingFromAPipeAfterAKillTakesNoRowTwice) {
  std::ofstream(dir_ / "late") << "adaptive = false\nbatch_size = 1000000\nmax_delay_ms = 60000\n";
  ASSERT_EQ(shell("$F generate --rows 5000 > a.csv && mkfifo pipe"), 0);
  ASSERT_EQ(shell("$F run --ticks a.csv --data whole"), 0) << text("err");
  ASSERT_EQ(shell("true; $F run --ticks pipe --data parts --config late & exec 3>pipe; "
                  "head -n 3001 a.csv >&3; sleep 0.3; kill -9 $!; wait $!; test $? -eq 137"),
            0)
      << text("err");
  ASSERT_EQ(shell("cat a.csv | $F run --ticks - --data parts --resume"), 0) << text("err");
  ASSERT_EQ(shell("$F query --data whole --format csv > whole.csv && "
                  "$F query --data parts --format csv > parts.csv && cmp whole.csv parts.csv"),
            0)
      << text("out");
}

// Failure: an interrupt while a pipe's known rows were passed over was an error.
TEST_F(RunInput, AnInterruptWhileKnownRowsOfAPipePassIsTheEndOfARun) {
  ASSERT_EQ(shell("$F generate --rows 5000 > a.csv && mkfifo pipe"), 0);
  ASSERT_EQ(shell("$F run --ticks a.csv --data whole"), 0) << text("err");
  ASSERT_EQ(shell("head -n 4001 a.csv | $F run --ticks - --data parts"), 0) << text("err");
  ASSERT_EQ(shell("true; $F run --ticks pipe --data parts --resume & exec 3>pipe; "
                  "head -n 1001 a.csv >&3; sleep 0.3; kill -TERM $!; wait $!"),
            0)
      << text("err");
  EXPECT_NE(text("err").find("interrupted, go on with --resume"), std::string::npos) << text("err");
  ASSERT_EQ(shell("cat a.csv | $F run --ticks - --data parts --resume"), 0) << text("err");
  ASSERT_EQ(shell("$F query --data whole --format csv > whole.csv && "
                  "$F query --data parts --format csv > parts.csv && cmp whole.csv parts.csv"),
            0)
      << text("out");
}

TEST_F(RunInput, ResumingWhereThereIsNoLogIsSaid) {
  ASSERT_EQ(shell("$F generate --rows 100 > a.csv"), 0);
  ASSERT_EQ(shell("$F run --ticks a.csv --data mistyped --resume"), 0) << text("err");
  EXPECT_NE(text("err").find("mistyped held no log to resume"), std::string::npos) << text("err");
  ASSERT_EQ(shell("$F run --ticks a.csv --data mistyped --resume"), 0) << text("err");
  EXPECT_EQ(text("err").find("held no log"), std::string::npos) << text("err");
}

// Failure: a directory as configuration was an empty one.
TEST_F(RunInput, ADirectoryInPlaceOfTheConfigurationIsAnError) {
  ASSERT_EQ(shell("$F generate --rows 100 > a.csv && mkdir c"), 0);
  EXPECT_EQ(shell("$F run --ticks a.csv --data d --config c"), 1);
  EXPECT_NE(text("err").find("c: Is a directory"), std::string::npos) << text("err");
}

// Failure: a resume with another --volume (or --tz, --instrument, --map) went on as if nothing had
// changed, and the history was of no run. Cure: the options are logged with the position.
TEST_F(RunInput, ResumingWithOtherReadingOptionsIsRefused) {
  ASSERT_EQ(shell("$F generate --rows 1000 > a.csv"), 0);
  ASSERT_EQ(shell("$F run --ticks a.csv --data d --volume cumulative"), 0) << text("err");
  EXPECT_EQ(shell("$F run --ticks a.csv --data d --resume"), 1);
  EXPECT_NE(text("err").find("--volume"), std::string::npos) << text("err");
  EXPECT_EQ(shell("$F run --ticks a.csv --data d --resume --volume cumulative"), 0) << text("err");
}

// Failure: the certificate was written over the ticks, or over a file of the log.
TEST_F(RunInput, ACertificateReplacesNeitherTicksNorLog) {
  ASSERT_EQ(shell("$F generate --rows 10 > a.csv && cp a.csv b.csv"), 0);
  EXPECT_EQ(shell("$F run --ticks a.csv --data d --certificate ./a.csv"), 1);
  EXPECT_EQ(shell("cmp a.csv b.csv"), 0);
  ASSERT_EQ(shell("$F run --ticks a.csv --data d --certificate c.json"), 0) << text("err");
  EXPECT_EQ(shell("$F run --ticks a.csv --data d --resume --certificate d/MANIFEST"), 1);
  EXPECT_NE(text("err").find("name another file"), std::string::npos) << text("err");
  EXPECT_EQ(shell("$F verify --data d"), 0) << text("out");
}

// Failure: the tool was aborted. Cause: a stream opens a directory, and throws when it is read.
TEST_F(RunInput, ADirectoryInPlaceOfTheFactorFileIsAnError) {
  ASSERT_EQ(shell("$F generate --rows 10 > a.csv"), 0);
  EXPECT_EQ(shell("$F run --ticks a.csv --data d --factors ."), 1);
  EXPECT_NE(text("err").find("Is a directory"), std::string::npos) << text("err");
  EXPECT_EQ(shell("$F factors ."), 1);
  EXPECT_NE(text("err").find("Is a directory"), std::string::npos) << text("err");
}

// Failure: windows whose state did not fit a frame stopped the log in the middle of a run, for
// good; then one of the documented length was refused. Cure: long states are written in parts, and
// what is beyond the limit is refused before anything is written.
TEST_F(RunInput, FactorsWhoseStateIsBeyondTheLimitAreRefusedAtOnce) {
  ASSERT_EQ(shell("$F generate --rows 100 > a.csv"), 0);
  ASSERT_EQ(shell("echo 'factor a = sma(close, 1000000)' > f && $F run --ticks a.csv --data d "
                  "--factors f"),
            0)
      << text("err");
  ASSERT_EQ(shell("for i in 1 2 3 4 5 6 7 8 9; do "
                  "echo \"factor a$i = sma(close * $i, 1000000)\"; done > g && "
                  "$F run --ticks a.csv --data e --factors g"),
            1);
  EXPECT_NE(text("err").find("bytes of state"), std::string::npos) << text("err");
  ASSERT_EQ(shell("for i in $(seq 600); do echo \"factor a$i = delay(close * $i, 1000000)\"; done "
                  "> h && $F factors h --fields close"),
            1);
  EXPECT_NE(text("err").find("bytes for each instrument"), std::string::npos) << text("err");
}

}  // namespace
}  // namespace factorwal
