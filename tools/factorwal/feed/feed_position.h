#pragma once
/// \file
/// How far a feed has been read, in a form that the log keeps with each tick.

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>

#include "factorwal/result.h"

namespace factorwal::feed {

/// Tells a file again later. Neither hash changes when rows are added at the file's end.
struct FileIdentity {
  std::uint64_t path_hash = 0;     ///< of the canonical path; "-" for standard input
  std::uint64_t content_hash = 0;  ///< of the header line and the first data line, unpacked
  friend bool operator==(const FileIdentity&, const FileIdentity&) = default;
};

/// The next row to read of a file: rows are counted from 0, skipped bad ones too.
struct FeedPosition {
  FileIdentity identity;
  std::uint64_t next_row = 0;
  friend bool operator==(const FeedPosition&, const FeedPosition&) = default;
};

/// One byte of version (1), then path hash, content hash and next row, each 8 bytes big-endian: of
/// two neighbours only the last bytes differ, so that a shared prefix packs them well.
inline constexpr std::size_t kFeedPositionBytes = 25;
[[nodiscard]] std::array<std::byte, kFeedPositionBytes> encode_position(
    const FeedPosition& position) noexcept;
/// kUnsupportedVersion for a newer form, kCorruption for a wrong length.
Result<FeedPosition> decode_position(std::span<const std::byte> bytes);

/// `first_lines`: header and first data line as in the file, without line ends.
[[nodiscard]] FileIdentity identify(const std::string& path, std::string_view header,
                                    std::string_view first_row);

}  // namespace factorwal::feed
