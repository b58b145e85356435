#pragma once
/// \file
/// How far a feed has been read, in a form that the log keeps with each tick.

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "factorwal/export.h"
#include "factorwal/result.h"

namespace factorwal::feed {

/// Rows come in blocks of so many. The whole checksum is kept of the finished blocks, where it
/// costs eight bytes a block; of the rows since then two bytes of it, which change with each row.
inline constexpr std::uint64_t kRowsPerBlock = 64;

struct RowsCheck {
  std::uint64_t blocks = 0;  ///< of the rows of all finished blocks
  std::uint16_t rows = 0;    ///< the low bytes of that of all rows
  friend bool operator==(const RowsCheck&, const RowsCheck&) = default;
};

/// Tells a file again later. Neither hash changes when rows are added at the file's end.
struct FileIdentity {
  std::uint64_t path_hash = 0;     ///< of the canonical path; "-" for standard input
  std::uint64_t content_hash = 0;  ///< of the header line and the first data line, unpacked
  friend bool operator==(const FileIdentity&, const FileIdentity&) = default;
};

/// Opaque to callers: only `append_position` and `decode_position` need to know what it is made of;
/// `identity` is the key of the source that it belongs to. It says the next row to read: rows are
/// counted from 0, skipped bad ones too.
struct FeedPosition {
  FileIdentity identity;
  std::uint64_t next_row = 0;
  /// Of the rows before it. None for generated ticks, and in positions of earlier releases.
  std::optional<RowsCheck> check{};
  /// So many of the file's first rows told its form. 0: not known, in those of earlier releases.
  std::uint64_t form_rows = 0;
  friend bool operator==(const FeedPosition&, const FeedPosition&) = default;
};

/// The bytes are one of version (3), path hash, content hash, the rows that told the form, finished
/// blocks and their checksum, each 8 bytes big-endian; then one byte, the rows since, and two of
/// the checksum of all. Of two neighbours only the last three bytes differ, so that a shared prefix
/// packs them well. Version 2 lacks the rows that told the form. A position without a checksum is
/// of version 1: path hash, content hash, next row.
inline constexpr std::size_t kFeedPositionBytes = 44;
inline constexpr std::size_t kFeedPositionV2Bytes = 36;
inline constexpr std::size_t kFeedPositionV1Bytes = 25;
FACTORWAL_EXPORT void append_position(const FeedPosition& position, std::vector<std::byte>& out);
/// The same to a place of its own. How many bytes they are.
FACTORWAL_EXPORT std::size_t encode_position(const FeedPosition& position,
                                             std::span<std::byte, kFeedPositionBytes> out) noexcept;
/// kUnsupportedVersion for a newer form, kCorruption for a wrong length.
[[nodiscard]] FACTORWAL_EXPORT Result<FeedPosition> decode_position(
    std::span<const std::byte> bytes);

}  // namespace factorwal::feed
