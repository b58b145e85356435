// archive, and verify of an archive, as a user runs them. Where the tool is built without Arrow, it
// says so.

#include <filesystem>
#include <fstream>
#include <nlohmann/json.hpp>

#include "factorwal/archived.h"
#include "tool/tool_fixture.h"

namespace factorwal::test {
namespace {

using Json = nlohmann::json;

class ToolArchive : public ToolTest {
 protected:
  void SetUp() override {
    ToolTest::SetUp();
    write_ticks(100);
    const auto first = factorwal({"archive", "--data", dir()});
    if (contains(first.err, "built without the archive")) {
      EXPECT_EQ(first.status, 1);
      GTEST_SKIP() << "the tool was built without Arrow";
    }
    ASSERT_EQ(first.status, 0) << first.err;
    first_ = first.out;
  }
  [[nodiscard]] std::vector<std::string> parts() const {
    std::vector<std::string> all;
    for (const auto& entry : std::filesystem::recursive_directory_iterator(dir() + "/archive")) {
      if (entry.path().extension() == ".parquet") all.push_back(entry.path());
    }
    return all;
  }

  static std::string first_instrument(const std::string& ticks) {
    std::ifstream file(ticks);
    std::string line;
    std::getline(file, line);
    std::getline(file, line);
    return line.substr(0, line.find(','));
  }

  std::string first_;
};

TEST_F(ToolArchive, OfAClosedLogHasAllOfItAndASecondRunAddsNothing) {
  EXPECT_TRUE(contains(first_, "archived up to sequence 100 of 100: 100 rows in 1 part")) << first_;
  EXPECT_EQ(archived_sequence(dir()).value(), 100U);
  const auto again = factorwal({"archive", "--data", dir(), "--json"});
  ASSERT_EQ(again.status, 0) << again.err;
  EXPECT_EQ(Json::parse(again.out)["rows"], 0);
  EXPECT_EQ(parts().size(), 1U);
}

TEST_F(ToolArchive, IsVerifiedTogetherWithItsLog) {
  const auto sound = factorwal({"verify", "--data", dir()});
  EXPECT_EQ(sound.status, 0) << sound.err;
  EXPECT_TRUE(contains(sound.out, "100 rows compared with the log")) << sound.out;
  const auto part = parts().front();
  std::fstream file(part, std::ios::in | std::ios::out | std::ios::binary);
  file.seekp(200);
  file.put('\x7f');
  file.close();
  const auto damaged = factorwal({"verify", "--data", dir(), "--json"});
  EXPECT_EQ(damaged.status, 3);
  const auto json = Json::parse(damaged.out);
  EXPECT_EQ(json["corrupt"], false) << "the log is sound";
  EXPECT_EQ(json["archive"]["intact"], false);
  ASSERT_FALSE(json["archive"]["faults"].empty());
}

TEST_F(ToolArchive, BesideAWriterTakesWhatIsSealedAndTheRestOnceItIsClosed) {
  auto engine = open_engine();
  feed(*engine, 30, 100);
  ASSERT_TRUE(engine->flush(std::chrono::seconds(10)));
  const auto live = factorwal({"archive", "--data", dir(), "--json"});
  ASSERT_EQ(live.status, 0) << live.err;
  EXPECT_EQ(Json::parse(live.out)["archived_sequence"], 100);
  EXPECT_EQ(Json::parse(live.out)["last_sequence"], 130);
  ASSERT_TRUE(engine->close());
  engine.reset();
  const auto closed = factorwal({"archive", "--data", dir(), "--json"});
  ASSERT_EQ(closed.status, 0) << closed.err;
  EXPECT_EQ(Json::parse(closed.out)["archived_sequence"], 130);
  EXPECT_EQ(factorwal({"verify", "--data", dir()}).status, 0);
}

TEST_F(ToolArchive, AFileHasOneKindOfRows) {
  write({update("A", "x", 1, 5 * kSecondNs), FactorWalMessage::VectorUpdate{"A", "v", {1, 2}, 1},
         FactorWalMessage::Snapshot{"A", {{"x", 1}}, 1}});
  const auto query = [&](std::vector<std::string> more) {
    more.insert(more.begin(), {"query", "--data", dir()});
    return factorwal(more);
  };
  for (const char* format : {"arrow", "parquet"}) {
    const auto several = query({"--format", format});
    EXPECT_EQ(several.status, 1);
    EXPECT_EQ(several.out, "");
    EXPECT_TRUE(contains(several.err,
                         "there are ticks and updates and vectors: say which with "
                         "--set"))
        << several.err;
    for (const char* set : {"ticks", "updates", "vectors", "snapshots"}) {
      const auto file = query({"--format", format, "--set", set});
      EXPECT_EQ(file.status, 0) << file.err;
      EXPECT_GT(file.out.size(), 100U) << set;
    }
    for (const std::vector<std::string>& few :
         std::vector<std::vector<std::string>>{{"--last", "3"}, {"--limit", "3"}, {"--latest"}}) {
      auto options = few;
      options.insert(options.end(), {"--set", "ticks", "--format", format});
      const auto refused = query(options);
      EXPECT_EQ(refused.status, 2) << few[0];
      EXPECT_TRUE(contains(refused.err, "are for csv")) << refused.err;
    }
    const auto one = query({"--format", format, "--instrument", "B"});
    EXPECT_EQ(one.status, 0) << one.err;
  }
  EXPECT_EQ(query({"--format", "csv", "--set", "updates"}).out,
            "instrument_id,timestamp_ns,ma2,up,x,v\nA,5000000000,,,1,\n");
  EXPECT_EQ(query({"--format", "csv", "--set", "snapshots"}).status, 1);
}

// Failure: of a log without an archive, a run with --archive and --keep-bytes cut segments before
// they were archived. Cause: the open cut, and only then an archive was known of.
TEST_F(ToolArchive, OfARunThatCutsIsThereBeforeTheFirstCut) {
  const auto ticks = path("ticks.csv");
  const auto more = path("more.csv");
  std::ofstream(ticks) << factorwal({"generate", "--rows", "20000"}).out;
  std::ofstream(more)
      << "instrument_id,timestamp_ns,last_price\nrb2105.SHFE,1709722000000000000,1\n";
  std::ofstream(path("c.toml")) << "segment_bytes = 65536\n";
  ASSERT_EQ(factorwal({"run", "--ticks", ticks, "--data", path("run"), "--config", path("c.toml"),
                       "--snapshot-every", "1000"})
                .status,
            0);
  const auto run = factorwal({"run", "--ticks", more, "--data", path("run"), "--append", "--config",
                              path("c.toml"), "--archive", "--keep-bytes", "200kB"});
  ASSERT_EQ(run.status, 0) << run.err;
  EXPECT_EQ(
      line_count(
          factorwal({"query", "--data", path("run"), "--format", "csv", "--factor", "ma5"}).out),
      20'002);
  std::filesystem::rename(path("run") + "/archive", path("elsewhere"));
  (void)factorwal({"retention", "--data", path("run"), "--keep-bytes", "1", "--apply"});
  const auto asked = factorwal({"query", "--data", path("run"), "--format", "csv"});
  EXPECT_EQ(asked.status, 1);
  EXPECT_EQ(asked.out, "");
  EXPECT_TRUE(contains(asked.err, "--archive DIR, or --archive none")) << asked.err;
  const auto told = factorwal(
      {"query", "--data", path("run"), "--format", "csv", "--archive", path("elsewhere")});
  EXPECT_EQ(line_count(told.out), 20'002) << told.err;
  const auto alone =
      factorwal({"query", "--data", path("run"), "--format", "csv", "--archive", "none"});
  EXPECT_EQ(alone.status, 0);
  EXPECT_LT(line_count(alone.out), 20'002);
}

TEST_F(ToolArchive, ADateIsATradingDayOfTheArchive) {
  // Ticks of 1970-01-01 00:00:01 to 00:01:40 UTC.
  const auto rows = [&](std::vector<std::string> more) {
    more.insert(more.begin(), {"query", "--data", dir(), "--format", "csv", "--factor", "up"});
    const auto answer = factorwal(more);
    EXPECT_EQ(answer.status, 0) << answer.err;
    return line_count(answer.out) - 1;
  };
  EXPECT_EQ(rows({"--day", "1970-01-01"}), 100);
  EXPECT_EQ(rows({"--day", "1970-01-02"}), 0);
  EXPECT_EQ(rows({"--day", "1970-01-02", "--trading-day", "00:01-23:59"}), 0);
  EXPECT_EQ(rows({"--day", "1970-01-02", "--trading-day", "12:00+12:00"}), 100);
  EXPECT_EQ(rows({"--from", "1970-01-01T00:00:31Z", "--to", "1970-01-02"}), 70);
  std::filesystem::remove_all(dir() + "/archive");
  ASSERT_EQ(factorwal({"archive", "--data", dir(), "--trading-day", "12:00+12:00"}).status, 0);
  EXPECT_TRUE(std::filesystem::exists(dir() + "/archive/ticks/day=1970-01-02"));
  EXPECT_EQ(rows({"--day", "1970-01-02"}), 100);
  EXPECT_EQ(rows({"--day", "1970-01-01"}), 0);
  const auto other = factorwal({"archive", "--data", dir(), "--trading-day", "00:00 UTC"});
  EXPECT_EQ(other.status, 2);
  EXPECT_TRUE(contains(other.err, "its days begin at 12:00+12:00")) << other.err;
}

TEST_F(ToolArchive, OfAnotherLogIsRefusedByName) {
  std::filesystem::rename(dir() + "/archive", path("archive"));
  std::filesystem::remove_all(dir());
  write_ticks(10);
  const auto refused = factorwal({"archive", "--data", dir(), "--to", path("archive")});
  EXPECT_EQ(refused.status, 2);
  EXPECT_TRUE(contains(refused.err, "is the archive of another log")) << refused.err;
}

TEST_F(ToolArchive, AMistypedCompressionIsToldBeforeAnythingIsMade) {
  for (const auto* wrong : {"inputs", "prices=zstd:3", "inputs=zip", "factors=zstd:99"}) {
    const auto refused =
        factorwal({"archive", "--data", dir(), "--to", path("new"), "--compress", wrong});
    EXPECT_EQ(refused.status, 2) << wrong;
    EXPECT_FALSE(std::filesystem::exists(path("new"))) << wrong;
  }
}

TEST_F(ToolArchive, OfARunIsCompleteWhenTheRunEndsAndHasWhatRetentionThenCuts) {
  const auto ticks = path("ticks.csv");
  {
    std::ofstream file(ticks);
    file << factorwal({"generate", "--rows", "60000", "--instruments", "8"}).out;
  }
  const auto ran = factorwal({"run", "--ticks", ticks, "--data", path("run"), "--archive",
                              "--snapshot-every", "5000", "--json"});
  ASSERT_EQ(ran.status, 0) << ran.err;
  EXPECT_EQ(Json::parse(ran.out)["archived_sequence"], 60000);
  EXPECT_TRUE(contains(ran.err, "archived up to sequence 60000")) << ran.err;
  EXPECT_EQ(archived_sequence(path("run")).value(), 60000U);
  const auto verified = factorwal({"verify", "--data", path("run"), "--json"});
  ASSERT_EQ(verified.status, 0) << verified.err;
  EXPECT_EQ(Json::parse(verified.out)["archive"]["compared_rows"], 60000);

  const std::vector<std::vector<std::string>> queries{
      {"--format", "csv", "--sequence", "--fields", "close,volume"},
      {"--format", "json", "--instrument", first_instrument(ticks), "--limit", "700"},
      {"--format", "csv", "--latest", "--sequence"},
      {"--format", "csv", "--as-of", "9000"},
      {"--format", "csv", "--last", "59000"},
      {"--format", "parquet", "--sequence"},
      {"--limit", "5"}};
  std::vector<std::string> answers;
  const auto ask = [&](std::vector<std::string> query) {
    query.insert(query.begin(), {"query", "--data", path("run")});
    const auto answer = factorwal(query);
    EXPECT_EQ(answer.status, 0) << answer.err;
    return answer.out;
  };
  for (const auto& query : queries) answers.push_back(ask(query));

  const auto cut =
      factorwal({"retention", "--data", path("run"), "--keep-bytes", "1", "--apply", "--json"});
  ASSERT_EQ(cut.status, 0) << cut.err;
  const auto first_kept = Json::parse(cut.out)["first_sequence_kept"].get<Sequence>();
  EXPECT_GT(first_kept, 1U);
  for (std::size_t i = 0; i < queries.size(); ++i) {
    EXPECT_TRUE(ask(queries[i]) == answers[i]) << queries[i].back();
  }
  const auto after = factorwal({"verify", "--data", path("run"), "--json"});
  ASSERT_EQ(after.status, 0) << after.err;
  EXPECT_EQ(Json::parse(after.out)["archive"]["rows"], 60000);
  EXPECT_EQ(Json::parse(after.out)["archive"]["compared_rows"], 60001 - first_kept);
}

}  // namespace
}  // namespace factorwal::test
