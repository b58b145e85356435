// `factorwal recover` says what the next open finds and does: the open then does it.

#include <sys/wait.h>

#include <nlohmann/json.hpp>
#include <thread>

#include "tool/tool_fixture.h"
#include "wal/reading/log_reader.h"

namespace factorwal::test {
namespace {

using Json = nlohmann::json;

class ToolRecover : public ToolTest {
 protected:
  static FactorSet factors() {
    const auto schema = TickSchema::make({"close", "volume"}).value();
    return FactorSet::parse("factor ma2 = ts_mean(close, 2)\nfactor slow = ema(close, 9)\n", schema)
        .value();
  }
  static EngineOptions options(OnCorruption on_corruption = OnCorruption::kRefuse) {
    auto options = any_time();
    options.log.on_corruption = on_corruption;
    options.persist.channel = ChannelKind::kFile;
    options.persist.adaptive = false;
    options.persist.batch_size = 100'000;
    options.persist.max_delay_ms = 60'000;
    return options;
  }
  Result<std::unique_ptr<Engine>> open(OnCorruption on_corruption = OnCorruption::kRefuse) const {
    return Engine::open(dir(), factors(), options(on_corruption));
  }
  static void feed(Engine& engine, int begin, int end) {
    for (int i = begin; i < end; ++i) {
      const auto handle = engine.instrument(i % 2 == 0 ? "A" : "B").value();
      const auto row = static_cast<std::uint64_t>(i + 1);
      const std::vector<double> values{10.0 + i, 100.0};
      ASSERT_TRUE(engine.process_tick({handle, (i + 1) * kSecondNs, values},
                                      std::as_bytes(std::span(&row, 1))));
    }
  }
  /// A process that is killed with 30 ticks in the log, in three commits, and 10 in its ring only.
  void kill_writer() const {
    const pid_t child = fork();
    if (child == 0) {
      auto engine = open().value();
      for (int begin = 0; begin < 30; begin += 10) {
        feed(*engine, begin, begin + 10);
        engine->flush(std::chrono::seconds(60)).value();
      }
      feed(*engine, 30, 40);
      ::kill(getpid(), SIGKILL);
    }
    int status = 0;
    ASSERT_EQ(waitpid(child, &status, 0), child);
    ASSERT_TRUE(WIFSIGNALED(status)) << status;
  }
  [[nodiscard]] std::string ring() const {
    for (const auto& entry : std::filesystem::directory_iterator(dir())) {
      if (entry.path().extension() == ".ring") return entry.path();
    }
    return {};
  }
  /// Where the frame with the record of that sequence is.
  [[nodiscard]] std::uint64_t frame_with(Sequence sequence) const {
    wal::NameTable names;
    auto view = wal::open_log_view(posix_file_system(), dir()).value();
    wal::LogReader reader(posix_file_system(), view, names);
    while (reader.next_frame().value()) {
      const auto& header = reader.frame_header();
      if (header.record_count > 0 && header.first_sequence <= sequence &&
          header.last_sequence() >= sequence) {
        return reader.frame_offset();
      }
    }
    return 0;
  }
  Outcome recover() const { return factorwal({"recover", "--data", dir(), "--json"}); }
  /// What does not depend on when and by whom it was made.
  static Json essence(const std::string& certificate) {
    auto json = Json::parse(certificate);
    for (const auto* key :
         {"look_time", "replay_time", "write_time", "total_time", "epoch", "on_corruption",
          "decision", "refusal", "rewritten_first", "rewritten_last", "directory"}) {
      json.erase(key);
    }
    return json;
  }
};

TEST_F(ToolRecover, CountsInWhatARingHolds) {
  ASSERT_NO_FATAL_FAILURE(kill_writer());
  const auto told = recover();
  ASSERT_EQ(told.status, 0) << told.err;
  const auto json = Json::parse(told.out);
  EXPECT_EQ(json["position"]["hex"], "2800000000000000") << "row 40";
  EXPECT_EQ(json["replay_ticks"], 40);
  EXPECT_EQ(json["certificate"]["rings"][0]["drained"], 10);
  EXPECT_EQ(json["certificate"]["accepted"], 40);
  const auto engine = open();
  ASSERT_TRUE(engine) << engine.error().message;
  EXPECT_EQ(essence(json["certificate"].dump()), essence((*engine)->certificate().to_json()));
}

TEST_F(ToolRecover, ForeseesWhomARingBehindTheDamageShowsToBeHit) {
  ASSERT_NO_FATAL_FAILURE(kill_writer());
  damage(first_segment(), frame_with(21) + 60);
  const auto told = recover();
  EXPECT_EQ(told.status, 3);
  const auto json = Json::parse(told.out)["certificate"];
  EXPECT_EQ(json["decision"], "refuse: corrupt");
  EXPECT_FALSE(json["refusal"].get<std::string>().empty());
  EXPECT_EQ(json["refed_by_source"], false);
  EXPECT_EQ(json["lost_records"], 10);
  ASSERT_EQ(json["hit"].size(), 2U) << json["hit"];
  for (const auto& hit : json["hit"]) {
    EXPECT_EQ(hit["evidence"], "gap");
    EXPECT_EQ(hit["lost_ticks"], 5);
  }
  const auto engine = open(OnCorruption::kQuarantine);
  ASSERT_TRUE(engine) << engine.error().message;
  EXPECT_EQ(essence(json.dump()), essence((*engine)->certificate().to_json()));
}

TEST_F(ToolRecover, NamesWhatAnEarlierQuarantineHasLeftMissing) {
  ASSERT_NO_FATAL_FAILURE(kill_writer());
  damage(first_segment(), frame_with(11) + 60);
  {
    const auto engine = open(OnCorruption::kQuarantine);
    ASSERT_TRUE(engine) << engine.error().message;
    ASSERT_TRUE((*engine)->close());
  }
  const auto json = Json::parse(recover().out)["certificate"];
  EXPECT_EQ(json["hit"].size(), 0U) << "of the next open: nobody";
  ASSERT_EQ(json["missing"].size(), 2U);
  for (const auto& missing : json["missing"]) {
    EXPECT_EQ(missing["factors"], Json::parse(R"(["slow"])"));
    EXPECT_GT(missing["since"], 0);
  }
  const auto text = factorwal({"recover", "--data", dir()});
  EXPECT_TRUE(contains(text.out, "missing       A: slow; since sequence ")) << text.out;
}

TEST_F(ToolRecover, KnowsTheFactorsByARingWhenTheLogHasNoTick) {
  const pid_t child = fork();
  if (child == 0) {
    auto engine = open().value();
    feed(*engine, 0, 10);
    ::kill(getpid(), SIGKILL);
  }
  int status = 0;
  ASSERT_EQ(waitpid(child, &status, 0), child);
  const auto json = Json::parse(recover().out)["certificate"];
  EXPECT_EQ(json["instruments"], 2);
  const auto engine = open();
  ASSERT_TRUE(engine) << engine.error().message;
  EXPECT_EQ(essence(json.dump()), essence((*engine)->certificate().to_json()));
}

TEST_F(ToolRecover, CountsInARingOfUpdatesBehindALogOfUpdates) {
  const pid_t child = fork();
  if (child == 0) {
    auto wal = WalManager::open(dir()).value();
    auto persister = FactorWalPersister(wal, options().persist);
    persister.send_update("A", "f", 1, 1).value();
    persister.flush(std::chrono::seconds(60)).value();
    persister.send_update("A", "f", 2, 2).value();
    ::kill(getpid(), SIGKILL);
  }
  int status = 0;
  ASSERT_EQ(waitpid(child, &status, 0), child);
  const auto told = recover();
  EXPECT_EQ(told.status, 0) << told.err;
  EXPECT_EQ(Json::parse(told.out)["certificate"]["rings"][0]["drained"], 1);
}

TEST_F(ToolRecover, KnowsTheFactorsByTheirStatesWhenEveryTickIsLost) {
  {
    const auto engine = open().value();
    feed(*engine, 0, 10);
    ASSERT_TRUE(engine->close());
  }
  {
    const auto engine = open().value();  // goes on in a new segment
    ASSERT_TRUE(engine->checkpoint());
    ASSERT_TRUE(engine->close());
  }
  damage(first_segment(), frame_with(1) + 60);
  const auto json = Json::parse(recover().out)["certificate"];
  EXPECT_EQ(json["instruments"], 2);
  EXPECT_EQ(json["position"], "0a00000000000000");
}

// Its frames cannot be read without the names that were damaged; names that come later change
// nothing.
TEST_F(ToolRecover, WhatAnOpenHasGivenUpStaysLostToReaders) {
  {
    const auto engine = open().value();
    for (int begin = 0; begin < 30; begin += 10) {
      feed(*engine, begin, begin + 10);
      ASSERT_TRUE(engine->flush(std::chrono::seconds(60)));
    }
    ASSERT_TRUE(engine->close());
  }
  const auto first = frame_with(1);
  const auto second = frame_with(11);
  damage(first_segment(), first + 60);
  damage(first_segment(), second + 60);
  {
    const auto engine = open(OnCorruption::kQuarantine);
    ASSERT_TRUE(engine) << engine.error().message;
    EXPECT_EQ((*engine)->certificate().lost_records, 30U);
    feed(**engine, 0, 30);
    ASSERT_TRUE((*engine)->close());
  }
  const auto rows = factorwal({"query", "--data", dir(), "--format", "csv"});
  EXPECT_EQ(rows.status, 3);
  EXPECT_EQ(line_count(rows.out), 1 + 30) << rows.out;
}

TEST_F(ToolRecover, ExitsWith3WhereTheNextOpenDoesForItsRings) {
  ASSERT_NO_FATAL_FAILURE(kill_writer());
  const auto expect_refusal = [&](const std::string& file) {
    const auto refused = open();
    ASSERT_FALSE(refused);
    EXPECT_EQ(refused.error().code, Errc::kCorruption);
    EXPECT_TRUE(contains(refused.error().message, file)) << refused.error().message;
    for (const auto* command : {"recover", "verify"}) {
      const auto told = factorwal({command, "--data", dir()});
      EXPECT_EQ(told.status, 3) << command;
      EXPECT_TRUE(contains(told.out + told.err, file)) << command << "\n" << told.out << told.err;
      EXPECT_TRUE(contains(told.out + told.err, "refused")) << command;
    }
  };
  damage(ring(), 40);
  ASSERT_NO_FATAL_FAILURE(expect_refusal(ring()));
  damage(ring(), 40);  // as it was
  EXPECT_EQ(factorwal({"verify", "--data", dir()}).status, 0);
  damage(dir() + "/RINGS", 20);
  ASSERT_NO_FATAL_FAILURE(expect_refusal("RINGS"));
}

TEST_F(ToolRecover, AndRingsCountOnTheLogsMarksWhenTheListIsGone) {
  ASSERT_NO_FATAL_FAILURE(kill_writer());
  std::filesystem::remove(dir() + "/RINGS");
  const auto listed = Json::parse(factorwal({"rings", "--data", dir(), "--json"}).out);
  for (const auto& one : listed["rings"]) {
    if (one["path"] == ring()) {
      EXPECT_EQ(one["verdict"], "needed");
      EXPECT_EQ(one["not_logged"], 10);
    }
  }
  const auto told = recover();
  EXPECT_EQ(told.status, 4) << told.err;
  EXPECT_TRUE(contains(told.err, dir() + "/RINGS is missing: accepted records may be lost"))
      << told.err;
  const auto json = Json::parse(told.out)["certificate"];
  EXPECT_EQ(json["perfect"], false);
  ASSERT_EQ(json["rings"].size(), 2U);
  EXPECT_EQ(json["rings"][0]["verdict"], "missing");
  EXPECT_EQ(json["rings"][0]["path"], dir() + "/RINGS");
  EXPECT_TRUE(json["rings"][0]["lost"].is_null()) << "nobody knows";
  EXPECT_EQ(json["rings"][1]["drained"], 10);
  const auto engine = open();
  ASSERT_TRUE(engine) << engine.error().message;
  EXPECT_EQ(essence(json.dump()), essence((*engine)->certificate().to_json()));
}

}  // namespace
}  // namespace factorwal::test
