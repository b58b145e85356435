#include "channel/ring_register.h"

#include <algorithm>

namespace factorwal::channel {
namespace {

constexpr std::array<char, 8> kMagic = {'F', 'W', 'A', 'L', 'R', 'G', 'S', '\n'};
constexpr std::size_t kChecksumOffset = 8;
constexpr std::size_t kCheckedFrom = 12;

Error bad_register(const std::string& path, std::string_view what) {
  return Error{Errc::kCorruption, path + ": " + std::string(what), 0};
}

}  // namespace

std::string ring_path(const FileSystem& files, const std::string& directory,
                      const RegisteredRing& ring) {
  if (ring.kind == ChannelKind::kHeap) return {};
  const bool in_memory = ring.kind == ChannelKind::kShm;
  return join_path(in_memory ? files.memory_directory() : directory, ring_name(ring.identity));
}

Bytes encode_ring_register(const RingRegister& rings) {
  Bytes out;
  put_bytes(out, std::as_bytes(std::span(kMagic)));
  put<std::uint32_t>(out, 0);
  put(out, kRingVersion);
  put_bytes(out, rings.directory);
  put_bytes(out, rings.boot);
  put(out, rings.directory_id.device);
  put(out, rings.directory_id.inode);
  put(out, rings.directory_id.birth_ns);
  put(out, rings.epoch);
  put_text(out, rings.directory_path);
  put_varint(out, rings.rings.size());
  for (const auto& ring : rings.rings) {
    put(out, ring.identity);
    put(out, ring.kind);
  }
  store(out.data() + kChecksumOffset, crc32c(ByteView(out).subspan(kCheckedFrom)));
  return out;
}

Result<RingRegister> decode_ring_register(ByteView bytes, const std::string& path) {
  Cursor cursor(bytes);
  const auto magic = cursor.bytes(kMagic.size());
  const auto checksum = cursor.get<std::uint32_t>();
  if (!cursor.ok() || as_text(magic) != std::string_view(kMagic.data(), kMagic.size())) {
    return bad_register(path, "not a list of rings");
  }
  if (crc32c(bytes.subspan(kCheckedFrom)) != checksum) {
    return bad_register(path, "checksum does not hold");
  }
  const auto version = cursor.get<std::uint32_t>();
  if (version > kRingVersion) {
    return Error{Errc::kUnsupportedVersion,
                 path + ": version " + std::to_string(version) + " is newer than " +
                     std::to_string(kRingVersion) + "; use a newer release",
                 0};
  }
  if (version != 0 && version < kRingVersion) {
    return Error{Errc::kUnsupportedVersion,
                 path + ": version " + std::to_string(version) +
                     ": an earlier pre-release wrote it; open the directory with that one, and "
                     "close it in order; nothing was changed",
                 0};
  }
  RingRegister found;
  std::ranges::copy(cursor.bytes(found.directory.size()), found.directory.begin());
  std::ranges::copy(cursor.bytes(found.boot.size()), found.boot.begin());
  found.directory_id.device = cursor.get<std::uint64_t>();
  found.directory_id.inode = cursor.get<std::uint64_t>();
  found.directory_id.birth_ns = cursor.get<std::int64_t>();
  found.epoch = cursor.get<std::uint64_t>();
  found.directory_path = cursor.text();
  const auto count = cursor.varint();
  for (std::uint64_t i = 0; i < count && cursor.ok(); ++i) {
    RegisteredRing ring;
    ring.identity = cursor.get<std::uint64_t>();
    ring.kind = cursor.get<ChannelKind>();
    if (ring.kind > ChannelKind::kHeap) return bad_register(path, "names an unknown kind of ring");
    found.rings.push_back(ring);
  }
  if (version == 0 || !cursor.ok() || cursor.remaining() != 0) {
    return bad_register(path, "malformed");
  }
  return found;
}

Result<RingRegister> load_ring_register(FileSystem& files, const std::string& directory) {
  const auto path = join_path(directory, kRegisterName);
  const auto bytes = read_file(files, path);
  if (!bytes) return bytes.error();
  return decode_ring_register(*bytes, path);
}

Status store_ring_register(FileSystem& files, const std::string& directory,
                           const RingRegister& rings) {
  return replace_file(files, directory, kRegisterName, encode_ring_register(rings));
}

}  // namespace factorwal::channel
