// Batches go through the Arrow C interfaces without a copy of their numbers, and everything is
// given back once, in whatever order.
#include "factorwal/arrow.h"

#include <gtest/gtest.h>

#include <cmath>
#include <string_view>

#include "factorwal/wal_manager.h"
#include "support/temp_dir.h"

namespace factorwal::test {
namespace {

ColumnBatch ticks() {
  ColumnBatch batch;
  batch.instrument_ids =
      std::make_shared<const std::vector<std::string>>(std::vector<std::string>{"IF2412", "IC"});
  batch.instruments = {0, 1, 0};
  batch.timestamps = {5, kNoTimestamp, 7};
  batch.sequences = {1, 2, 4};
  batch.ordinals = {1, 1, 2};
  batch.counted = {1, 1, 1};
  batch.columns = {{"close", false, {1.5, NAN, 2.5}}, {"ma5", true, {1, 2, 3}}};
  return batch;
}

std::string_view format(const ArrowSchema& schema) { return schema.format; }

TEST(Arrow, TicksGoWithoutACopyAndMissingIsNull) {
  auto batch = ticks();
  const auto* close = batch.columns[0].values.data();
  const auto* sequences = batch.sequences.data();
  ArrowArray array{};
  ArrowSchema schema{};
  ASSERT_TRUE(export_batch(std::move(batch), array, schema));
  ASSERT_EQ(schema.n_children, 5);
  EXPECT_EQ(format(schema), "+s");
  const char* formats[] = {"i", "tsn:UTC", "L", "g", "g"};
  const char* names[] = {"instrument_id", "timestamp", "sequence", "close", "ma5"};
  for (int i = 0; i < 5; ++i) {
    EXPECT_EQ(format(*schema.children[i]), formats[i]);
    EXPECT_STREQ(schema.children[i]->name, names[i]);
    EXPECT_EQ(array.children[i]->length, 3);
  }
  EXPECT_EQ(format(*schema.children[0]->dictionary), "u");
  const auto& dictionary = *array.children[0]->dictionary;
  const auto* offsets = static_cast<const std::int32_t*>(dictionary.buffers[1]);
  EXPECT_EQ(dictionary.length, 2);
  EXPECT_EQ(std::string_view(static_cast<const char*>(dictionary.buffers[2]) + offsets[1],
                             static_cast<std::size_t>(offsets[2] - offsets[1])),
            "IC");
  EXPECT_EQ(array.children[3]->buffers[1], close);
  EXPECT_EQ(array.children[2]->buffers[1], sequences);
  EXPECT_EQ(array.children[3]->null_count, 1);
  EXPECT_EQ(*static_cast<const std::uint8_t*>(array.children[3]->buffers[0]), 0b101);
  EXPECT_EQ(array.children[1]->null_count, 1);
  EXPECT_EQ(array.children[4]->buffers[0], nullptr);
  schema.release(&schema);
  array.release(&array);
  EXPECT_EQ(array.release, nullptr);
}

TEST(Arrow, AChildThatWasTakenOutOutlivesItsParent) {
  ArrowArray array{};
  ArrowSchema schema{};
  ASSERT_TRUE(export_batch(ticks(), array, schema));
  ArrowArray taken = *array.children[3];
  array.children[3]->release = nullptr;
  array.release(&array);
  schema.release(&schema);
  EXPECT_EQ(static_cast<const double*>(taken.buffers[1])[2], 2.5);
  taken.release(&taken);
}

TEST(Arrow, ABatchThatIsNoneIsRefusedAndStays) {
  auto batch = ticks();
  batch.instruments[2] = 2;
  ArrowArray array{};
  ArrowSchema schema{};
  EXPECT_EQ(export_batch(std::move(batch), array, schema).error().code, Errc::kInvalidArgument);
  EXPECT_EQ(array.release, nullptr);
  EXPECT_EQ(schema.release, nullptr);
  batch.instruments[2] = 0;  // NOLINT(bugprone-use-after-move)
  batch.columns[1].values.pop_back();
  EXPECT_FALSE(export_batch(std::move(batch), array, schema));
}

TEST(Arrow, AStreamGivesEveryRowOfALogAndEnds) {
  const TempDir dir;
  const auto log = (dir / "log").string();
  {
    auto manager = WalManager::open(log, {65536}).value();
    for (int i = 1; i <= 1000; ++i) {
      ASSERT_TRUE(manager->append(FactorWalMessage::VectorUpdate{"I", "v", {1, 2, 3}, i}));
      ASSERT_TRUE(manager->append(FactorWalMessage::Snapshot{
          "I", {{"a", 1.0}, {"b", NAN}}, static_cast<std::uint64_t>(i)}));
    }
    ASSERT_TRUE(manager->close());
  }
  for (const auto set :
       {DataSet::kTicks, DataSet::kUpdates, DataSet::kVectors, DataSet::kSnapshots}) {
    HistoryQuery query;
    query.data_set = set;
    query.batch_rows = 300;
    ArrowArrayStream stream{};
    export_stream(History::open(log, query).value(), stream);
    ArrowSchema schema{};
    ASSERT_EQ(stream.get_schema(&stream, &schema), 0);
    EXPECT_GE(schema.n_children, 3);
    schema.release(&schema);
    std::int64_t rows = 0;
    ArrowArray array{};
    for (;;) {
      ASSERT_EQ(stream.get_next(&stream, &array), 0) << stream.get_last_error(&stream);
      if (array.release == nullptr) break;
      rows += array.length;
      array.release(&array);
    }
    const bool has_rows = set == DataSet::kVectors || set == DataSet::kSnapshots;
    EXPECT_EQ(rows, has_rows ? 1000 : 0);
    stream.release(&stream);
  }
}

}  // namespace
}  // namespace factorwal::test
