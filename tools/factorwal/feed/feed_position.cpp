#include "feed/feed_position.h"

#define XXH_INLINE_ALL
#include <xxhash.h>

#include <filesystem>
#include <system_error>

namespace factorwal::feed {
namespace {

constexpr std::byte kVersion{1};

std::byte* put_big_endian(std::byte* out, std::uint64_t value) noexcept {
  for (int shift = 56; shift >= 0; shift -= 8) {
    *out++ = static_cast<std::byte>(value >> static_cast<unsigned>(shift));
  }
  return out;
}

std::uint64_t get_big_endian(std::span<const std::byte> bytes) noexcept {
  std::uint64_t value = 0;
  for (const std::byte byte : bytes.first(8)) value = value << 8U | std::to_integer<unsigned>(byte);
  return value;
}

}  // namespace

std::array<std::byte, kFeedPositionBytes> encode_position(const FeedPosition& position) noexcept {
  std::array<std::byte, kFeedPositionBytes> bytes{};
  bytes[0] = kVersion;
  std::byte* out = put_big_endian(bytes.data() + 1, position.identity.path_hash);
  out = put_big_endian(out, position.identity.content_hash);
  put_big_endian(out, position.next_row);
  return bytes;
}

Result<FeedPosition> decode_position(std::span<const std::byte> bytes) {
  if (!bytes.empty() && bytes[0] > kVersion) {
    return Error{Errc::kUnsupportedVersion, "feed position of version " +
                                                std::to_string(std::to_integer<int>(bytes[0])) +
                                                ": written by a newer release"};
  }
  if (bytes.size() != kFeedPositionBytes || bytes[0] != kVersion) {
    return Error{Errc::kCorruption, "feed position of " + std::to_string(bytes.size()) +
                                        " bytes: not one of this tool's"};
  }
  return FeedPosition{{get_big_endian(bytes.subspan(1)), get_big_endian(bytes.subspan(9))},
                      get_big_endian(bytes.subspan(17))};
}

FileIdentity identify(const std::string& path, std::string_view header,
                      std::string_view first_row) {
  std::error_code failed;
  std::string canonical = path == "-" ? path : std::filesystem::canonical(path, failed).string();
  if (failed) canonical = path;
  std::string content(header);
  content += '\n';
  content += first_row;
  return {XXH3_64bits(canonical.data(), canonical.size()),
          XXH3_64bits(content.data(), content.size())};
}

}  // namespace factorwal::feed
