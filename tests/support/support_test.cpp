#include <gtest/gtest.h>

#include <fstream>

#include "support/gz_lines.h"
#include "support/shared_data.h"
#include "support/temp_dir.h"

namespace factorwal::test {
namespace {

TEST(TempDir, IsThereInScopeAndGoneAfterwards) {
  std::filesystem::path path;
  {
    const TempDir dir;
    path = dir.path();
    std::ofstream(dir / "file") << "x";
    EXPECT_TRUE(std::filesystem::exists(path / "file"));
  }
  EXPECT_FALSE(std::filesystem::exists(path));
}

TEST(GzLines, ReadsGzippedAndPlainFilesAlike) {
  const TempDir dir;
  const std::string text = "one\r\n\n" + std::string(10'000, 'x') + "\nlast";
  std::ofstream(dir / "plain") << text;
  gzFile packed = gzopen((dir / "packed.gz").c_str(), "wb");
  gzwrite(packed, text.data(), static_cast<unsigned>(text.size()));
  gzclose_w(packed);

  for (const char* name : {"plain", "packed.gz"}) {
    GzLines lines(dir / name);
    std::string line;
    ASSERT_TRUE(lines.next(line));
    EXPECT_EQ(line, "one");
    ASSERT_TRUE(lines.next(line));
    EXPECT_EQ(line, "");
    ASSERT_TRUE(lines.next(line));
    EXPECT_EQ(line.size(), 10'000U);
    ASSERT_TRUE(lines.next(line));
    EXPECT_EQ(line, "last");
    EXPECT_FALSE(lines.next(line)) << name;
  }
}

TEST(GzLines, ThrowsOnATruncatedGzip) {
  const TempDir dir;
  gzFile packed = gzopen((dir / "packed.gz").c_str(), "wb");
  for (int i = 0; i < 10'000; ++i) gzprintf(packed, "line %d\n", i * 7919);
  gzclose_w(packed);
  std::filesystem::resize_file(dir / "packed.gz",
                               std::filesystem::file_size(dir / "packed.gz") / 2);
  GzLines lines(dir / "packed.gz");
  std::string line;
  const auto read_all = [&] {
    while (lines.next(line)) continue;
  };
  EXPECT_THROW(read_all(), std::runtime_error);
}

TEST(SharedData, IsSkippedVisiblyWhereAbsent) {
  const auto reference = shared_data("data/reference");
  if (!reference) GTEST_SKIP() << kNoSharedData;
  EXPECT_TRUE(std::filesystem::is_directory(*reference));
}

}  // namespace
}  // namespace factorwal::test
