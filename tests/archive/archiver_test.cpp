/// The archiver on a log of an engine.

#include "factorwal/archive.h"

#include "archive/archive_fixture.h"
#include "archive/history_source.h"
#include "engine/engine_fixture.h"
#include "factorwal/archive_history.h"

namespace factorwal::test {
namespace {

constexpr const char* kFactorText =
    "factor mean = ts_mean(close, 7)\n"
    "factor z = (close - ts_mean(close, 7)) / ts_std(close, 11)\n";

RowTexts texts_of_log(const std::string& directory, const HistoryQuery& query = {}) {
  RowTexts texts;
  auto history = History::open(directory, query);
  EXPECT_TRUE(history.has_value());
  ColumnBatch batch;
  while (history->next(batch)) add_row_texts(batch, texts);
  EXPECT_TRUE(history->status());
  return texts;
}

RowTexts texts_of_archive(const std::string& directory, const HistoryQuery& query = {}) {
  RowTexts texts;
  auto history = ArchiveHistory::open(directory, query);
  EXPECT_TRUE(history.has_value()) << history.error().message;
  ColumnBatch batch;
  while (history->next(batch)) add_row_texts(batch, texts);
  EXPECT_TRUE(history->status());
  return texts;
}

class ArchiverTest : public EngineTest {
 protected:
  std::string data() const { return (dir_ / "data").string(); }
  std::string archive() const { return (dir_ / "data/archive").string(); }

  /// Ticks of two days and a half, all durable; the engine stays open.
  std::unique_ptr<Engine> run(std::size_t from, std::size_t to) {
    auto engine = open("data", FactorSet::parse(kFactorText, TickSchema::quotes()).value(), {});
    for (std::size_t i = from; i < to; ++i) {
      const auto& tick = ticks_[i % ticks_.size()];
      const TimestampNs time =
          TimestampNs{20'400} * 86'400'000'000'000 + static_cast<TimestampNs>(i) * 100'000'000'000;
      const auto result =
          engine->process_tick({engine->instrument(tick.instrument).value(), time, tick.fields});
      EXPECT_TRUE(result.accepted());
    }
    EXPECT_TRUE(engine->flush(std::chrono::seconds(60)));
    return engine;
  }

  std::vector<MadeTick> ticks_ = make_ticks(4000, 3, 11);
};

TEST_F(ArchiverTest, ArchivesBesideALiveWriterAndGoesOnLater) {
  auto engine = run(0, 1500);
  auto archiver = Archiver::open(data());
  ASSERT_TRUE(archiver.has_value()) << archiver.error().message;
  std::uint64_t calls = 0;
  auto report = archiver->archive_once([&](const ArchiveProgress&) { ++calls; });
  ASSERT_TRUE(report.has_value()) << report.error().message;
  EXPECT_EQ(report->rows, 1500U);
  EXPECT_EQ(calls, 1U);
  EXPECT_EQ(texts_of_archive(archive()), texts_of_log(data()));
  ASSERT_TRUE(engine->close());

  engine = run(1500, 2200);
  ASSERT_TRUE(engine->close());
  report = archiver->archive_once();
  ASSERT_TRUE(report.has_value()) << report.error().message;
  EXPECT_EQ(report->rows, 700U);
  EXPECT_EQ(texts_of_archive(archive()), texts_of_log(data()));
  const auto verified = verify_archive(archive(), data());
  ASSERT_TRUE(verified.has_value());
  EXPECT_TRUE(verified->intact());
  EXPECT_EQ(verified->compared_rows, 2200U);
  EXPECT_EQ(read_archive_mark(archive())->archived_sequence, archiver->archived_sequence());
}

TEST_F(ArchiverTest, AnEngineOpensADirectoryThatHoldsItsArchive) {
  ASSERT_TRUE(run(0, 500)->close());
  ASSERT_TRUE(Archiver::open(data())->archive_once());
  ASSERT_TRUE(run(500, 600)->close());
}

TEST_F(ArchiverTest, ADefinitionIsThatOfTheFactorSetInUse) {
  ASSERT_TRUE(run(0, 300)->close());
  archive::HistorySource source(data());
  const auto before = source.definitions(1, 300).value();
  ASSERT_EQ(before.size(), 1U);
  EXPECT_EQ(before[0].first, 1U);
  EXPECT_EQ(before[0].last, 300U);
  const auto made_by = [](const std::string& text, std::string_view factors) {
    return text.ends_with(FactorSet::parse(factors, TickSchema::quotes()).value().canonical_text());
  };
  EXPECT_TRUE(made_by(before[0].text, kFactorText)) << before[0].text;
  constexpr const char* kEdited = "factor mean = ts_mean(close, 9)\n";
  auto edited = open("data", FactorSet::parse(kEdited, TickSchema::quotes()).value(), {});
  feed(*edited, ticks_, 300, 320);
  ASSERT_TRUE(edited->close());
  const auto both = source.definitions(250, 320).value();
  ASSERT_EQ(both.size(), 2U);
  EXPECT_EQ(both[0].last, 300U);
  EXPECT_EQ(both[1].first, 301U);
  EXPECT_TRUE(made_by(both[1].text, kEdited)) << both[1].text;
}

TEST_F(ArchiverTest, FoldersAreTradingDaysAndStaySo) {
  ASSERT_TRUE(run(0, 3000)->close());
  ArchiveOptions options;
  options.days = TradingDays::parse("18:00 Asia/Shanghai").value();
  ASSERT_TRUE(Archiver::open(data(), options)->archive_once());
  // From Saturday, 2025-11-08 00:00 UTC on, 100 s apart: to Tuesday, 11:20 UTC.
  std::set<std::string> folders;
  for (const auto& entry : std::filesystem::directory_iterator(archive() + "/ticks"))
    folders.insert(entry.path().filename());
  EXPECT_EQ(folders, (std::set<std::string>{"day=2025-11-10", "day=2025-11-11", "day=2025-11-12"}));
  EXPECT_EQ(read_archive_mark(archive())->days.text(), "18:00 Asia/Shanghai");
  EXPECT_EQ(texts_of_archive(archive()), texts_of_log(data()));

  ASSERT_TRUE(run(3000, 3100)->close());
  ASSERT_TRUE(Archiver::open(data())->archive_once());  // as they are
  EXPECT_EQ(texts_of_archive(archive()), texts_of_log(data()));
  options.days = TradingDays();
  const auto refused = Archiver::open(data(), options);
  ASSERT_FALSE(refused.has_value());
  EXPECT_EQ(refused.error().code, Errc::kInvalidArgument);
}

TEST_F(ArchiverTest, ADirectoryWithoutALogGetsNoArchive) {
  const auto archiver = Archiver::open(dir_ / "nothing");
  ASSERT_FALSE(archiver.has_value());
  EXPECT_EQ(archiver.error().code, Errc::kNotFound);
}

TEST_F(ArchiverTest, StopEndsBeforeTheNextPart) {
  ASSERT_TRUE(run(0, 500)->close());
  const std::atomic<bool> stop = true;
  const auto report = Archiver::open(data())->archive_once({}, &stop);
  ASSERT_TRUE(report.has_value());
  EXPECT_TRUE(report->stopped);
  EXPECT_EQ(report->rows, 0U);
}

TEST_F(ArchiverTest, OneQueryHasTheSameRowsFromLogAndArchive) {
  ASSERT_TRUE(run(0, 2000)->close());
  ASSERT_TRUE(Archiver::open(data())->archive_once());
  HistoryQuery query;
  query.instruments = {ticks_[0].instrument};
  query.inputs = std::vector<std::string>{"last"};
  query.factors = std::vector<std::string>{"z"};
  query.from = TimestampNs{20'400} * 86'400'000'000'000 + 90'000'000'000'000;
  const auto texts = texts_of_archive(archive(), query);
  EXPECT_FALSE(texts.empty());
  EXPECT_EQ(texts, texts_of_log(data(), query));
}

}  // namespace
}  // namespace factorwal::test
