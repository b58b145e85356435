#include "factorwal/feed/position.h"

#define XXH_INLINE_ALL
#include <xxhash.h>

#include <array>
#include <bit>
#include <cstring>
#include <filesystem>
#include <system_error>

#include "feed/files/file_identity.h"

namespace factorwal::feed {
namespace {

constexpr std::byte kVersion{3};
constexpr std::byte kVersionWithoutForm{2};
constexpr std::byte kVersionWithoutCheck{1};

static_assert(std::endian::native == std::endian::little);

std::byte* put_big_endian(std::byte* at, std::uint64_t value) noexcept {
  value = __builtin_bswap64(value);
  std::memcpy(at, &value, sizeof value);
  return at + sizeof value;
}

std::uint64_t get_big_endian(std::span<const std::byte> bytes) noexcept {
  std::uint64_t value = 0;
  for (const std::byte byte : bytes.first(8)) value = value << 8U | std::to_integer<unsigned>(byte);
  return value;
}

}  // namespace

std::size_t encode_position(const FeedPosition& position,
                            std::span<std::byte, kFeedPositionBytes> out) noexcept {
  std::byte* at = out.data();
  *at++ = position.check ? kVersion : kVersionWithoutCheck;
  at = put_big_endian(at, position.identity.path_hash);
  at = put_big_endian(at, position.identity.content_hash);
  if (!position.check) {
    put_big_endian(at, position.next_row);
    return kFeedPositionV1Bytes;
  }
  at = put_big_endian(at, position.form_rows);
  at = put_big_endian(at, position.next_row / kRowsPerBlock);
  at = put_big_endian(at, position.check->blocks);
  *at++ = static_cast<std::byte>(position.next_row % kRowsPerBlock);
  *at++ = static_cast<std::byte>(position.check->rows >> 8U);
  *at++ = static_cast<std::byte>(position.check->rows & 0xffU);
  return kFeedPositionBytes;
}

void append_position(const FeedPosition& position, std::vector<std::byte>& out) {
  std::array<std::byte, kFeedPositionBytes> bytes;
  const auto size = static_cast<std::ptrdiff_t>(encode_position(position, bytes));
  out.insert(out.end(), bytes.begin(), bytes.begin() + size);
}

Result<FeedPosition> decode_position(std::span<const std::byte> bytes) {
  if (!bytes.empty() && bytes[0] > kVersion) {
    return Error{
        Errc::kUnsupportedVersion,
        "the position in the log is none that this `factorwal run` writes: another program "
        "wrote it, or a newer release; go on with that one, or use another directory"};
  }
  const auto is = [&](std::byte version, std::size_t size) {
    return bytes.size() == size && bytes[0] == version;
  };
  const bool formed = is(kVersion, kFeedPositionBytes);
  const bool checked = formed || is(kVersionWithoutForm, kFeedPositionV2Bytes);
  if (!checked && !is(kVersionWithoutCheck, kFeedPositionV1Bytes)) {
    return Error{Errc::kCorruption, "the position in the log has " + std::to_string(bytes.size()) +
                                        " bytes, which none of `factorwal run` has: another "
                                        "program wrote it; use another directory"};
  }
  const auto take = [&] {
    const std::uint64_t value = get_big_endian(bytes);
    bytes = bytes.subspan(8);
    return value;
  };
  bytes = bytes.subspan(1);
  FeedPosition position;
  position.identity.path_hash = take();
  position.identity.content_hash = take();
  if (formed) position.form_rows = take();
  position.next_row = take();
  if (!checked) return position;
  const std::uint64_t blocks = take();
  const auto at = [&](std::size_t index) { return std::to_integer<unsigned>(bytes[index]); };
  position.next_row = position.next_row * kRowsPerBlock + at(0);
  position.check = RowsCheck{blocks, static_cast<std::uint16_t>(at(1) << 8U | at(2))};
  return position;
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
