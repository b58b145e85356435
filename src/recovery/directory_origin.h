#pragma once
/// Tells the directory in which a ring was recorded from copies of it, across mounts.
/// docs/decisions/0008-identity-of-a-directory.md says why so.

#include <string>

#include "base/file.h"
#include "wal/format/wal_format.h"

namespace factorwal::recovery {

/// A data directory as a list of rings, a ring's header, or an open knows it.
struct DirectoryMark {
  wal::Identity identity{};  ///< as in its manifest
  FileId id;
  std::string path;  ///< absolute
};

/// What the directory at hand is to the one that was recorded.
enum class Origin : std::uint8_t {
  kSame,       ///< the same one
  kRemounted,  ///< the same one under another device number: nothing tells that it is a copy
  kCopy,       ///< another one; the original is where it was
  kStranger,   ///< another one; the original was not found where it was
};
[[nodiscard]] constexpr bool is_own(Origin origin) noexcept { return origin <= Origin::kRemounted; }

[[nodiscard]] Origin origin_of(FileSystem& files, const DirectoryMark& recorded,
                               const DirectoryMark& here);

}  // namespace factorwal::recovery
