#include "factorwal/feed/source_position.h"

#include <array>
#include <bit>
#include <cstring>
#include <string>

namespace factorwal::feed {
namespace {

/// CRC-32C of what is added: texts are prefixed with their length.
class Checksum {
 public:
  void add(std::byte byte) {
    value_ ^= std::to_integer<std::uint32_t>(byte);
    for (int bit = 0; bit < 8; ++bit) value_ = value_ >> 1 ^ ((value_ & 1) != 0 ? 0x82f63b78 : 0);
  }
  void add(std::string_view text) {
    auto size = text.size();
    for (; size >= 0x80; size >>= 7) add(static_cast<std::byte>(size | 0x80));
    add(static_cast<std::byte>(size));
    for (const char c : text) add(static_cast<std::byte>(c));
  }
  [[nodiscard]] std::uint32_t value() const noexcept { return ~value_; }

 private:
  std::uint32_t value_ = ~std::uint32_t{0};
};

using ReadingBytes = std::array<std::byte, sizeof(std::uint32_t)>;

}  // namespace

std::uint32_t reading_checksum(const FeedOptions& options) {
  Checksum checksum;
  for (const auto& mapping : options.map) {
    checksum.add(mapping.field);
    checksum.add(mapping.column);
  }
  checksum.add(options.instrument);
  checksum.add(options.time_zone);
  checksum.add(static_cast<std::byte>(options.volume_mode));
  // Only where it is given: earlier releases had none, and their logs go on.
  if (!options.time_format.empty()) checksum.add(options.time_format);
  for (const auto& name : options.header) checksum.add(name);
  if (options.skip_lines > 0) checksum.add(std::to_string(options.skip_lines));
  if (options.instrument_from_name) checksum.add("name " + *options.instrument_from_name);
  if (options.decimal_comma) checksum.add("decimal comma");
  if (options.thousands) checksum.add("thousands");
  for (const auto& name : options.columns) checksum.add("column " + name);
  for (const auto& name : options.drop) checksum.add("drop " + name);
  if (!options.encoding.empty()) checksum.add("encoding " + options.encoding);
  for (const auto& missing : options.missing) {
    checksum.add(missing.field);
    checksum.add(std::to_string(std::bit_cast<std::uint64_t>(missing.value)));
  }
  for (const auto& scale : options.scale) {
    checksum.add(scale.field);
    checksum.add(std::to_string(std::bit_cast<std::uint64_t>(scale.factor)));
  }
  return checksum.value();
}

void append_source_position(std::uint32_t reading, const FeedPosition& position,
                            std::vector<std::byte>& out) {
  const auto bytes = std::bit_cast<ReadingBytes>(reading);
  out.insert(out.end(), bytes.begin(), bytes.end());
  append_position(position, out);
}

Result<SourcePosition> decode_source_position(std::span<const std::byte> bytes) {
  SourcePosition found;
  if (bytes.size() == kFeedPositionBytes + sizeof(std::uint32_t) ||
      bytes.size() == kFeedPositionV2Bytes + sizeof(std::uint32_t) ||
      bytes.size() == kFeedPositionV1Bytes + sizeof(std::uint32_t)) {
    std::uint32_t reading = 0;
    std::memcpy(&reading, bytes.data(), sizeof reading);
    found.reading = reading;
    bytes = bytes.subspan(sizeof reading);
  }
  auto position = decode_position(bytes);
  if (!position) return position.error();
  found.feed = *position;
  return found;
}

}  // namespace factorwal::feed
