// A history over edits of the factor set, as engines leave it in real directories.
#include <cmath>
#include <filesystem>
#include <tuple>

#include "factorwal/history.h"
#include "factorwal/reader.h"
#include "history/history_rows.h"
#include "history/logged_run.h"

namespace factorwal::test {
namespace {

class EditedHistory : public LoggedRun {
 protected:
  void SetUp() override {
    write(kFactors, 0, 1500, 100);
    write("factor mean = ts_mean(close, 7)\nfactor fresh = ts_max(close, 3)\n", 1500, 3000);
    write(kFactors, 3000, 4000);
  }
  [[nodiscard]] std::string log() const { return (dir_ / "data").string(); }
};

TEST_F(EditedHistory, HasOneSetOfColumnsAndEveryRow) {
  auto history = History::open(log()).value();
  std::vector<std::string> factors;
  for (const auto& column : history.no_rows().columns) {
    if (column.is_factor) factors.push_back(column.name);
  }
  EXPECT_EQ(factors, (std::vector<std::string>{"mean", "dif", "dea", "hist", "z", "mid", "fresh"}));
  std::vector<std::string> rows;
  ColumnBatch batch;
  while (history.next(batch)) {
    EXPECT_EQ(batch.columns.size(), history.no_rows().columns.size());
    for (std::size_t i = 0; i < batch.row_count(); ++i) rows.push_back(batch_row(batch, i));
  }
  ASSERT_TRUE(history.status());
  EXPECT_EQ(rows, expected_rows(posix_file_system(), view(), {}).rows);
  EXPECT_EQ(rows.size(), 4000U);
  EXPECT_EQ(history.last_sequence(), 4000U);
}

TEST_F(EditedHistory, AFactorIsMissingWhereTheSetLackedIt) {
  HistoryQuery query;
  query.inputs.emplace();
  query.factors = {"fresh", "nobody"};
  auto history = History::open(log(), query).value();
  ColumnBatch batch;
  ASSERT_TRUE(history.next(batch));
  ASSERT_EQ(batch.row_count(), 4000U);
  ASSERT_EQ(batch.columns.size(), 2U);
  for (std::size_t i = 0; i < 4000; ++i) {
    const bool had_it = i >= 1500 && i < 3000;
    if (!had_it) {
      EXPECT_TRUE(std::isnan(batch.columns[0].values[i])) << i;
    }
    EXPECT_TRUE(std::isnan(batch.columns[1].values[i])) << i;
  }
  EXPECT_FALSE(std::isnan(batch.columns[0].values[2900]));
}

TEST_F(EditedHistory, TellsWhichFactorSetWasInUseFromWhereToWhere) {
  const auto reader = Reader::open(log()).value();
  const auto spans = [&](Sequence first, Sequence last) {
    std::vector<std::tuple<Sequence, Sequence, std::size_t>> all;
    const auto uses = reader.layout_uses(first, last);
    EXPECT_TRUE(uses.has_value());
    for (const auto& use : *uses) {
      EXPECT_FALSE(use.layout.factor_text.empty());
      all.emplace_back(use.first, use.last, use.layout.factors.size());
    }
    return all;
  };
  using Spans = std::vector<std::tuple<Sequence, Sequence, std::size_t>>;
  EXPECT_EQ(spans(1, 9999), (Spans{{1, 1500, 6}, {1501, 3000, 2}, {3001, 4000, 6}}));
  EXPECT_EQ(spans(1400, 1600), (Spans{{1400, 1500, 6}, {1501, 1600, 2}}));
  EXPECT_EQ(spans(2000, 2000), (Spans{{2000, 2000, 2}}));
  EXPECT_EQ(spans(4001, 9999), Spans{});
}

TEST_F(EditedHistory, OneThatWasMovedFromSaysSo) {
  auto history = History::open(log()).value();
  auto other = std::move(history);
  ColumnBatch batch;
  EXPECT_FALSE(history.next(batch));  // NOLINT(bugprone-use-after-move)
  EXPECT_EQ(history.status().error().code, Errc::kClosed);
  EXPECT_TRUE(history.findings().empty());
  EXPECT_EQ(history.no_rows().columns.size(), 0U);
  EXPECT_TRUE(other.next(batch));
}

TEST_F(EditedHistory, ADirectoryWithoutALogIsNotFound) {
  std::filesystem::create_directories(dir_ / "empty");
  const auto history = History::open((dir_ / "empty").string());
  ASSERT_FALSE(history);
  EXPECT_EQ(history.error().code, Errc::kNotFound);
}

// Segments that go between the look and the reading are told as cut, as by a stream of records.
TEST_F(EditedHistory, WhatRetentionCutsUnderneathIsCounted) {
  const auto look = view();
  ASSERT_GE(look.segments.size(), 3U);
  auto scan = history::HistoryScan::open(posix_file_system(), look, {}).value();
  auto manifest = look.manifest;
  const auto path = look.segments.front().path;
  manifest.segments.erase(manifest.segments.begin());
  ASSERT_TRUE(wal::store_manifest(posix_file_system(), log(), manifest));
  std::filesystem::remove(path);
  HistoryRows rows;
  read_batches(*scan, rows);
  const auto expected = expected_rows(posix_file_system(), look, {});
  EXPECT_EQ(rows.rows, expected.rows);
  EXPECT_EQ(rows.cut, expected.cut);
  EXPECT_EQ(rows.cut, look.segments[1].header.first_sequence - 1);
  EXPECT_TRUE(rows.findings.empty());
}

}  // namespace
}  // namespace factorwal::test
