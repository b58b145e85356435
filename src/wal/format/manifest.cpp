#include "wal/format/manifest.h"

#include <algorithm>
#include <charconv>
#include <cstdio>
#include <random>

#include "base/crc32c.h"

namespace factorwal::wal {
namespace {

constexpr std::size_t kChecksumOffset = 8;
constexpr std::size_t kCheckedFrom = 12;
constexpr std::size_t kHeadBytes = 40;  // magic to epoch
constexpr std::size_t kEntryBytes = 32;

Error bad_manifest(const std::string& path, std::string_view what) {
  return Error{Errc::kCorruption,
               path + ": " + std::string(what) +
                   "; without it nobody knows which segments count: restore it from a backup, or "
                   "read the source again into a new directory",
               0};
}

Identity get_identity(Cursor& from) {
  Identity identity{};
  const auto bytes = from.bytes(identity.size());
  std::copy(bytes.begin(), bytes.end(), identity.begin());
  return identity;
}

}  // namespace

Bytes encode_manifest(const Manifest& manifest) {
  Bytes out;
  put_bytes(out, std::as_bytes(std::span(kManifestMagic)));
  put<std::uint32_t>(out, 0);
  put(out, kFormatVersion);
  put_bytes(out, manifest.directory);
  put(out, manifest.epoch);
  put<std::uint64_t>(out, manifest.clean ? 1 : 0);
  put(out, manifest.last_sequence);
  put(out, manifest.clean ? manifest.last_segment_end : manifest.in_use);
  put(out, static_cast<std::uint64_t>(manifest.segments.size()));
  for (const auto& segment : manifest.segments) {
    put(out, segment.number);
    put_bytes(out, segment.identity);
    put(out, segment.allocated_bytes);
  }
  store(out.data() + kChecksumOffset, crc32c(ByteView(out).subspan(kCheckedFrom)));
  return out;
}

Result<Manifest> decode_manifest(ByteView bytes, const std::string& path) {
  Cursor cursor(bytes);
  const auto magic = cursor.bytes(kManifestMagic.size());
  const auto checksum = cursor.get<std::uint32_t>();
  if (!cursor.ok() || as_text(magic) != std::string_view(kManifestMagic.data(), 8)) {
    return bad_manifest(path, "not a manifest");
  }
  if (crc32c(bytes.subspan(kCheckedFrom)) != checksum) {
    return bad_manifest(path, "checksum does not hold");
  }
  const auto version = cursor.get<std::uint32_t>();
  if (version > kFormatVersion) {
    return Error{Errc::kUnsupportedVersion,
                 path + ": format version " + std::to_string(version) + " is newer than " +
                     std::to_string(kFormatVersion) + "; use a newer release",
                 0};
  }
  if (version == 0) return bad_manifest(path, "format version 0 does not exist");
  Manifest manifest;
  manifest.directory = get_identity(cursor);
  manifest.epoch = cursor.get<std::uint64_t>();
  manifest.clean = cursor.get<std::uint64_t>() != 0;
  manifest.last_sequence = cursor.get<std::uint64_t>();
  (manifest.clean ? manifest.last_segment_end : manifest.in_use) = cursor.get<std::uint64_t>();
  const auto count = cursor.get<std::uint64_t>();
  if (!cursor.ok() || cursor.remaining() / kEntryBytes != count ||
      cursor.remaining() % kEntryBytes != 0) {
    return bad_manifest(path, "length does not fit its number of segments");
  }
  if (count == 0 && manifest.last_sequence > 0) {
    return bad_manifest(path, "it names no segment, and a last sequence");
  }
  for (std::uint64_t i = 0; i < count; ++i) {
    ManifestSegment segment;
    segment.number = cursor.get<std::uint64_t>();
    segment.identity = get_identity(cursor);
    segment.allocated_bytes = cursor.get<std::uint64_t>();
    manifest.segments.push_back(segment);
  }
  return manifest;
}

Result<Manifest> load_manifest(FileSystem& files, const std::string& directory) {
  const auto path = join_path(directory, kManifestName);
  const auto bytes = read_file(files, path);
  if (!bytes) return bytes.error();
  return decode_manifest(*bytes, path);
}

Result<ManifestHead> load_manifest_head(FileSystem& files, const std::string& directory) {
  const auto path = join_path(directory, kManifestName);
  auto file = files.open_read(path);
  if (!file) return file.error();
  Bytes bytes(kHeadBytes);
  const auto count = (*file)->read_at(0, bytes);
  if (!count) return count.error();
  Cursor cursor(ByteView(bytes).first(*count));
  const auto magic = cursor.bytes(kManifestMagic.size());
  (void)cursor.bytes(kCheckedFrom + sizeof(std::uint32_t) - kManifestMagic.size());
  ManifestHead head;
  head.directory = get_identity(cursor);
  head.epoch = cursor.get<std::uint64_t>();
  if (!cursor.ok() || as_text(magic) != std::string_view(kManifestMagic.data(), 8)) {
    return bad_manifest(path, "not a manifest");
  }
  return head;
}

Status store_manifest(FileSystem& files, const std::string& directory, const Manifest& manifest) {
  return replace_file(files, directory, kManifestName, encode_manifest(manifest));
}

std::string segment_name(std::uint64_t number) {
  char text[40];
  std::snprintf(text, sizeof text, "wal-%08llu.seg", static_cast<unsigned long long>(number));
  return text;
}

std::uint64_t segment_number_of(std::string_view name) noexcept {
  constexpr std::string_view kBefore = "wal-";
  constexpr std::string_view kBehind = ".seg";
  if (!name.starts_with(kBefore) || !name.ends_with(kBehind)) return 0;
  name.remove_prefix(kBefore.size());
  name.remove_suffix(kBehind.size());
  std::uint64_t number = 0;
  const auto* const end = name.data() + name.size();
  const auto [stop, failed] = std::from_chars(name.data(), end, number);
  if (failed != std::errc() || stop != end) return 0;
  return segment_name(number).size() == kBefore.size() + name.size() + kBehind.size() ? number : 0;
}

Identity random_identity(FileSystem& files) {
  Identity identity{};
  store(identity.data(), random_bits(files));
  store(identity.data() + sizeof(std::uint64_t), random_bits(files));
  return identity;
}

}  // namespace factorwal::wal
