// `run --ticks` with folders, patterns, and instruments in the names of files.

#include <filesystem>
#include <fstream>

#include "tool/tool_fixture.h"

namespace factorwal::test {
namespace {

class ToolTickPaths : public ToolTest {
 protected:
  void SetUp() override {
    std::filesystem::create_directories(path("days"));
    put("days/rb2105_20210105.csv", "ts,price\n1609810200,3\n");
    put("days/rb2105_20210104.csv", "ts,price\n1609723800,1\n1609723801,2\n");
    put("days/SOURCES.md", "where they are from\n");
    put("factors", "factor up = close - delay(close, 1)\n");
  }
  void put(const std::string& name, const std::string& text) const {
    std::ofstream(path(name)) << text;
  }
  [[nodiscard]] Outcome run(const std::string& ticks,
                            const std::vector<std::string>& options) const {
    std::vector<std::string> words = {"run", "--ticks",   path(ticks),    "--data",
                                      dir(), "--factors", path("factors")};
    words.insert(words.end(), options.begin(), options.end());
    return factorwal(words);
  }
  [[nodiscard]] std::string closes() const {
    const auto asked =
        factorwal({"query", "--data", dir(), "--format", "csv", "--fields", "close"});
    EXPECT_EQ(asked.status, 0) << asked.err;
    return asked.out;
  }
};

TEST_F(ToolTickPaths, AFolderIsReadInTheOrderOfItsDates) {
  const auto ran = run("days", {"--instrument-from-name"});
  ASSERT_EQ(ran.status, 0) << ran.err;
  EXPECT_TRUE(contains(ran.err, "2 files, from ")) << ran.err;
  EXPECT_TRUE(contains(ran.err, "\"SOURCES.md\"")) << ran.err;
  EXPECT_EQ(closes(),
            "instrument_id,timestamp_ns,close,up\n"
            "rb2105,1609723800000000000,1,\n"
            "rb2105,1609723801000000000,2,1\n"
            "rb2105,1609810200000000000,3,1\n");
}

TEST_F(ToolTickPaths, ADayThatComesLaterIsReadByTheNextRun) {
  ASSERT_EQ(run("days/*", {"--instrument-from-name", "{}_*"}).status, 0);
  put("days/rb2105_20210106.csv", "ts,price\n1609896600,4\n");
  const auto again = run("days/*", {"--instrument-from-name", "{}_*", "--resume"});
  ASSERT_EQ(again.status, 0) << again.err;
  EXPECT_TRUE(closes().ends_with("rb2105,1609896600000000000,4,1\n")) << closes();
  const auto other = run("days/*", {"--instrument-from-name", "--resume"});
  EXPECT_NE(other.status, 0) << "ids of another rule are not those that were logged";
}

TEST_F(ToolTickPaths, AFolderThatWasReadIsNotAppendedAgain) {
  ASSERT_EQ(run("days", {"--instrument-from-name"}).status, 0);
  const auto again = run("days", {"--instrument-from-name", "--append"});
  EXPECT_NE(again.status, 0);
  EXPECT_TRUE(contains(again.err, "has been read into")) << again.err;
}

TEST_F(ToolTickPaths, TheCertificateReplacesNoFileOfAFolder) {
  const auto ran =
      run("days", {"--instrument-from-name", "--certificate", path("days/rb2105_20210104.csv")});
  EXPECT_NE(ran.status, 0);
  EXPECT_TRUE(contains(ran.err, "is a tick file")) << ran.err;
}

TEST_F(ToolTickPaths, AColumnOfInstrumentsAndNamesOfFilesAreTwoAnswers) {
  put("days/rb2105_20210104.csv", "symbol,ts,price\nrb2105,1609723800,1\n");
  const auto ran = run("days", {"--instrument-from-name"});
  EXPECT_NE(ran.status, 0);
  EXPECT_TRUE(contains(ran.err, "--instrument-from-name rb2105 is for files without")) << ran.err;
}

}  // namespace
}  // namespace factorwal::test
