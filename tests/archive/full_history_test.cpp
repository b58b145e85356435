/// Archive and log give one answer, wherever a row lies.

#include "factorwal/full_history.h"

#include <filesystem>
#include <thread>

#include "archive/archive_fixture.h"
#include "engine/engine_fixture.h"
#include "factorwal/archive.h"
#include "factorwal/operators/missing.h"
#include "factorwal/reader.h"
#include "factorwal/retention.h"

namespace factorwal::test {
namespace {

constexpr const char* kFirstText =
    "factor mean = ts_mean(close, 7)\n"
    "factor z = (close - ts_mean(close, 7)) / ts_std(close, 11)\n";
/// Edited: a factor has the name of an input, one is new, one is gone.
constexpr const char* kEditedText =
    "factor mean = ts_mean(close, 9)\n"
    "factor volume = ts_sum(volume, 3)\n";

constexpr TimestampNs kFirstTime = TimestampNs{20'400} * 86'400'000'000'000;
constexpr TimestampNs kStepNs = 10'000'000'000;  // 20,000 ticks: two days and a half

/// Rows as texts, in the order in which they come; with the names of their columns.
struct Answer {
  RowTexts rows;
  std::vector<std::string> names;
  bool in_order = true;
  friend bool operator==(const Answer&, const Answer&) = default;
};

Answer answer_of(BatchStream& stream) {
  Answer answer;
  for (const auto& column : stream.no_rows().columns) answer.names.push_back(column.name);
  ColumnBatch batch;
  Sequence last = 0;
  while (stream.next(batch)) {
    for (const auto sequence : batch.sequences) {
      answer.in_order = answer.in_order && sequence > last;
      last = sequence;
    }
    for (std::size_t i = 0; i < batch.columns.size(); ++i) {
      EXPECT_EQ(batch.columns[i].name, answer.names[i]);
    }
    add_row_texts(batch, answer.rows);
  }
  EXPECT_TRUE(stream.status()) << stream.status().error().message;
  EXPECT_EQ(stream.cut_records(), 0U);
  return answer;
}

class FullHistoryTest : public EngineTest {
 protected:
  std::string data() const { return (dir_ / "data").string(); }

  std::unique_ptr<Engine> run(const char* factors, std::size_t from, std::size_t to) {
    EngineOptions options;
    options.log.segment_bytes = std::uint64_t{64} << 10;
    options.snapshot_every = 1000;
    auto engine = open("data", FactorSet::parse(factors, TickSchema::quotes()).value(), options);
    send(*engine, from, to);
    EXPECT_TRUE(engine->flush(std::chrono::seconds(60)));
    return engine;
  }
  /// Those of `to_durable` on are in the page cache alone when the process is killed.
  void run_until_killed(const char* factors, std::size_t to_durable, std::size_t to) {
    EngineOptions options;
    options.persist.enable_group_commit = false;
    options.persist.sync_interval_ms = 10'000'000;
    {
      auto engine = open("data", FactorSet::parse(factors, TickSchema::quotes()).value(), options);
      send(*engine, 0, to_durable);
      EXPECT_TRUE(engine->flush(std::chrono::seconds(60)));
      send(*engine, to_durable, to);
      while (engine->persister().marks().written < engine->persister().marks().accepted)
        std::this_thread::sleep_for(std::chrono::milliseconds(1));
      std::filesystem::copy(data(), dir_ / "killed", std::filesystem::copy_options::recursive);
    }
    std::filesystem::remove_all(data());
    std::filesystem::rename(dir_ / "killed", data());
  }
  void send(Engine& engine, std::size_t from, std::size_t to) {
    for (std::size_t i = from; i < to; ++i) {
      const auto& tick = ticks_[i];
      const auto time = kFirstTime + static_cast<TimestampNs>(i) * kStepNs;
      EXPECT_TRUE(
          engine.process_tick({engine.instrument(tick.instrument).value(), time, tick.fields})
              .accepted());
      if (i % 10 == 0) {
        EXPECT_TRUE(engine.persister().send_update(tick.instrument, "own", 1.5, time));
        EXPECT_TRUE(engine.persister().send_update(tick.instrument, "other", kMissing, time));
      }
      if (i % 100 == 0) {
        const std::vector<double> values{1, kMissing, -0.0};
        EXPECT_TRUE(engine.persister().send_vector_update(tick.instrument, "v", values, time));
      }
      if (i % 500 == 0) {
        const FactorValues values{{"own", 2.5}, {"z", kMissing}};
        EXPECT_TRUE(engine.persister().send_snapshot(tick.instrument, values, i));
      }
    }
  }

  void archive() {
    auto archiver = Archiver::open(data());
    ASSERT_TRUE(archiver.has_value()) << archiver.error().message;
    const auto done = archiver->archive_once();
    ASSERT_TRUE(done.has_value()) << done.error().message;
  }
  void cut() {
    RetentionLimits limits;
    limits.bytes = 1;
    const auto done = apply_retention(data(), limits);
    ASSERT_TRUE(done.has_value()) << done.error().message;
    ASSERT_GT(done->plan.cut, 0U);
  }

  std::vector<HistoryQuery> queries() const {
    std::vector<HistoryQuery> all;
    for (const auto set : archive::kDataSets) {
      HistoryQuery query;
      query.data_set = set;
      all.push_back(query);
      query.instruments = {ticks_[0].instrument};
      query.batch_rows = 77;
      all.push_back(query);
      query.from = kFirstTime + 3000 * kStepNs;
      query.to = kFirstTime + 12'000 * kStepNs;
      all.push_back(query);
      query.instruments.clear();
      query.first_sequence = 2000;
      query.last_sequence = 15'000;
      all.push_back(query);
      query.factors = std::vector<std::string>{"volume", "z", "own"};
      all.push_back(query);
    }
    return all;
  }
  std::vector<Answer> answers_of_log() const {
    std::vector<Answer> all;
    for (const auto& query : queries()) {
      auto history = History::open(data(), query);
      EXPECT_TRUE(history.has_value());
      all.push_back(answer_of(*history));
    }
    return all;
  }
  std::vector<Answer> answers() const {
    std::vector<Answer> all;
    for (const auto& query : queries()) {
      auto history = FullHistory::open(data(), query);
      EXPECT_TRUE(history.has_value()) << history.error().message;
      if (history) all.push_back(answer_of(*history));
    }
    return all;
  }

  std::vector<MadeTick> ticks_ = make_ticks(20'000, 5, 11);
};

TEST_F(FullHistoryTest, GivesWhatTheLogAloneGaveWhereverARowLies) {
  ASSERT_TRUE(run(kFirstText, 0, 8000)->close());
  ASSERT_NO_FATAL_FAILURE(archive());
  ASSERT_TRUE(run(kEditedText, 8000, 16'000)->close());
  const auto expected = answers_of_log();
  for (const auto& answer : expected) EXPECT_TRUE(answer.in_order);
  EXPECT_EQ(expected[0].rows.size(), 16'000U);
  EXPECT_EQ(answers(), expected);  // a part of it is archived, and still in the log
  ASSERT_NO_FATAL_FAILURE(cut());
  EXPECT_EQ(answers(), expected);
  ASSERT_NO_FATAL_FAILURE(archive());
  EXPECT_EQ(answers(), expected);
  EXPECT_TRUE(verify_archive(data() + "/archive", data())->intact());
}

TEST_F(FullHistoryTest, WhatIsArchivedAndCutWhileItReadsIsReadFromTheArchive) {
  ASSERT_TRUE(run(kFirstText, 0, 3000)->close());
  ASSERT_NO_FATAL_FAILURE(archive());
  ASSERT_TRUE(run(kFirstText, 3000, 16'000)->close());
  const auto expected = answers_of_log();
  const auto reader = Reader::open(data());
  ASSERT_TRUE(reader.has_value());
  std::vector<FullHistory> streams;
  for (const auto& query : queries()) streams.push_back(FullHistory::open(*reader, query).value());
  // Some rows are read before, some behind.
  std::vector<ColumnBatch> first(streams.size());
  std::vector<bool> found;
  for (std::size_t i = 0; i < streams.size(); ++i)
    found.push_back(static_cast<bool>(streams[i].next(first[i])));
  ASSERT_NO_FATAL_FAILURE(archive());
  ASSERT_TRUE(run(kFirstText, 16'000, 20'000)->close());  // behind the look
  ASSERT_NO_FATAL_FAILURE(archive());
  ASSERT_NO_FATAL_FAILURE(cut());
  for (std::size_t i = 0; i < streams.size(); ++i) {
    auto answer = answer_of(streams[i]);
    if (found[i]) add_row_texts(first[i], answer.rows);
    EXPECT_EQ(answer, expected[i]) << i;
  }
}

// Failure: the archive has what was durable, and what was not was taken for cut with its segment.
TEST_F(FullHistoryTest, WhatAnOpenWritesAgainBehindTheLookIsReadWhereItIs) {
  ASSERT_NO_FATAL_FAILURE(run_until_killed(kFirstText, 300, 600));
  const auto expected = answers_of_log();
  const auto reader = Reader::open(data());
  ASSERT_TRUE(reader.has_value());
  ASSERT_LT(reader->durable_sequence(), reader->last_sequence());
  ASSERT_NO_FATAL_FAILURE(archive());
  // Two open ends, so that nothing needs the segment that was killed.
  ASSERT_TRUE(run(kFirstText, 600, 3000)->close());
  ASSERT_TRUE(run(kFirstText, 3000, 6000)->close());
  ASSERT_NO_FATAL_FAILURE(cut());
  ASSERT_GT(Reader::open(data())->first_sequence(), 1U);
  ASSERT_LE(Reader::open(data())->first_sequence(), reader->last_sequence());
  const auto all = queries();
  for (std::size_t i = 0; i < all.size(); ++i) {
    auto history = FullHistory::open(*reader, all[i]);
    ASSERT_TRUE(history.has_value()) << history.error().message;
    EXPECT_EQ(answer_of(*history), expected[i]) << i;
  }
}

TEST_F(FullHistoryTest, WithoutSequencesTheRowsAreTheSame) {
  ASSERT_TRUE(run(kFirstText, 0, 3000)->close());
  ASSERT_TRUE(run(kFirstText, 3000, 8000)->close());
  ASSERT_NO_FATAL_FAILURE(archive());
  ASSERT_NO_FATAL_FAILURE(cut());
  HistoryQuery query;
  query.sequences = false;
  auto history = FullHistory::open(data(), query);
  ASSERT_TRUE(history.has_value());
  EXPECT_FALSE(history->no_rows().has_sequences);
  ColumnBatch batch;
  std::size_t rows = 0;
  while (history->next(batch)) {
    EXPECT_FALSE(batch.has_sequences);
    EXPECT_TRUE(batch.sequences.empty());
    rows += batch.row_count();
  }
  EXPECT_EQ(rows, 8000U);
}

TEST_F(FullHistoryTest, TheArchiveOfAnotherLogIsRefusedAndAMissingOneNotNoticed) {
  ASSERT_TRUE(run(kFirstText, 0, 100)->close());
  EXPECT_EQ(answers(), answers_of_log());
  ASSERT_NO_FATAL_FAILURE(archive());
  FullHistoryOptions options;
  options.archive_directory = data() + "/archive";
  auto other = open("other");
  ASSERT_TRUE(other->close());
  const auto history = FullHistory::open((dir_ / "other").string(), {}, options);
  ASSERT_FALSE(history.has_value());
  EXPECT_EQ(history.error().code, Errc::kInvalidArgument);
  EXPECT_NE(history.error().message.find("another log"), std::string::npos);
}

// Failure: every value of every row was missing in an answer beside a writer that cut quickly.
// Cause: the columns were asked of the last segment of the look, which was gone by then. Cure: of a
// new look, since each segment has the names of all before it.
TEST_F(FullHistoryTest, ALookOfWhichEverythingIsCutKnowsItsNamesAndColumns) {
  ASSERT_TRUE(run(kFirstText, 0, 3000)->close());
  const auto expected = answers_of_log();
  const auto reader = Reader::open(data());
  ASSERT_NO_FATAL_FAILURE(archive());
  ASSERT_TRUE(run(kFirstText, 3000, 8000)->close());
  ASSERT_TRUE(run(kFirstText, 8000, 12'000)->close());
  ASSERT_NO_FATAL_FAILURE(archive());
  ASSERT_NO_FATAL_FAILURE(cut());
  ASSERT_GT(Reader::open(data())->first_sequence(), reader->last_sequence());
  const auto names = reader->names(reader->last_sequence()).value();
  EXPECT_EQ(names.instruments.size(), 5U);
  EXPECT_EQ(names.layouts.size(), 1U);
  std::vector<Answer> found;
  for (const auto& query : queries()) {
    auto history = FullHistory::open(*reader, query);
    ASSERT_TRUE(history.has_value()) << history.error().message;
    found.push_back(answer_of(*history));
  }
  EXPECT_EQ(found, expected);
}

// Failure: rows that are in an archive only were left out without a word where that was not found.
TEST_F(FullHistoryTest, AnArchiveThatIsNotThereIsAskedFor) {
  ASSERT_TRUE(run(kFirstText, 0, 3000)->close());
  ASSERT_TRUE(run(kFirstText, 3000, 8000)->close());
  ASSERT_NO_FATAL_FAILURE(archive());
  ASSERT_NO_FATAL_FAILURE(cut());
  std::filesystem::rename(data() + "/archive", dir_ / "elsewhere");
  const auto history = FullHistory::open(data());
  ASSERT_FALSE(history.has_value());
  EXPECT_EQ(history.error().code, Errc::kNotFound);
  HistoryQuery late;
  late.first_sequence = Reader::open(data())->first_sequence();
  EXPECT_TRUE(FullHistory::open(data(), late).has_value());
  FullHistoryOptions options;
  options.archive_directory = (dir_ / "elsewhere").string();
  EXPECT_TRUE(FullHistory::open(data(), {}, options).has_value());
}

// Failure: a log that was put back to an earlier state had rows of the lost future in its answers,
// and what was written instead counted as archived.
TEST_F(FullHistoryTest, AnArchiveOfALaterStateOfTheLogIsRefused) {
  ASSERT_TRUE(run(kFirstText, 0, 1000)->close());
  std::filesystem::copy(data(), dir_ / "saved", std::filesystem::copy_options::recursive);
  ASSERT_TRUE(run(kFirstText, 1000, 2000)->close());
  ASSERT_NO_FATAL_FAILURE(archive());
  std::filesystem::rename(data() + "/archive", dir_ / "archive");
  std::filesystem::remove_all(data());
  std::filesystem::rename(dir_ / "saved", data());
  std::filesystem::rename(dir_ / "archive", data() + "/archive");
  const auto archiver = Archiver::open(data());
  ASSERT_FALSE(archiver.has_value());
  EXPECT_EQ(archiver.error().code, Errc::kCorruption);
  const auto history = FullHistory::open(data());
  ASSERT_FALSE(history.has_value());
  EXPECT_EQ(history.error().code, Errc::kCorruption);
}

TEST_F(FullHistoryTest, AnArchiveThatLacksWhatTheLogHasCutIsNoAnswer) {
  ASSERT_TRUE(run(kFirstText, 0, 200)->close());
  ASSERT_NO_FATAL_FAILURE(archive());
  std::filesystem::copy(data() + "/archive", dir_ / "old",
                        std::filesystem::copy_options::recursive);
  ASSERT_TRUE(run(kFirstText, 200, 6000)->close());  // each run begins with a segment of its own
  ASSERT_TRUE(run(kFirstText, 6000, 12'000)->close());
  ASSERT_NO_FATAL_FAILURE(archive());
  ASSERT_NO_FATAL_FAILURE(cut());
  const auto old = read_archive_mark((dir_ / "old").string()).value().archived_sequence;
  ASSERT_GT(Reader::open(data())->first_sequence(), old + 1);
  FullHistoryOptions options;
  options.archive_directory = (dir_ / "old").string();
  const auto history = FullHistory::open(data(), {}, options);
  ASSERT_FALSE(history.has_value());
  EXPECT_EQ(history.error().code, Errc::kCorruption);
}

TEST_F(FullHistoryTest, AnArchiveThatHasLostItsManifestIsNoAnswer) {
  ASSERT_TRUE(run(kFirstText, 0, 200)->close());
  ASSERT_NO_FATAL_FAILURE(archive());
  std::filesystem::remove(data() + "/archive/MANIFEST.json");
  const auto history = FullHistory::open(data());
  ASSERT_FALSE(history.has_value());
  EXPECT_EQ(history.error().code, Errc::kCorruption);
}

}  // namespace
}  // namespace factorwal::test
