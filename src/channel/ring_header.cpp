#include "channel/ring_header.h"

#include <algorithm>
#include <bit>
#include <cstdio>

namespace factorwal::channel {
namespace {

constexpr std::string_view kNamePrefix = "factorwal-";
constexpr std::string_view kNameSuffix = ".ring";
constexpr std::size_t kPathBytesMax = 800;
constexpr std::string_view kCutPathMark = "...";

template <std::size_t N>
std::array<std::byte, N> get_array(Cursor& from) {
  std::array<std::byte, N> out{};
  std::ranges::copy(from.bytes(N), out.begin());
  return out;
}

/// Whole, or with a mark where it is cut.
std::string fitting(const std::string& path) {
  if (path.size() <= kPathBytesMax) return path;
  return path.substr(0, kPathBytesMax - kCutPathMark.size()).append(kCutPathMark);
}

}  // namespace

bool is_cut_path(std::string_view path) noexcept {
  return path.size() == kPathBytesMax && path.ends_with(kCutPathMark);
}

Bytes encode_ring_header(const RingHeader& header) {
  Bytes out;
  put_bytes(out, std::as_bytes(std::span(kRingMagic)));
  put<std::uint32_t>(out, 0);
  put(out, kRingVersion);
  put_bytes(out, header.directory);
  put(out, header.identity);
  put(out, header.capacity);
  put_bytes(out, header.boot);
  put(out, header.directory_id.device);
  put(out, header.directory_id.inode);
  put(out, header.directory_id.birth_ns);
  put(out, header.pid);
  put_text(out, fitting(header.directory_path));
  out.resize(kRingCheckedTo);
  store(out.data() + kRingChecksumOffset, crc32c(ByteView(out).subspan(kRingCheckedFrom)));
  return out;
}

RingHeaderFault decode_ring_header(ByteView bytes, RingHeader& header) {
  if (bytes.size() < kRingCheckedTo) return RingHeaderFault::kBad;
  bytes = bytes.first(kRingCheckedTo);
  Cursor cursor(bytes);
  if (as_text(cursor.bytes(kRingMagic.size())) !=
      std::string_view(kRingMagic.data(), kRingMagic.size())) {
    return RingHeaderFault::kBad;
  }
  const auto checksum = cursor.get<std::uint32_t>();
  if (crc32c(bytes.subspan(kRingCheckedFrom)) != checksum) return RingHeaderFault::kBad;
  const auto version = cursor.get<std::uint32_t>();
  if (version > kRingVersion) return RingHeaderFault::kNewerVersion;
  if (version != 0 && version < kRingVersion) return RingHeaderFault::kEarlierVersion;
  header.directory = get_array<16>(cursor);
  header.identity = cursor.get<std::uint64_t>();
  header.capacity = cursor.get<std::uint64_t>();
  header.boot = get_array<16>(cursor);
  header.directory_id.device = cursor.get<std::uint64_t>();
  header.directory_id.inode = cursor.get<std::uint64_t>();
  header.directory_id.birth_ns = cursor.get<std::int64_t>();
  header.pid = cursor.get<std::uint64_t>();
  header.directory_path = cursor.text();
  const bool holds = cursor.ok() && version == kRingVersion && header.identity != 0 &&
                     std::has_single_bit(header.capacity);
  return holds ? RingHeaderFault::kNone : RingHeaderFault::kBad;
}

std::string ring_name(std::uint64_t identity) {
  char text[64];
  std::snprintf(text, sizeof text, "%s%016llx%s", kNamePrefix.data(),
                static_cast<unsigned long long>(identity), kNameSuffix.data());
  return text;
}

bool is_ring_name(std::string_view name) noexcept {
  return name.starts_with(kNamePrefix) && name.ends_with(kNameSuffix);
}

}  // namespace factorwal::channel
