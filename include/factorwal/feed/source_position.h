#pragma once
/// \file
/// The position that `factorwal run` and the Python module log with each tick: how their source is
/// read, and how far. Either goes on where the other stopped.

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "factorwal/export.h"
#include "factorwal/feed/options.h"
#include "factorwal/feed/position.h"
#include "factorwal/result.h"

namespace factorwal::feed {

struct SourcePosition {
  /// Checksum of the options that decide what a row means; nothing in a log of another program.
  std::optional<std::uint32_t> reading;
  FeedPosition feed;
};

/// Of the options that say what a row means, `map`, `instrument`, `time_zone`, `volume_mode` and
/// others: who resumes with another checksum would read other values from the same rows.
/// `on_bad_row` may change between runs.
[[nodiscard]] FACTORWAL_EXPORT std::uint32_t reading_checksum(const FeedOptions& options);

/// The most that `append_source_position` makes.
inline constexpr std::size_t kSourcePositionBytes = sizeof(std::uint32_t) + kFeedPositionBytes;

/// Four bytes of checksum, then `append_position`. Only the last bytes change from row to row.
FACTORWAL_EXPORT void append_source_position(std::uint32_t reading, const FeedPosition& position,
                                             std::vector<std::byte>& out);
/// Also of bytes that `append_position` alone has made. Errors as `decode_position`.
[[nodiscard]] FACTORWAL_EXPORT Result<SourcePosition> decode_source_position(
    std::span<const std::byte> bytes);

}  // namespace factorwal::feed
