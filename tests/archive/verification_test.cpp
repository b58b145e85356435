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

  [[nodiscard]] std::vector<std::string> part_paths() {
    std::vector<std::string> paths;
    const auto manifest = archive::read_manifest(storage_, kArchive);
    for (const auto& file : manifest->files) paths.push_back(kArchive + "/" + file.path());
    return paths;
  }
  void put(const std::string& path, const std::optional<std::string>& bytes) {
    if (!bytes) {
      ASSERT_TRUE(storage_.remove(path));
      return;
    }
    auto file = storage_.create(path);
    ASSERT_TRUE((*file)->append(std::as_bytes(std::span(*bytes))));
  }
  /// A damaged manifest is an error, which tells of all.
  void expect_told(const std::string& path) {
    const auto found = archive::verify(storage_, kArchive, nullptr);
    if (path.ends_with(archive::kManifestName)) {
      ASSERT_FALSE(found.has_value());
      EXPECT_NE(found.error().code, Errc::kNotFound) << "as if there were no archive";
      EXPECT_NE(found.error().message.find(path), std::string::npos) << found.error().message;
      return;
    }
    ASSERT_TRUE(found.has_value()) << found.error().message;
    ASSERT_FALSE(found->intact());
    const auto& fault = found->faults[0];
    EXPECT_NE((fault.place + ": " + fault.message).find(path), std::string::npos)
        << fault.place << ": " << fault.message;
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

struct DamageKind {
  const char* name;
  /// What becomes of a file's bytes; nothing: the file is gone.
  std::optional<std::string> (*damaged)(std::string bytes, std::mt19937_64& random);
};

const DamageKind kDamages[] = {
    {"one bit",
     [](std::string bytes, std::mt19937_64& random) {
       auto& byte = bytes[random() % bytes.size()];
       byte = static_cast<char>(byte ^ (1 << random() % 8));
       return std::optional(bytes);
     }},
    {"zeros",
     [](std::string bytes, std::mt19937_64& random) {
       const auto at = random() % bytes.size();
       std::fill_n(bytes.begin() + static_cast<std::ptrdiff_t>(at),
                   std::min<std::size_t>(512, bytes.size() - at), '\0');
       return std::optional(bytes);
     }},
    {"end cut off",
     [](std::string bytes, std::mt19937_64& random) {
       return std::optional(bytes.substr(0, random() % bytes.size()));
     }},
    {"empty", [](std::string, std::mt19937_64&) { return std::optional(std::string()); }},
    {"a byte more",
     [](std::string bytes, std::mt19937_64& random) {
       return std::optional(bytes + static_cast<char>('a' + random() % 26));
     }},
    {"twice", [](std::string bytes, std::mt19937_64&) { return std::optional(bytes + bytes); }},
    {"gone",
     [](std::string, std::mt19937_64&) { return std::optional<std::string>(std::nullopt); }},
};

// Failure: without its manifest an archive counted as none, so that `verify` said nothing, and a
// query gave the rows of the log alone. Cause: only an archiver looked whether parts are there.
// Cure: whoever reads a manifest does.
TEST_F(ArchiveVerify, DamageOfAnyKindToAnyFileIsToldByItsName) {
  std::mt19937_64 random(5);
  auto paths = part_paths();
  ASSERT_GT(paths.size(), 4U);
  paths.push_back(kArchive + "/" + archive::kManifestName);
  for (const auto& path : paths) {
    const auto bytes = storage_.content(path);
    for (const auto& damage : kDamages) {
      SCOPED_TRACE(path + ": " + damage.name);
      for (int i = 0; i < 10; ++i) {
        put(path, damage.damaged(bytes, random));
        expect_told(path);
      }
    }
    put(path, bytes);
  }
  EXPECT_TRUE(verify(nullptr).intact());
}

TEST_F(ArchiveVerify, AFileThatTheManifestDoesNotNameIsTold) {
  const auto part = part_paths().front();
  const auto day = part.substr(0, part.rfind('/'));
  for (const auto& stray :
       {day + "/" + archive::part_name(1, 2), day + "/copy.parquet", kArchive + "/ticks/.hidden"}) {
    SCOPED_TRACE(stray);
    put(stray, storage_.content(part));
    const auto result = verify(&source_);
    ASSERT_EQ(result.faults.size(), 1U);
    EXPECT_EQ(result.faults[0].place, stray);
    put(stray, std::nullopt);
  }
  EXPECT_TRUE(verify(nullptr).intact());
}

TEST_F(ArchiveVerify, EachByteOfTheManifestCounts) {
  const auto path = kArchive + "/" + archive::kManifestName;
  const auto bytes = storage_.content(path);
  for (std::size_t i = 0; i < bytes.size(); ++i) {
    auto flipped = bytes;
    flipped[i] = static_cast<char>(flipped[i] ^ (1 << i % 8));
    put(path, flipped);
    ASSERT_FALSE(archive::verify(storage_, kArchive, nullptr)) << "byte " << i;
  }
}

TEST_F(ArchiveVerify, TwoFilesThatHaveChangedPlacesAreTold) {
  const auto paths = part_paths();
  for (const auto& one : paths) {
    for (const auto& other : paths) {
      if (one >= other) continue;
      ASSERT_TRUE(storage_.exchange(one, other));
      const auto result = verify(nullptr);
      ASSERT_EQ(result.faults.size(), 2U) << one << " and " << other;
      ASSERT_TRUE(storage_.exchange(one, other));
    }
  }
  EXPECT_TRUE(verify(nullptr).intact());
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
