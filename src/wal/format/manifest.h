#pragma once
/// The manifest names every segment before it is used, and holds the mark of a clean close. It is
/// one small file, replaced as a whole.

#include <string>
#include <vector>

#include "base/file.h"
#include "factorwal/types.h"
#include "wal/format/wal_format.h"

namespace factorwal::wal {

struct ManifestSegment {
  std::uint64_t number = 0;
  Identity identity{};
  std::uint64_t allocated_bytes = 0;
};

struct Manifest {
  Identity directory{};
  std::uint64_t epoch = 0;  ///< counts the opens for append
  bool clean = false;
  Sequence last_sequence = 0;          ///< when clean
  std::uint64_t last_segment_end = 0;  ///< when clean: end of the close frame in the last segment
  /// When not clean: number of the newest segment in use. Its header is durable, so that one that
  /// reads as zeros is damage; what comes behind it may be prepared. 0: not known.
  std::uint64_t in_use = 0;
  std::vector<ManifestSegment> segments;
};

[[nodiscard]] Bytes encode_manifest(const Manifest& manifest);
[[nodiscard]] Result<Manifest> decode_manifest(ByteView bytes, const std::string& path);

[[nodiscard]] Result<Manifest> load_manifest(FileSystem& files, const std::string& directory);
/// Directory and epoch alone: short, however many segments there are. Not checked against its
/// checksum: for a writer that compares it with its own.
struct ManifestHead {
  Identity directory{};
  std::uint64_t epoch = 0;
};
[[nodiscard]] Result<ManifestHead> load_manifest_head(FileSystem& files,
                                                      const std::string& directory);
[[nodiscard]] Status store_manifest(FileSystem& files, const std::string& directory,
                                    const Manifest& manifest);

/// `wal-00000001.seg`
[[nodiscard]] std::string segment_name(std::uint64_t number);
/// 0 when it is no such name.
[[nodiscard]] std::uint64_t segment_number_of(std::string_view name) noexcept;

[[nodiscard]] Identity random_identity(FileSystem& files);

}  // namespace factorwal::wal
