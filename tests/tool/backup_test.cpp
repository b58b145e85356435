// backup, as a user runs it.

#include <nlohmann/json.hpp>

#include "tool/tool_fixture.h"

namespace factorwal::test {
namespace {

using Json = nlohmann::json;

class ToolBackup : public ToolTest {};

TEST_F(ToolBackup, CopiesWhatQueriesGive) {
  write_ticks(100);
  const auto copied = factorwal({"backup", dir(), path("copy")});
  EXPECT_EQ(copied.status, 0) << copied.err;
  EXPECT_TRUE(contains(copied.out, "ok: ")) << copied.out;
  EXPECT_TRUE(contains(copied.out, "sequences 1 to 100")) << copied.out;
  EXPECT_EQ(copied.err, "");
  EXPECT_EQ(factorwal({"query", "--data", path("copy"), "--format", "csv"}).out,
            factorwal({"query", "--data", dir(), "--format", "csv"}).out);
  EXPECT_EQ(factorwal({"verify", "--data", path("copy")}).status, 0);
}

TEST_F(ToolBackup, TellsTheSameAsJson) {
  auto engine = open_engine();
  feed(*engine, 10);
  ASSERT_TRUE(engine->flush(std::chrono::seconds(10)));
  const auto copied = factorwal({"backup", dir(), path("copy"), "--json"});
  ASSERT_EQ(copied.status, 0) << copied.err;
  const auto json = Json::parse(copied.out);
  EXPECT_EQ(json["last_sequence"], 10);
  EXPECT_EQ(json["writer_pid"], getpid());
  EXPECT_EQ(json["source_clean"], false);
  EXPECT_EQ(json["left_out"], Json::array());
  EXPECT_EQ(json["source_identity"].get<std::string>().size(), 32U);
  EXPECT_NE(json["source_identity"], json["target_identity"]);
  ASSERT_TRUE(engine->close());
}

TEST_F(ToolBackup, ACopyOfALiveEngineGoesOnWithTheSameState) {
  auto engine = open_engine();
  feed(*engine, 11);
  ASSERT_TRUE(engine->flush(std::chrono::seconds(10)));
  ASSERT_EQ(factorwal({"backup", dir(), path("copy")}).status, 0);
  feed(*engine, 9, 11);
  ASSERT_TRUE(engine->close());
  engine.reset();
  const auto whole = factorwal({"query", "--data", dir(), "--format", "csv"}).out;

  std::filesystem::remove_all(dir());
  std::filesystem::rename(path("copy"), dir());
  engine = open_engine();
  feed(*engine, 9, 11);
  ASSERT_TRUE(engine->close());
  EXPECT_EQ(factorwal({"query", "--data", dir(), "--format", "csv"}).out, whole);
}

TEST_F(ToolBackup, RefusesWithTheExitStatusThatFits) {
  EXPECT_EQ(factorwal({"backup", dir()}).status, 2);
  EXPECT_EQ(factorwal({"backup", dir(), path("copy")}).status, 1);
  write_ticks(10);
  const auto onto_itself = factorwal({"backup", dir(), dir()});
  EXPECT_EQ(onto_itself.status, 1);
  EXPECT_TRUE(contains(onto_itself.err, "name a new directory")) << onto_itself.err;
  damage(first_segment(), 4096 + 70);
  const auto damaged = factorwal({"backup", dir(), path("copy")});
  EXPECT_EQ(damaged.status, 3);
  EXPECT_TRUE(contains(damaged.err, "nothing was copied")) << damaged.err;
  EXPECT_EQ(factorwal({"query", "--data", path("copy")}).status, 1) << "no log is there";
}

}  // namespace
}  // namespace factorwal::test
