/// Verification of an archive: its own files, and against the log.

#include "archive/verification.h"

#include "archive/archive_fixture.h"
#include "archive/memory_storage.h"

namespace factorwal::test {
namespace {

class ArchiveVerify : public ::testing::Test {
 protected:
  ArchiveVerify() {
    TickShape shape;
    shape.rows = 3000;
    shape.step_ns = 60'000'000'000;
    ticks_ = make_ticks(shape);
    source_.add(ticks_);
    source_.add(make_updates(100, source_.last() + 1, shape.first_time));
    source_.add(make_items(DataSet::kVectors, 100, source_.last() + 1, shape.first_time));
    source_.add(make_items(DataSet::kSnapshots, 100, source_.last() + 1, shape.first_time));
    EXPECT_TRUE(archive_all(storage_, source_));
  }
  ArchiveVerification verify(archive::LogSource* source) {
    return archive::verify(storage_, kArchive, source).value();
  }

  MemoryStorage storage_;
  BatchSource source_;
  ColumnBatch ticks_;
};

TEST_F(ArchiveVerify, AnArchiveOfItsLogIsIntact) {
  const auto result = verify(&source_);
  EXPECT_TRUE(result.intact()) << result.faults[0].place << ": " << result.faults[0].message;
  EXPECT_EQ(result.rows, 3300U);
  EXPECT_EQ(result.compared_rows, 3300U);
}

TEST_F(ArchiveVerify, AFlippedBitIsToldByFile) {
  const auto manifest = archive::read_manifest(storage_, kArchive);
  for (const auto& file : manifest->files) {
    const auto path = kArchive + "/" + file.path();
    storage_.flip(path, storage_.content(path).size() / 3);
    const auto result = verify(nullptr);
    ASSERT_EQ(result.faults.size(), 1U);
    EXPECT_EQ(result.faults[0].place, path);
    storage_.flip(path, storage_.content(path).size() / 3);
  }
  EXPECT_TRUE(verify(nullptr).intact());
}

TEST_F(ArchiveVerify, AMissingFileIsTold) {
  const auto manifest = archive::read_manifest(storage_, kArchive);
  ASSERT_TRUE(storage_.remove(kArchive + "/" + manifest->files[0].path()));
  EXPECT_FALSE(verify(nullptr).intact());
}

TEST_F(ArchiveVerify, AValueThatTheLogHasOtherwiseIsTold) {
  BatchSource other;
  ticks_.columns[2].values[1234] += 1;
  other.add(ticks_);
  const auto result = verify(&other);
  ASSERT_FALSE(result.intact());
  EXPECT_NE(result.faults[0].place.find("ticks"), std::string::npos);
}

TEST_F(ArchiveVerify, ExchangedValuesOfTwoRowsAreTold) {
  BatchSource other;
  std::swap(ticks_.columns[0].values[100], ticks_.columns[0].values[2500]);
  ASSERT_NE(ticks_.columns[0].values[100], ticks_.columns[0].values[2500]);
  other.add(ticks_);
  EXPECT_FALSE(verify(&other).intact());
}

}  // namespace
}  // namespace factorwal::test
