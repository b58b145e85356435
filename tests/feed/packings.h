#pragma once
/// Packs bytes as other programs do.

#include <bzlib.h>
#include <gtest/gtest.h>
#include <lzma.h>
#include <minizip/zip.h>
#include <zstd.h>

#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace factorwal::feed {

/// With a checksum, as the program zstd.
inline std::string zstd(std::string_view bytes) {
  std::string packed(ZSTD_compressBound(bytes.size()), '\0');
  ZSTD_CCtx* const context = ZSTD_createCCtx();
  ZSTD_CCtx_setParameter(context, ZSTD_c_checksumFlag, 1);
  const std::size_t size =
      ZSTD_compress2(context, packed.data(), packed.size(), bytes.data(), bytes.size());
  ZSTD_freeCCtx(context);
  EXPECT_EQ(ZSTD_isError(size), 0U);
  packed.resize(size);
  return packed;
}

/// A frame that holds none of the data: seek tables and the like.
inline std::string zstd_skippable(std::string_view bytes) {
  const auto size = static_cast<char>(bytes.size());
  return std::string("\x53\x2a\x4d\x18") + size + std::string(3, '\0') + std::string(bytes);
}

inline std::string xz(std::string_view bytes) {
  lzma_stream stream = LZMA_STREAM_INIT;
  EXPECT_EQ(lzma_easy_encoder(&stream, 1, LZMA_CHECK_CRC64), LZMA_OK);
  std::string packed(lzma_stream_buffer_bound(bytes.size()) + 64, '\0');
  stream.next_in = reinterpret_cast<const std::uint8_t*>(bytes.data());
  stream.avail_in = bytes.size();
  stream.next_out = reinterpret_cast<std::uint8_t*>(packed.data());
  stream.avail_out = packed.size();
  EXPECT_EQ(lzma_code(&stream, LZMA_FINISH), LZMA_STREAM_END);
  packed.resize(stream.total_out);
  lzma_end(&stream);
  return packed;
}

inline std::string bzip2(std::string_view bytes) {
  std::string input(bytes);
  std::string packed(bytes.size() + bytes.size() / 50 + 700, '\0');
  auto size = static_cast<unsigned>(packed.size());
  EXPECT_EQ(BZ2_bzBuffToBuffCompress(packed.data(), &size, input.data(),
                                     static_cast<unsigned>(input.size()), 1, 0, 0),
            BZ_OK);
  packed.resize(size);
  return packed;
}

using ZipMembers = std::vector<std::pair<std::string, std::string>>;

/// Names and contents; a name that ends in / is a folder.
inline void write_zip(const std::string& path, const ZipMembers& members,
                      int level = Z_DEFAULT_COMPRESSION) {
  const zipFile zip = zipOpen64(path.c_str(), APPEND_STATUS_CREATE);
  ASSERT_NE(zip, nullptr);
  for (const auto& [name, bytes] : members) {
    ASSERT_EQ(zipOpenNewFileInZip(zip, name.c_str(), nullptr, nullptr, 0, nullptr, 0, nullptr,
                                  level == 0 ? 0 : Z_DEFLATED, level),
              ZIP_OK);
    ASSERT_EQ(zipWriteInFileInZip(zip, bytes.data(), static_cast<unsigned>(bytes.size())), ZIP_OK);
    ASSERT_EQ(zipCloseFileInZip(zip), ZIP_OK);
  }
  ASSERT_EQ(zipClose(zip, nullptr), ZIP_OK);
}

}  // namespace factorwal::feed
