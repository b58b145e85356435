#include <charconv>

#include "factorwal/archive_options.h"

namespace factorwal {
namespace {

constexpr int kZstdLevelMax = 22;

CompressionStrategy all(Compression compression) {
  return {compression, compression, compression, compression};
}

}  // namespace

CompressionStrategy CompressionStrategy::balanced() { return all({Codec::kZstd, 3}); }
CompressionStrategy CompressionStrategy::fast() { return all({Codec::kLz4, 0}); }
CompressionStrategy CompressionStrategy::compact() { return all({Codec::kZstd, 12}); }

Result<Compression> parse_compression(std::string_view text) {
  if (text == "none") return Compression{Codec::kNone, 0};
  if (text == "snappy") return Compression{Codec::kSnappy, 0};
  if (text == "lz4") return Compression{Codec::kLz4, 0};
  if (text == "zstd") return Compression{};
  constexpr std::string_view kLevelled = "zstd:";
  if (text.starts_with(kLevelled)) {
    const auto digits = text.substr(kLevelled.size());
    int level = 0;
    const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), level);
    if (error == std::errc() && end == digits.data() + digits.size() && level >= 1 &&
        level <= kZstdLevelMax) {
      return Compression{Codec::kZstd, level};
    }
  }
  return Error{Errc::kInvalidArgument, "compression '" + std::string(text) +
                                           "' is unknown: say none, snappy, lz4 or zstd:1 to "
                                           "zstd:22"};
}

std::string to_string(const Compression& compression) {
  switch (compression.codec) {
    case Codec::kNone: return "none";
    case Codec::kSnappy: return "snappy";
    case Codec::kLz4: return "lz4";
    case Codec::kZstd: break;
  }
  return "zstd:" + std::to_string(compression.level);
}

}  // namespace factorwal
