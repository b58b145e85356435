#include "run_position.h"

#include "base/crc32c.h"

namespace factorwal::tool {

std::uint32_t reading_checksum(const feed::FeedOptions& options) {
  Bytes text;
  for (const auto& mapping : options.map) {
    put_text(text, mapping.field);
    put_text(text, mapping.column);
  }
  put_text(text, options.instrument);
  put_text(text, options.time_zone);
  put(text, options.volume_mode);
  return crc32c(text);
}

void encode_run_position(std::uint32_t reading, const feed::FeedPosition& position,
                         std::vector<std::byte>& out) {
  out.clear();
  put(out, reading);
  feed::append_position(position, out);
}

Result<RunPosition> decode_run_position(std::span<const std::byte> bytes) {
  RunPosition found;
  if (bytes.size() == feed::kFeedPositionBytes + sizeof(std::uint32_t) ||
      bytes.size() == feed::kFeedPositionV1Bytes + sizeof(std::uint32_t)) {
    found.reading = load<std::uint32_t>(bytes.data());
    bytes = bytes.subspan(sizeof(std::uint32_t));
  }
  auto position = feed::decode_position(bytes);
  if (!position) return position.error();
  found.feed = *position;
  return found;
}

}  // namespace factorwal::tool
