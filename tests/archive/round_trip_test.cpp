/// What goes into an archive comes out of it, bit for bit.

#include "archive/archive_fixture.h"
#include "archive/chunk.h"
#include "archive/memory_storage.h"

namespace factorwal::test {
namespace {

TickShape days_of_ticks() {
  TickShape shape;
  shape.rows = 4000;
  shape.step_ns = 60'000'000'000;  // 4000 minutes: four days
  return shape;
}

/// Ticks, updates, vectors and snapshots, one kind after the other.
void add_all_kinds(BatchSource& source, Sequence first, const TickShape& shape) {
  auto ticks = shape;
  ticks.first_sequence = first;
  source.add(make_ticks(ticks));
  const auto time = shape.first_time;
  source.add(make_updates(300, source.last() + 1, time));
  source.add(make_items(DataSet::kVectors, 200, source.last() + 1, time));
  source.add(make_items(DataSet::kSnapshots, 100, source.last() + 1, time));
}

TEST(ArchiveRoundTrip, GivesEveryRowOfEveryDataSetBack) {
  MemoryStorage storage;
  BatchSource source;
  add_all_kinds(source, 1, days_of_ticks());
  const auto report = archive_all(storage, source);
  ASSERT_TRUE(report.has_value()) << report.error().message;
  EXPECT_EQ(report->archived_sequence, source.last());
  for (const auto data_set : kDataSets)
    EXPECT_EQ(read_archive(storage, data_set), source.texts(data_set))
        << archive::folder_of(data_set);
}

TEST(ArchiveRoundTrip, KeepsZeroSignsInfinitiesAndTinyNumbers) {
  MemoryStorage storage;
  BatchSource source;
  auto batch = make_ticks(days_of_ticks());
  const std::array<double, 6> hostile = {-0.0,
                                         0.0,
                                         std::numeric_limits<double>::infinity(),
                                         -std::numeric_limits<double>::infinity(),
                                         5e-324,
                                         1e308};
  for (std::size_t row = 0; row < batch.row_count(); ++row)
    batch.columns[0].values[row] = hostile[row % hostile.size()];
  source.add(std::move(batch));
  ASSERT_TRUE(archive_all(storage, source));
  EXPECT_EQ(read_archive(storage, DataSet::kTicks), source.texts(DataSet::kTicks));
}

TEST(ArchiveRoundTrip, MissingNumbersHaveTheOneNaN) {
  MemoryStorage storage;
  BatchSource source;
  source.add(make_ticks(days_of_ticks()));
  ASSERT_TRUE(archive_all(storage, source));
  read_archive(storage, HistoryQuery{}, [](const ColumnBatch& batch) {
    for (const auto& column : batch.columns)
      for (const auto value : column.values)
        if (std::isnan(value)) {
          ASSERT_EQ(std::bit_cast<std::uint64_t>(value), 0x7ff8000000000000U);
        }
  });
}

TEST(ArchiveRoundTrip, OneInstrumentComesInOrderOfSequenceOverDaysAndParts) {
  MemoryStorage storage;
  BatchSource source;
  auto shape = days_of_ticks();
  auto batch = make_ticks(shape);
  // Times that run back: files are sorted by time, not by sequence.
  for (std::size_t row = 0; row + 1 < batch.row_count(); row += 3)
    std::swap(batch.timestamps[row], batch.timestamps[row + 1]);
  source.add(std::move(batch));
  ArchiveOptions options;
  options.part_bytes_max = 50'000;
  options.parts_of_day_max = 3;
  ASSERT_TRUE(archive_all(storage, source, options));
  HistoryQuery query;
  query.instruments = {"IF2401"};
  query.batch_rows = 100;
  Sequence last = 0;
  const auto texts = read_archive(storage, query, [&](const ColumnBatch& found) {
    EXPECT_LE(found.row_count(), 100U);
    for (const auto sequence : found.sequences) {
      ASSERT_GT(sequence, last);
      last = sequence;
    }
  });
  RowTexts expected;
  for (const auto& [sequence, text] : source.texts(DataSet::kTicks))
    if (text.starts_with("IF2401 ")) expected[sequence] = text;
  EXPECT_EQ(texts, expected);
}

// Rows of a day that do not fit in the memory that a reader may use go through a file.
TEST(ArchiveRoundTrip, AllRowsComeInOrderOfSequenceInWhateverMemory) {
  MemoryStorage storage;
  BatchSource source;
  auto shape = days_of_ticks();
  shape.instruments = 40;
  add_all_kinds(source, 1, shape);
  ArchiveOptions options;
  options.part_bytes_max = 50'000;
  options.parts_of_day_max = 3;
  ASSERT_TRUE(archive_all(storage, source, options));
  for (const std::size_t bytes : {std::size_t{1}, std::size_t{20'000}, std::size_t{1} << 30}) {
    for (const auto set : kDataSets) {
      HistoryQuery query;
      query.data_set = set;
      query.batch_rows = 333;
      query.first_sequence = 5;
      auto reader = archive::HistoryReader::open(storage, kArchive, query, {bytes, {}});
      ASSERT_TRUE(reader.has_value()) << reader.error().message;
      ColumnBatch batch;
      RowTexts texts;
      Sequence last = 0;
      for (;;) {
        const auto found = (*reader)->next(batch);
        ASSERT_TRUE(found.has_value()) << found.error().message;
        if (!*found) break;
        for (const auto sequence : batch.sequences) {
          ASSERT_GT(sequence, last);
          last = sequence;
        }
        add_row_texts(batch, texts);
      }
      auto expected = source.texts(set);
      expected.erase(expected.begin(), expected.lower_bound(5));
      EXPECT_EQ(texts, expected) << bytes;
    }
  }
}

TEST(ArchiveRoundTrip, AScratchDirectoryThatIsNotThereIsNamed) {
  MemoryStorage storage;
  BatchSource source;
  auto shape = days_of_ticks();
  shape.step_ns = 1000;
  shape.rows = 40'000;
  source.add(make_ticks(shape));
  ASSERT_TRUE(archive_all(storage, source));
  auto reader = archive::HistoryReader::open(storage, kArchive, {}, {1, "/no/such/directory"});
  ASSERT_TRUE(reader.has_value());
  ColumnBatch batch;
  const auto found = (*reader)->next(batch);
  ASSERT_FALSE(found.has_value());
  EXPECT_NE(found.error().message.find("/no/such/directory"), std::string::npos);
}

TEST(ArchiveRoundTrip, QueriesGiveTrueRows) {
  MemoryStorage storage;
  BatchSource source;
  const auto shape = days_of_ticks();
  source.add(make_ticks(shape));
  ASSERT_TRUE(archive_all(storage, source));
  HistoryQuery query;
  query.instruments = {"IF2400", "IF2403", "no such"};
  query.from = shape.first_time + 1000 * shape.step_ns;
  query.to = shape.first_time + 3000 * shape.step_ns;
  query.first_sequence = 1500;
  query.last_sequence = 2800;
  RowTexts expected;
  for (const auto& [sequence, text] : source.texts(DataSet::kTicks)) {
    if (sequence >= 1500 && sequence <= 2800 &&
        (text.starts_with("IF2400 ") || text.starts_with("IF2403 ")))
      expected[sequence] = text;
  }
  EXPECT_EQ(read_archive(storage, query), expected);

  query = {};
  query.inputs = std::vector<std::string>{};
  query.factors = std::vector<std::string>{"f2", "f0", "unknown"};
  read_archive(storage, query, [](const ColumnBatch& batch) {
    ASSERT_EQ(batch.columns.size(), 3U);
    EXPECT_EQ(batch.columns[0].name, "f2");
    EXPECT_EQ(batch.columns[1].name, "f0");
    EXPECT_TRUE(std::isnan(batch.columns[2].values[0]));
  });
}

TEST(ArchiveRoundTrip, RowGroupsEndWithInstruments) {
  MemoryStorage storage;
  BatchSource source;
  TickShape shape;
  shape.rows = 200'000;
  shape.instruments = 30;
  shape.inputs = 1;
  shape.factors = 1;
  shape.step_ns = 100'000;
  source.add(make_ticks(shape));
  ASSERT_TRUE(archive_all(storage, source));
  const auto archive = archive::open_parts(storage, kArchive, [](const auto&) { return true; });
  ASSERT_EQ(archive->parts.size(), 1U);
  const auto part = archive::PartReader::open(archive->parts[0].content, "part");
  ASSERT_GT((*part)->groups().size(), 3U);
  std::string last;
  for (const auto& group : (*part)->groups()) {
    EXPECT_LE(group.rows, archive::kGroupRowsMax);
    EXPECT_LT(last, group.instrument_min);
    last = *group.instrument_max;
  }
}

TEST(ArchiveRoundTrip, ANewFactorIsAColumnThatOlderRowsLack) {
  MemoryStorage storage;
  BatchSource source;
  auto shape = days_of_ticks();
  source.add(make_ticks(shape));
  ASSERT_TRUE(archive_all(storage, source));
  shape.first_sequence = source.last() + 1;
  shape.first_time += 5000 * shape.step_ns;
  shape.factors = 6;
  source.add(make_ticks(shape));
  ASSERT_TRUE(archive_all(storage, source));
  EXPECT_EQ(read_archive(storage, DataSet::kTicks), source.texts(DataSet::kTicks));
  const auto names = storage.list(kArchive + "/ticks/day=1970-01-01");
  EXPECT_EQ(names->size(), 1U) << "the file of all columns";
}

TEST(ArchiveRoundTrip, DefinitionsLieInTheFilesBySequence) {
  MemoryStorage storage;
  BatchSource source;
  auto shape = days_of_ticks();
  shape.step_ns = 1'000'000;
  source.add(make_ticks(shape));
  source.all_definitions = {{1, 1999, "factor f0 = a"}, {2000, 4000, "factor f0 = b"}};
  ASSERT_TRUE(archive_all(storage, source));
  const auto archive = archive::open_parts(storage, kArchive, [](const auto&) { return true; });
  const auto part = archive::PartReader::open(archive->parts[0].content, "part");
  EXPECT_EQ((*part)->metadata().definitions, source.all_definitions);
}

TEST(ArchiveRoundTrip, NamesThatReadersNeedAreKeptFree) {
  MemoryStorage storage;
  BatchSource source;
  auto batch = make_ticks(days_of_ticks());
  batch.columns[0].name = "Day";
  batch.columns[1].name = "sequence";
  batch.columns[3].name = "a.b \"c\"";
  source.add(std::move(batch));
  ASSERT_TRUE(archive_all(storage, source));
  EXPECT_EQ(read_archive(storage, DataSet::kTicks), source.texts(DataSet::kTicks));
}

class CountingSource final : public archive::LogSource {
 public:
  explicit CountingSource(LogSource& source) : source_(source) {}
  Result<Sequence> settled_sequence() override { return source_.settled_sequence(); }
  Result<std::unique_ptr<archive::RowStream>> read(DataSet data_set, Sequence first,
                                                   Sequence last) override {
    ++reads;
    return source_.read(data_set, first, last);
  }
  Result<std::vector<archive::Definition>> definitions(Sequence first, Sequence last) override {
    return source_.definitions(first, last);
  }
  std::uint64_t reads = 0;

 private:
  LogSource& source_;
};

// Failure: an archiver beside ticks and updates never ended where the updates of a part took more
// than `part_bytes_max`. Cause: the end that they gave lay behind the last tick before them, which
// gave an end before that update, and so on: all was read again for each few rows. Cure: rows
// behind the end are dropped, and nothing is read twice.
TEST(ArchiveChunk, ReadsEachDataSetOnceWhateverEndsIt) {
  BatchSource all;
  TickShape shape;
  shape.rows = 20;
  for (int i = 0; i < 60; ++i) {
    shape.first_sequence = all.last() + 1;
    all.add(make_ticks(shape));
    all.add(make_updates(200, all.last() + 1, shape.first_time));
    if (i % 5 == 0) all.add(make_items(DataSet::kVectors, 3, all.last() + 1, shape.first_time));
  }
  CountingSource source(all);
  for (const std::size_t bytes_max : {1U << 10, 8U << 10, 32U << 10, 1U << 30}) {
    std::array<RowTexts, archive::kDataSets.size()> texts;
    archive::Chunk chunk;
    for (Sequence first = 1; first <= all.last();) {
      source.reads = 0;
      ASSERT_TRUE(archive::read_chunk(source, first, all.last(), bytes_max, chunk));
      ASSERT_EQ(source.reads, archive::kDataSets.size());
      ASSERT_GE(chunk.last, first);
      for (const auto& batches : chunk.batches) {
        for (const auto& batch : batches) {
          ASSERT_GE(batch.sequences.front(), first);
          ASSERT_LE(batch.sequences.back(), chunk.last);
          add_row_texts(batch, texts[static_cast<std::size_t>(batch.data_set)]);
        }
      }
      first = chunk.last + 1;
    }
    for (const auto data_set : archive::kDataSets)
      EXPECT_EQ(texts[static_cast<std::size_t>(data_set)], all.texts(data_set));
  }
}

}  // namespace
}  // namespace factorwal::test
