#include <csignal>
#include <functional>

#include "tool/tool_fixture.h"

namespace factorwal::test {
namespace {

class ToolTail : public ToolTest {
 protected:
  /// Waits, for at most ten seconds.
  static bool eventually(const std::function<bool()>& is_so) {
    for (int i = 0; i < 1000; ++i) {
      if (is_so()) return true;
      ::usleep(10'000);
    }
    return is_so();
  }
  std::vector<std::string> follow(std::vector<std::string> more = {}) const {
    more.insert(more.begin(),
                {FACTORWAL_TOOL, "tail", "--data", dir(), "--follow", "--format", "csv"});
    return more;
  }
};

TEST_F(ToolTail, ShowsTheLastRows) {
  write_ticks(30);
  const auto result = factorwal({"tail", "--data", dir(), "--last", "2", "--format", "csv"});
  EXPECT_EQ(result.status, 0);
  EXPECT_EQ(result.out,
            "instrument_id,timestamp_ns,ma2,up\n"
            "A,29000000000,37,2\n"
            "B,30000000000,38,2\n");
  EXPECT_EQ(line_count(factorwal({"tail", "--data", dir()}).out), 11);
}

TEST_F(ToolTail, AnIdWithACommaCanBeNamed) {
  write({update("A,B", "x,y", 1, 1), update("A", "x", 2, 2), update("B", "y", 3, 3)});
  const auto tail = [&](std::vector<std::string> more) {
    more.insert(more.begin(), {"tail", "--data", dir(), "--format", "csv"});
    return factorwal(more).out;
  };
  EXPECT_EQ(tail({"--instrument", "A,B", "--factor", "x,y"}),
            "instrument_id,timestamp_ns,\"x,y\"\n\"A,B\",1,1\n");
  EXPECT_EQ(tail({"--instrument", "B,A", "--factor", "y,x"}),
            "instrument_id,timestamp_ns,y,x\nA,2,,2\nB,3,3,\n");
}

TEST_F(ToolTail, LastRowsReachBackOverSegments) {
  for (int i = 0; i < 5; ++i) {
    auto engine = open_engine();
    feed(*engine, 2, 2 * i);
    ASSERT_TRUE(engine->close());
  }
  EXPECT_EQ(line_count(factorwal({"tail", "--data", dir(), "--last", "7", "--format", "csv"}).out),
            8);
}

TEST_F(ToolTail, FollowShowsRowsAsTheyComeAndEndsOnCtrlCWith0) {
  EngineOptions options;
  options.log.segment_bytes = 64 << 10;
  auto engine = open_engine(options);
  feed(*engine, 2);
  ASSERT_TRUE(engine->flush(std::chrono::seconds(10)));
  Command tail(follow({"--last", "1000", "--factor", "up"}));
  ASSERT_TRUE(eventually([&] { return line_count(tail.out()) == 3; })) << tail.out();
  // Through rotations, a close and another open.
  for (int i = 2; i < 6002; i += 100) feed(*engine, 100, i);
  ASSERT_TRUE(engine->flush(std::chrono::seconds(10)));
  EXPECT_TRUE(eventually([&] { return line_count(tail.out()) == 6003; }));
  ASSERT_TRUE(engine->close());
  engine = open_engine(options);
  feed(*engine, 1, 6002);
  ASSERT_TRUE(engine->flush(std::chrono::seconds(10)));
  EXPECT_TRUE(eventually([&] { return line_count(tail.out()) == 6004; }));
  tail.signal(SIGINT);
  const auto result = tail.wait();
  EXPECT_EQ(result.status, 0);
  EXPECT_EQ(result.err, "");
  EXPECT_EQ(result.out,
            factorwal({"query", "--data", dir(), "--factor", "up", "--format", "csv"}).out);
}

TEST_F(ToolTail, FollowBeginsWithAnEmptyLogAndTellsNewColumns) {
  auto wal = WalManager::open(dir()).value();
  FactorWalPersister persister(wal);
  Command tail(follow());
  ASSERT_TRUE(eventually([&] { return line_count(tail.out()) == 1; }));
  ASSERT_TRUE(persister.send_update("A", "x", 1, 1));
  ASSERT_TRUE(eventually([&] { return contains(tail.out(), "A,1,1\n"); })) << tail.out();
  ASSERT_TRUE(persister.send_update("A", "y", 2, 2));
  ASSERT_TRUE(eventually([&] { return contains(tail.out(), "A,2,,2\n"); })) << tail.out();
  tail.signal(SIGTERM);
  EXPECT_EQ(tail.wait().out,
            "instrument_id,timestamp_ns\n"
            "instrument_id,timestamp_ns,x\nA,1,1\n"
            "instrument_id,timestamp_ns,x,y\nA,2,,2\n");
}

TEST_F(ToolTail, FollowEndsWhenNobodyReadsAnyMore) {
  write_ticks(2);
  const auto result =
      Command({"bash", "-c",
               FACTORWAL_TOOL " tail --data '" + dir() + "' --follow --format csv | head -n 1"})
          .wait();
  EXPECT_EQ(result.status, 0);
  EXPECT_EQ(result.out, "instrument_id,timestamp_ns,ma2,up\n");
}

TEST_F(ToolTail, UnknownNamesAndDirectoriesAreErrors) {
  EXPECT_EQ(factorwal({"tail", "--data", dir()}).status, 1);
  write_ticks(2);
  const auto result = factorwal({"tail", "--data", dir(), "--factor", "upp"});
  EXPECT_EQ(result.status, 1);
  EXPECT_TRUE(contains(result.err, "(did you mean `up`?)")) << result.err;
}

}  // namespace
}  // namespace factorwal::test
