/// The choice of encodings, compression by category, and what they cost.

#include <gtest/gtest.h>

#include "archive/archive_fixture.h"
#include "archive/memory_storage.h"

namespace factorwal::test {
namespace {

std::uint64_t bytes_with(BatchSource& source, std::optional<ColumnEncoding> encoding,
                         const CompressionStrategy& strategy) {
  MemoryStorage storage;
  ArchiveOptions options;
  options.encoding = encoding;
  options.compression = strategy;
  EXPECT_TRUE(archive_all(storage, source, options));
  EXPECT_EQ(read_archive(storage, DataSet::kTicks), source.texts(DataSet::kTicks));
  return archive::read_manifest(storage, kArchive)->files[0].summary.bytes;
}

/// Columns of one kind each, for which different encodings are best.
ColumnBatch many_kinds_of_columns(std::size_t rows) {
  TickShape shape;
  shape.rows = rows;
  shape.step_ns = 1'000'000;
  shape.factors = 6;
  auto batch = make_ticks(shape);
  std::mt19937_64 random(7);
  for (std::size_t row = 0; row < rows; ++row) {
    batch.columns[3].values[row] = static_cast<double>(random() % 3) - 1;         // a sign
    batch.columns[4].values[row] = static_cast<double>(random()) / 1.8e19 - 0.5;  // noise
    batch.columns[5].values[row] = 100;                                           // constant
  }
  return batch;
}

TEST(ArchiveEncoding, TheChoicePerColumnIsNoWorseThanAnySingleEncoding) {
  BatchSource source;
  source.batch_rows = 65'536;
  source.add(many_kinds_of_columns(60'000));
  for (const auto& strategy : {CompressionStrategy::balanced(), CompressionStrategy::fast(),
                               CompressionStrategy::compact()}) {
    const auto chosen = bytes_with(source, std::nullopt, strategy);
    for (const auto encoding : {ColumnEncoding::kPlain, ColumnEncoding::kDictionary,
                                ColumnEncoding::kByteStreamSplit, ColumnEncoding::kDelta}) {
      EXPECT_LE(chosen, bytes_with(source, encoding, strategy))
          << to_string(strategy.factors) << " encoding " << static_cast<int>(encoding);
    }
  }
}

TEST(ArchiveEncoding, EveryCompressionGivesEveryBitBack) {
  BatchSource source;
  source.add(many_kinds_of_columns(2000));
  for (const auto* text : {"none", "snappy", "lz4", "zstd:1", "zstd:19"}) {
    const auto compression = parse_compression(text);
    ASSERT_TRUE(compression.has_value()) << text;
    EXPECT_EQ(to_string(*compression), text);
    bytes_with(source, std::nullopt, {*compression, *compression, *compression, *compression});
  }
  for (const auto* text : {"", "zstd:", "zstd:0", "zstd:23", "zstd:3x", "gzip"})
    EXPECT_FALSE(parse_compression(text).has_value()) << text;
}

TEST(ArchiveEncoding, CategoriesHaveTheirOwnCompression) {
  using archive::Category;
  std::vector<archive::TickColumn> columns = {{"open", "open", false},
                                              {"high", "high", false},
                                              {"low", "low", false},
                                              {"close", "close", false},
                                              {"f", "f", true}};
  auto schema = archive::make_part_schema(DataSet::kTicks, columns);
  const auto first_column = schema.leaves.size() - columns.size();
  EXPECT_EQ(schema.leaves[first_column].category, Category::kBars);
  EXPECT_EQ(schema.leaves.back().category, Category::kFactors);
  columns.erase(columns.begin());
  schema = archive::make_part_schema(DataSet::kTicks, columns);
  EXPECT_EQ(schema.leaves[first_column].category, Category::kInputs);
  schema = archive::make_part_schema(DataSet::kSnapshots);
  EXPECT_EQ(schema.leaves.back().category, Category::kStates);
}

}  // namespace
}  // namespace factorwal::test
