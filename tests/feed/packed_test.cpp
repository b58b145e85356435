#include <sys/stat.h>

#include <cstring>
#include <thread>

#include "feed/feed_fixture.h"
#include "feed/packings.h"

namespace factorwal::feed {
namespace {

std::string rows_text(int count) {
  std::string text = "instrument_id,timestamp_ns,last_price\n";
  for (int i = 0; i < count; ++i) {
    text += "rb2105," + std::to_string(1609723740400000000 + i) + "," +
            std::to_string(i * 7919 % 104729) + "\n";
  }
  return text;
}

std::string bytes_of(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), {}};
}

/// The rows of `some` are the first ones of `all`.
void expect_begins(const Reading& all, const Reading& some) {
  ASSERT_LE(some.rows.size(), all.rows.size());
  for (std::size_t i = 0; i < some.rows.size(); ++i) {
    ASSERT_EQ(some.rows[i].values, all.rows[i].values) << i;
    ASSERT_EQ(some.rows[i].timestamp_ns, all.rows[i].timestamp_ns) << i;
  }
}

class PackedFeed : public FeedTest, public ::testing::WithParamInterface<const char*> {
 protected:
  [[nodiscard]] static std::string pack(std::string_view bytes) {
    const std::string_view kind = GetParam();
    if (kind == "gzip") return gzip(bytes);
    if (kind == "zstd") return zstd(bytes);
    return kind == "xz" ? xz(bytes) : bzip2(bytes);
  }
};

TEST_P(PackedFeed, IsToldByItsBytesAndReadLikeThePlainFile) {
  const std::string text = rows_text(3000);
  const Reading plain = read({write("plain.csv", text)});
  const Reading got = read({write("a.csv", pack(text))});
  EXPECT_EQ(got.error, "");
  ASSERT_EQ(got.rows.size(), 3000U);
  expect_begins(plain, got);
}

TEST_P(PackedFeed, ComesThroughAPipeAsWell) {
  const std::string pipe = path("pipe");
  ASSERT_EQ(::mkfifo(pipe.c_str(), 0600), 0);
  const std::string packed = pack(rows_text(3000));
  std::thread writer([&] { std::ofstream(pipe, std::ios::binary) << packed; });
  const Reading got = read({pipe});
  writer.join();
  EXPECT_EQ(got.error, "");
  EXPECT_EQ(got.rows.size(), 3000U);
}

TEST_P(PackedFeed, FramesBehindEachOtherAreOneFileEvenWhenALineCrossesThem) {
  const std::string text = rows_text(100);
  std::string packed;
  for (std::size_t at = 0; at < text.size(); at += 333) packed += pack(text.substr(at, 333));
  packed += pack("");
  const Reading got = read({write("a.csv", packed)});
  EXPECT_EQ(got.error, "");
  EXPECT_EQ(got.rows.size(), 100U);
}

TEST_P(PackedFeed, ZerosBetweenFramesAndAtTheEndArePassedOver) {
  const std::string text = rows_text(100);
  const std::string packed = pack(text.substr(0, 500)) + std::string(70'000, '\0') +
                             pack(text.substr(500)) + std::string(512, '\0');
  const Reading got = read({write("a.csv", packed)});
  EXPECT_EQ(got.error, "");
  EXPECT_EQ(got.rows.size(), 100U);
}

TEST_P(PackedFeed, OtherBytesBehindTheDataAreDamage) {
  const Reading got = read({write("a.csv", pack(rows_text(5)) + "junk")}, skipping());
  EXPECT_CONTAINS(got.error, std::string("a.csv: damaged ") + GetParam() +
                                 ": unknown bytes after the data's end");
  EXPECT_EQ(got.code, Errc::kCorruption);
  EXPECT_EQ(got.rows.size(), 5U);
}

TEST_P(PackedFeed, CutAnywhereItStopsWithSkipTooAndGivesNoHalfRow) {
  const std::string text = rows_text(60);
  const Reading whole = read({write("whole.csv", text)});
  const std::string packed = pack(text);
  for (std::size_t size = 6; size < packed.size(); ++size) {
    const Reading got = read({write("cut.csv", packed.substr(0, size))}, skipping());
    ASSERT_CONTAINS(got.error, std::string("truncated ") + GetParam()) << size;
    ASSERT_EQ(got.code, Errc::kCorruption);
    ASSERT_EQ(got.report.rows_bad, 0U) << size;
    expect_begins(whole, got);
  }
}

TEST_P(PackedFeed, ACutBetweenFramesOfALongFileGivesTheRowsBeforeIt) {
  const std::string text = rows_text(200'000);
  const Reading whole = read({write("whole.csv", text)});
  const std::string packed = pack(text);
  const Reading got = read({write("cut.csv", packed.substr(0, packed.size() * 3 / 4))});
  EXPECT_CONTAINS(got.error, "truncated");
  EXPECT_GT(got.rows.size(), 20'000U);
  EXPECT_LT(got.rows.size(), 180'000U);
  expect_begins(whole, got);
}

TEST_P(PackedFeed, AChangedByteIsFoundOrWithoutEffect) {
  const std::string text = rows_text(60);
  const Reading whole = read({write("whole.csv", text)});
  const std::string packed = pack(text);
  for (std::size_t at = 6; at < packed.size(); ++at) {
    std::string changed = packed;
    changed[at] = static_cast<char>(changed[at] ^ (1 << at % 8));
    const Reading got = read({write("changed.csv", changed)}, skipping());
    if (!got.error.empty()) continue;
    ASSERT_EQ(got.rows.size(), whole.rows.size()) << at;
    expect_begins(whole, got);
  }
}

INSTANTIATE_TEST_SUITE_P(Of, PackedFeed, ::testing::Values("gzip", "zstd", "xz", "bzip2"),
                         [](const auto& tested) { return std::string(tested.param); });

class ZstdFeed : public FeedTest {};

TEST_F(ZstdFeed, PassesOverFramesThatHoldNoData) {
  const std::string text = rows_text(20);
  const Reading got = read(
      {write("a.csv", zstd_skippable("about") + zstd(text.substr(0, 200)) + zstd_skippable("") +
                          zstd(text.substr(200)) + zstd_skippable("a seek table"))});
  EXPECT_EQ(got.error, "");
  EXPECT_EQ(got.rows.size(), 20U);
}

TEST_F(ZstdFeed, RefusesAWindowOverTheLimit) {
  using namespace std::string_literals;
  const std::string window_256_mib = "\x28\xb5\x2f\xfd\0\x90\x09\0\0x"s;
  const Reading got = read({write("a.csv", window_256_mib)});
  EXPECT_CONTAINS(got.error, "needs more than 128 MiB of memory");
  EXPECT_CONTAINS(got.error, "--long=27");
  EXPECT_EQ(got.code, Errc::kInvalidArgument);
}

class XzFeed : public FeedTest {};

TEST_F(XzFeed, RefusesADictionaryOverTheLimit) {
  std::string packed = xz(rows_text(5));
  // The block's header follows the stream's 12 bytes: size, flags, filter, property size, property.
  const std::size_t header_bytes = (static_cast<unsigned char>(packed[12]) + 1U) * 4;
  ASSERT_EQ(packed[14], 0x21) << "LZMA2";
  packed[16] = 35;  // 768 MiB
  const std::uint32_t check =
      lzma_crc32(reinterpret_cast<const std::uint8_t*>(packed.data() + 12), header_bytes - 4, 0);
  std::memcpy(packed.data() + 12 + header_bytes - 4, &check, sizeof check);
  const Reading got = read({write("a.csv", packed)});
  EXPECT_CONTAINS(got.error, "MiB of memory to unpack, more than 256");
  EXPECT_EQ(got.code, Errc::kInvalidArgument);
}

class Bzip2Feed : public FeedTest {};

TEST_F(Bzip2Feed, TextThatBeginsLikeItIsText) {
  FeedOptions options;
  options.map = {{"instrument_id", "BZh9"}};
  const Reading got = read_text("BZh9,timestamp_ns,last_price\nA,1609723740400000000,1\n", options);
  EXPECT_EQ(got.error, "");
  EXPECT_EQ(got.rows.size(), 1U);
}

class ZipFeed : public FeedTest {
 protected:
  std::string zip(const ZipMembers& members, int level = Z_DEFAULT_COMPRESSION) const {
    write_zip(path("a.csv"), members, level);
    return path("a.csv");
  }
};

TEST_F(ZipFeed, TheOneFileInItIsReadWhateverFoldersAreBesideIt) {
  const std::string text = rows_text(3000);
  const Reading plain = read({write("plain.csv", text)});
  for (const int level : {0, 6}) {
    const Reading got =
        read({zip({{"day/", ""}, {"day/x.csv", text}, {"__MACOSX/._x.csv", "?"}}, level)});
    EXPECT_EQ(got.error, "");
    ASSERT_EQ(got.rows.size(), 3000U);
    expect_begins(plain, got);
  }
}

TEST_F(ZipFeed, SeveralFilesAreListedAndRefused) {
  const Reading got = read({zip({{"b.csv", rows_text(1)}, {"c/d.csv", rows_text(1)}})});
  EXPECT_CONTAINS(got.error,
                  "a.csv: is a zip archive of 2 files, \"b.csv\", \"c/d.csv\"; unpack it");
  EXPECT_EQ(got.code, Errc::kInvalidArgument);
  EXPECT_CONTAINS(read({zip({})}).error, "a zip archive without a file in it");
}

TEST_F(ZipFeed, APipeIsRefusedWithWhatToDo) {
  const std::string bytes = bytes_of(zip({{"b.csv", rows_text(9)}}));
  const std::string pipe = path("pipe");
  ASSERT_EQ(::mkfifo(pipe.c_str(), 0600), 0);
  std::thread writer([&] { std::ofstream(pipe, std::ios::binary) << bytes; });
  const Reading got = read({pipe});
  writer.join();
  EXPECT_CONTAINS(got.error, "cannot be read from a pipe");
  EXPECT_CONTAINS(got.error, "unzip -p FILE");
}

TEST_F(ZipFeed, CutAnywhereItIsDamaged) {
  const std::string bytes = bytes_of(zip({{"b.csv", rows_text(60)}}));
  for (std::size_t size = 6; size < bytes.size(); ++size) {
    const Reading got = read({write("cut.csv", bytes.substr(0, size))}, skipping());
    if (got.error.empty()) {  // what is cut off are zeros of the last numbers
      ASSERT_EQ(got.rows.size(), 60U);
      ASSERT_GE(size + 4, bytes.size());
      continue;
    }
    ASSERT_CONTAINS(got.error, "zip: ") << size;
    ASSERT_EQ(got.code, Errc::kCorruption) << size;
  }
}

TEST_F(ZipFeed, AChangedByteIsFoundOrWithoutEffect) {
  const std::string text = rows_text(60);
  const Reading whole = read({write("whole.csv", text)});
  const std::string bytes = bytes_of(zip({{"b.csv", text}}));
  for (std::size_t at = 6; at < bytes.size(); ++at) {
    std::string changed = bytes;
    changed[at] = static_cast<char>(changed[at] ^ (1 << at % 8));
    const Reading got = read({write("changed.csv", changed)}, skipping());
    if (!got.error.empty()) continue;
    ASSERT_EQ(got.rows.size(), whole.rows.size()) << at;
    expect_begins(whole, got);
  }
}

class ForeignFeed : public FeedTest {};

TEST_F(ForeignFeed, ATarIsToldPackedToo) {
  std::string tar = "day/ticks.csv" + std::string(512 - 13, '\0') + rows_text(3);
  tar.replace(257, 5, "ustar");
  EXPECT_CONTAINS(read({write("a.tar", tar)}).error, "is a tar archive; unpack it");
  EXPECT_CONTAINS(read({write("a.tar.gz", gzip(tar))}).error, "is a tar archive; unpack it");
}

TEST_F(ForeignFeed, IsCalledByItsNameWithWhatToDo) {
  EXPECT_CONTAINS(read_text("PAR1\x15\x04").error, "is a Parquet file");
  EXPECT_CONTAINS(read_text("ARROW1").error, "is an Arrow file");
  EXPECT_CONTAINS(read_text("\xd0\xcf\x11\xe0\xa1\xb1").error,
                  "is an Excel workbook; save it as CSV");
}

}  // namespace
}  // namespace factorwal::feed
