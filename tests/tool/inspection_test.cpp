// verify, recover and inspect.

#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <nlohmann/json.hpp>
#include <sstream>
#include <thread>

#include "tool/tool_fixture.h"

namespace factorwal::test {
namespace {

using Json = nlohmann::json;

class ToolInspection : public ToolTest {
 protected:
  Outcome run(const std::string& command, std::vector<std::string> more = {}) const {
    more.insert(more.begin(), {command, "--data", dir()});
    return factorwal(more);
  }
  Json run_json(const std::string& command) const {
    return Json::parse(run(command, {"--json"}).out);
  }
  static std::vector<Json> lines(const std::string& text) {
    std::vector<Json> list;
    std::istringstream stream(text);
    for (std::string line; std::getline(stream, line);) list.push_back(Json::parse(line));
    return list;
  }

  /// A directory as a kill leaves it, everything in it durable.
  void write_and_crash(int ticks) const {
    const auto writer = fork();
    if (writer == 0) {
      auto engine = open_engine();
      feed(*engine, ticks);
      if (!engine->flush(std::chrono::seconds(60))) _exit(1);
      kill(getpid(), SIGKILL);
    }
    int status = 0;
    ASSERT_EQ(waitpid(writer, &status, 0), writer);
    ASSERT_TRUE(WIFSIGNALED(status));
  }
};

TEST_F(ToolInspection, VerifyCountsWhatItRead) {
  write_ticks(100);
  const auto text = run("verify");
  EXPECT_EQ(text.status, 0);
  EXPECT_TRUE(text.out.starts_with("ok: 1 segment, ")) << text.out;
  EXPECT_TRUE(contains(text.out, "100 records")) << text.out;
  EXPECT_TRUE(contains(text.out, "closed in order")) << text.out;
  const auto json = run_json("verify");
  EXPECT_EQ(json["corrupt"], false);
  EXPECT_EQ(json["records"], 100);
  EXPECT_EQ(json["last_sequence"], 100);
  EXPECT_EQ(json["durable_sequence"], 100);
  EXPECT_EQ(json["clean"], true);
  EXPECT_EQ(json["findings"], Json::array());
}

TEST_F(ToolInspection, VerifyNamesDamageByPlaceAndExitsWith3) {
  write_ticks(10);
  damage(first_segment(), 4096 + 70);
  const auto text = run("verify");
  EXPECT_EQ(text.status, 3);
  EXPECT_TRUE(contains(text.out, "corrupt: " + first_segment() + ", offset 4096, ")) << text.out;
  EXPECT_TRUE(contains(text.out, "sequences 1 ")) << text.out;
  const auto json = run("verify", {"--json"});
  EXPECT_EQ(json.status, 3);
  const auto findings = Json::parse(json.out)["findings"];
  EXPECT_EQ(findings[0]["damage"], "corrupt");
  EXPECT_EQ(findings[0]["offset"], 4096);
  EXPECT_EQ(findings[0]["first_sequence"], 1);
}

TEST_F(ToolInspection, VerifyTellsWhichInstrumentsDamageHit) {
  {
    auto engine = open_engine();
    feed(*engine, 4);
    ASSERT_TRUE(engine->flush(std::chrono::seconds(10)));
    ASSERT_TRUE(engine->close());
  }
  {
    auto engine = open_engine();
    feed(*engine, 4, 4);
    ASSERT_TRUE(engine->close());
  }
  damage(first_segment(), 4096 + 70);
  EXPECT_TRUE(contains(run("verify").out, "hit: A, tick ")) << run("verify").out;
}

TEST_F(ToolInspection, EveryFlippedByteOfASmallClosedLogIsFound) {
  write({update("A", "x", 1, 1), update("A", "y", 2, 1), update("B", "x", 3, 2)});
  const auto true_rows = factorwal({"query", "--data", dir(), "--format", "csv"}).out;
  const auto end = log_end(dir());
  for (std::uint64_t at = 4096; at < end; at += 7) {
    damage(first_segment(), at);
    EXPECT_EQ(run("verify").status, 3) << "offset " << at;
    if (at % 3 == 0) {
      const auto rows = factorwal({"query", "--data", dir(), "--format", "csv"});
      EXPECT_EQ(rows.status, 3) << "offset " << at;
      std::istringstream stream(rows.out);
      for (std::string row; std::getline(stream, row);) {
        EXPECT_TRUE(contains(true_rows, row) || row == "instrument_id,timestamp_ns") << row;
      }
    }
    damage(first_segment(), at);
  }
  EXPECT_EQ(run("verify").status, 0);
}

TEST_F(ToolInspection, WhatACrashLeftBehindIsNoCorruption) {
  ASSERT_NO_FATAL_FAILURE(write_and_crash(10));
  EXPECT_EQ(run("verify").status, 0);
  EXPECT_TRUE(contains(run("verify").out, "not closed in order")) << run("verify").out;
  // A frame that was begun: its magic, and nothing more.
  std::fstream file(first_segment(), std::ios::binary | std::ios::in | std::ios::out);
  file.seekp(static_cast<std::streamoff>(log_end(dir())));
  file << "FWfr torn";
  file.close();
  const auto verified = run("verify");
  EXPECT_EQ(verified.status, 0) << verified.out;
  EXPECT_TRUE(contains(verified.out, "after a crash")) << verified.out;
  const auto recovered = run_json("recover");
  EXPECT_EQ(recovered["clean"], false);
  EXPECT_GT(recovered["discarded_bytes"], 0);
  EXPECT_EQ(recovered["records"]["tick"], 10);
  const auto rows = factorwal({"query", "--data", dir(), "--format", "csv"});
  EXPECT_EQ(rows.status, 0);
  EXPECT_EQ(line_count(rows.out), 11);
}

TEST_F(ToolInspection, AMissingDirectoryIsAFailureAndAMissingManifestCorruption) {
  EXPECT_EQ(run("verify").status, 1);
  EXPECT_EQ(run("recover").status, 1);
  EXPECT_EQ(factorwal({"inspect", dir()}).status, 1);
  write_ticks(1);
  std::filesystem::remove(dir() + "/MANIFEST");
  EXPECT_EQ(run("verify").status, 3);
  EXPECT_EQ(run("recover").status, 3);
}

TEST_F(ToolInspection, RecoverTellsWhatIsThere) {
  {
    auto engine = open_engine();
    feed(*engine, 4);
    ASSERT_TRUE(engine->checkpoint());
    feed(*engine, 1, 4);
    ASSERT_TRUE(engine->persister().send_vector_update("C", "v", std::vector{1.0, 2.0}, 3));
    ASSERT_TRUE(engine->close());
  }
  const auto json = run_json("recover");
  EXPECT_EQ(json["format_version"], 1);
  EXPECT_EQ(json["clean"], true);
  EXPECT_EQ(json["writer_pid"], 0);
  EXPECT_EQ(json["epoch"], 1);
  EXPECT_EQ(json["last_sequence"], 6);
  EXPECT_EQ(json["durable_sequence"], 6);
  EXPECT_EQ(json["records"]["tick"], 5);
  EXPECT_EQ(json["records"]["vector_update"], 1);
  EXPECT_EQ(json["position"], nullptr);
  EXPECT_EQ(json["discarded_bytes"], 0);
  ASSERT_EQ(json["instruments"].size(), 3U);
  const auto& a = json["instruments"][0];
  EXPECT_EQ(a["instrument_id"], "A");
  EXPECT_EQ(a["ticks"], 3);
  EXPECT_EQ(a["last_timestamp_ns"], 5'000'000'000);
  EXPECT_EQ(a["state"]["ordinal"], 2);
  EXPECT_EQ(a["values"]["ma2"], 13);
  EXPECT_EQ(json["instruments"][2]["values"]["v"], Json::parse("[1,2]"));

  const auto text = run("recover");
  EXPECT_EQ(text.status, 0);
  EXPECT_TRUE(contains(text.out, "closed in order")) << text.out;
  EXPECT_TRUE(contains(text.out, "5 tick")) << text.out;
  EXPECT_TRUE(contains(text.out, "last values")) << text.out;
  const auto engine = open_engine();
  EXPECT_EQ(json["replay_ticks"], engine->recovery().ticks_replayed) << "as the next open does";
}

TEST_F(ToolInspection, RecoverNamesTheLiveWriter) {
  auto engine = open_engine();
  feed(*engine, 2);
  ASSERT_TRUE(engine->flush(std::chrono::seconds(10)));
  EXPECT_EQ(run_json("recover")["writer_pid"], ::getpid());
  EXPECT_TRUE(contains(run("recover").out, "process " + std::to_string(::getpid())));
}

TEST_F(ToolInspection, RecoverExitsWith3OnDamage) {
  write_ticks(4);
  damage(first_segment(), 4096 + 70);
  const auto result = run("recover", {"--json"});
  EXPECT_EQ(result.status, 3);
  EXPECT_EQ(Json::parse(result.out)["findings"][0]["damage"], "corrupt");
}

TEST_F(ToolInspection, InspectShowsSegmentsFramesAndRecords) {
  write_ticks(3);
  const auto json = lines(factorwal({"inspect", dir(), "--json", "--records"}).out);
  ASSERT_GE(json.size(), 5U);
  EXPECT_EQ(json[0]["kind"], "segment");
  EXPECT_EQ(json[1]["kind"], "frame");
  EXPECT_EQ(json[1]["offset"], 4096);
  EXPECT_EQ(json[1]["first_sequence"], 1);
  EXPECT_EQ(json[2]["kind"], "record");
  EXPECT_EQ(json[2]["type"], "tick");
  EXPECT_EQ(json[2]["fields"]["close"], 10);
  EXPECT_EQ(json[2]["factors"]["ma2"], nullptr);
  EXPECT_EQ(json.back()["frame_kind"], "close");

  const auto text = factorwal({"inspect", dir(), "--records"});
  EXPECT_EQ(text.status, 0);
  EXPECT_TRUE(contains(text.out, "3 tick A 1970-01-01T00:00:03Z #2 close=12 volume=100 -> ma2=11"))
      << text.out;
  EXPECT_TRUE(contains(text.out, "close, ")) << text.out;
}

TEST_F(ToolInspection, InspectShowsWhereTheLastTwoGenerationsBegin) {
  for (int round = 0; round < 3; ++round) {  // a segment and a generation each
    auto engine = open_engine();
    feed(*engine, 4, 4 * round);
    ASSERT_TRUE(engine->checkpoint());
    ASSERT_TRUE(engine->close());
  }
  const int starts[][2] = {{0, 0}, {1, 0}, {2, 1}};  // each header knows the generations before it
  const auto json = lines(factorwal({"inspect", dir(), "--json"}).out);
  ASSERT_GE(json.size(), 3U);
  for (std::size_t i = 0; i < 3; ++i) {
    EXPECT_EQ(json[i]["replay_start"], starts[i][0]) << json[i];
    EXPECT_EQ(json[i]["replay_fallback"], starts[i][1]) << json[i];
    EXPECT_GT(json[i]["created_ns"], 1'600'000'000'000'000'000) << json[i];
  }
  const auto text = factorwal({"inspect", dir()});
  EXPECT_TRUE(contains(text.out, "  2, 1")) << text.out;
}

TEST_F(ToolInspection, InspectReadsOneSegmentByItself) {
  write_ticks(3);
  std::filesystem::copy_file(first_segment(), path("lone.seg"));
  const auto result = factorwal({"inspect", path("lone.seg"), "--json", "--records"});
  EXPECT_EQ(result.status, 0) << result.err;
  std::size_t records = 0;
  for (const auto& line : lines(result.out)) records += line["kind"] == "record" ? 1 : 0;
  EXPECT_EQ(records, 3U);
  std::ofstream(path("none.seg")) << "no segment";
  EXPECT_EQ(factorwal({"inspect", path("none.seg")}).status, 3);
}

TEST_F(ToolInspection, InspectShowsBadPlacesInHexAndVoidBytes) {
  write_ticks(3);
  damage(first_segment(), 4096 + 70);
  {  // behind the close mark
    std::fstream file(first_segment(), std::ios::binary | std::ios::in | std::ios::out);
    file.seekp(static_cast<std::streamoff>(log_end(dir()) + 8));
    file << "left over";
  }
  const auto text = factorwal({"inspect", dir()});
  EXPECT_TRUE(contains(text.out, "  4096  bad, ")) << text.out;
  EXPECT_TRUE(contains(text.out, "46576672")) << text.out;  // "FWfr"
  EXPECT_TRUE(contains(text.out, "void, 17 bytes")) << text.out;
}

TEST_F(ToolInspection, InspectLimitsFrames) {
  write_ticks(3);
  const auto limited = lines(factorwal({"inspect", dir(), "--json", "--limit", "1"}).out);
  EXPECT_EQ(limited.size(), 2U);
}

TEST_F(ToolInspection, EveryCommandWorksBesideALiveWriter) {
  EngineOptions options;
  options.log.segment_bytes = 64 << 10;  // many rotations
  options.snapshot_every = 500;
  auto engine = open_engine(options);
  feed(*engine, 100);
  ASSERT_TRUE(engine->flush(std::chrono::seconds(10)));
  std::atomic<bool> stop{false};
  std::thread writer([&] {
    for (int i = 100; !stop; i += 100) {
      feed(*engine, 100, i);
      ::usleep(5000);
    }
  });
  for (int round = 0; round < 5; ++round) {
    const auto verified = run("verify");
    EXPECT_EQ(verified.status, 0) << verified.out << verified.err;
    const auto durable = engine->durable_sequence();
    const auto rows = factorwal({"query", "--data", dir(), "--format", "csv"});
    EXPECT_EQ(rows.status, 0) << rows.err;
    EXPECT_GE(static_cast<Sequence>(line_count(rows.out) - 1), durable);
    EXPECT_EQ(factorwal({"tail", "--data", dir()}).status, 0);
    EXPECT_EQ(run("recover", {"--json"}).status, 0);
    EXPECT_EQ(factorwal({"inspect", dir(), "--limit", "5"}).status, 0);
  }
  stop = true;
  writer.join();
  ASSERT_TRUE(engine->close());
}

}  // namespace
}  // namespace factorwal::test
