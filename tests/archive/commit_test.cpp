/// The archive's commits and compactions, cut short at every call.

#include "archive/archive_fixture.h"
#include "archive/memory_storage.h"

namespace factorwal::test {
namespace {

/// Rows of three days, in small parts, so that a pass has several commits and compactions.
class ArchiveCommit : public ::testing::Test {
 protected:
  ArchiveCommit() {
    TickShape shape;
    shape.rows = 450;
    shape.instruments = 3;
    shape.inputs = 1;
    shape.factors = 2;
    shape.step_ns = 600'000'000'000;
    source_.add(make_ticks(shape));
    source_.add(make_updates(60, source_.last() + 1, shape.first_time));
    options_.part_bytes_max = 3'500;
    source_.batch_rows = 50;
    options_.parts_of_day_max = 2;
  }

  /// What a stranger reads: all parts in the folders, whoever names them.
  static RowTexts read_folders(MemoryStorage& storage, DataSet data_set) {
    RowTexts texts;
    const auto folder = kArchive + "/" + std::string(archive::folder_of(data_set));
    const auto days = storage.list(folder);
    for (const auto& day : *days) {
      const auto names = storage.list(folder + "/" + day);
      for (const auto& name : *names) {
        const auto path = folder + "/" + day + "/" + name;
        auto file = storage.open(path);
        const auto part = archive::PartReader::open(std::move(*file), path);
        EXPECT_TRUE(part.has_value()) << part.error().message;
        if (!part) continue;
        for (std::size_t g = 0; g < (*part)->groups().size(); ++g) {
          ColumnBatch batch;
          EXPECT_TRUE(archive::read_group(**part, g, batch));
          add_row_texts(batch, texts);
        }
      }
    }
    return texts;
  }

  /// Nothing twice, nothing half, nothing wrong; for us, all that is archived.
  void check_after_crash(MemoryStorage& storage) {
    const auto manifest = archive::read_manifest(storage, kArchive);
    if (!manifest) {
      ASSERT_EQ(manifest.error().code, Errc::kNotFound) << manifest.error().message;
      return;
    }
    for (const auto data_set : {DataSet::kTicks, DataSet::kUpdates}) {
      ASSERT_EQ(read_archive(storage, data_set),
                up_to(source_.texts(data_set), manifest->archived));
      for (const auto& [sequence, text] : read_folders(storage, data_set)) {
        const auto found = source_.texts(data_set).find(sequence);
        ASSERT_TRUE(found != source_.texts(data_set).end());
        ASSERT_EQ(text, found->second) << "row " << sequence;
      }
    }
  }

  /// A later pass finishes the work.
  void check_repeat(MemoryStorage& storage) {
    const auto report = archive_all(storage, source_, options_);
    ASSERT_TRUE(report.has_value()) << report.error().message;
    for (const auto data_set : {DataSet::kTicks, DataSet::kUpdates}) {
      ASSERT_EQ(read_archive(storage, data_set), source_.texts(data_set));
      ASSERT_EQ(read_folders(storage, data_set), source_.texts(data_set));
    }
    ASSERT_TRUE(storage.list(kArchive + "/tmp")->empty());
  }

  std::uint64_t calls_of_a_pass() {
    MemoryStorage storage;
    EXPECT_TRUE(archive_all(storage, source_, options_));
    return storage.changes();
  }

  BatchSource source_;
  ArchiveOptions options_;
};

TEST_F(ArchiveCommit, APassHasCommitsAndCompactions) {
  MemoryStorage storage;
  const auto report = archive_all(storage, source_, options_);
  ASSERT_TRUE(report.has_value()) << report.error().message;
  EXPECT_GT(report->parts, 4U);
  EXPECT_GE(report->compacted_days, 3U);
  check_after_crash(storage);
  check_repeat(storage);
}

TEST_F(ArchiveCommit, AKillAtAnyCallLosesNothingAndDoublesNothing) {
  const auto calls = calls_of_a_pass();
  for (std::uint64_t n = 1; n <= calls; ++n) {
    SCOPED_TRACE("call " + std::to_string(n));
    MemoryStorage storage;
    storage.stop_at(n);
    ASSERT_FALSE(archive_all(storage, source_, options_));
    storage.restart();
    ASSERT_NO_FATAL_FAILURE(check_after_crash(storage));
    ASSERT_NO_FATAL_FAILURE(check_repeat(storage));
  }
}

TEST_F(ArchiveCommit, APowerFailureAtAnyCallLosesNothingAndDoublesNothing) {
  const auto calls = calls_of_a_pass();
  for (std::uint64_t n = 1; n <= calls; ++n) {
    for (std::uint64_t seed = 0; seed < 3; ++seed) {
      SCOPED_TRACE("call " + std::to_string(n) + " seed " + std::to_string(seed));
      MemoryStorage storage;
      storage.stop_at(n);
      ASSERT_FALSE(archive_all(storage, source_, options_));
      storage.lose_power(seed + 3 * n);
      ASSERT_NO_FATAL_FAILURE(check_after_crash(storage));
      ASSERT_NO_FATAL_FAILURE(check_repeat(storage));
    }
  }
}

TEST_F(ArchiveCommit, ASecondArchiverIsRefused) {
  MemoryStorage storage;
  const auto first = archive::Store::open(storage, kArchive);
  ASSERT_TRUE(first.has_value());
  const auto second = archive::Store::open(storage, kArchive);
  ASSERT_FALSE(second.has_value());
  EXPECT_EQ(second.error().code, Errc::kLocked);
}

TEST_F(ArchiveCommit, PartsWithoutAManifestAreNeverRemoved) {
  MemoryStorage storage;
  ASSERT_TRUE(archive_all(storage, source_, options_));
  ASSERT_TRUE(storage.remove(kArchive + "/MANIFEST.json"));
  const auto again = archive_all(storage, source_, options_);
  ASSERT_FALSE(again.has_value());
  EXPECT_EQ(again.error().code, Errc::kCorruption);
  EXPECT_EQ(read_folders(storage, DataSet::kTicks), source_.texts(DataSet::kTicks));
}

TEST_F(ArchiveCommit, AManifestWithAFlippedBitIsCorrupt) {
  MemoryStorage storage;
  ASSERT_TRUE(archive_all(storage, source_, options_));
  const auto path = kArchive + "/MANIFEST.json";
  const auto content = storage.content(path);
  for (std::size_t offset = 0; offset < content.size(); offset += 37) {
    storage.flip(path, offset);
    const auto manifest = archive::read_manifest(storage, kArchive);
    if (manifest) {
      // A space or a letter's case outside of values may differ without harm.
      EXPECT_EQ(archive::encode_manifest(*manifest), content) << offset;
    }
    storage.flip(path, offset);
  }
}

TEST_F(ArchiveCommit, ADamagedPartIsNeverServed) {
  MemoryStorage storage;
  options_.part_bytes_max = 1 << 20;
  ASSERT_TRUE(archive_all(storage, source_, options_));
  const auto manifest = archive::read_manifest(storage, kArchive);
  const auto path = kArchive + "/" + manifest->files[0].path();
  const auto size = storage.content(path).size();
  for (std::size_t offset = 0; offset < size; offset += 11) {
    storage.flip(path, offset);
    HistoryQuery query;
    query.data_set = manifest->files[0].data_set;
    auto reader = archive::HistoryReader::open(storage, kArchive, query);
    ASSERT_TRUE(reader.has_value());
    RowTexts texts;
    ColumnBatch batch;
    Result<bool> found = true;
    while ((found = (*reader)->next(batch)) && *found) add_row_texts(batch, texts);
    if (found) {
      EXPECT_EQ(texts, source_.texts(query.data_set)) << "offset " << offset << " of " << size;
    }
    storage.flip(path, offset);
  }
}

}  // namespace
}  // namespace factorwal::test
