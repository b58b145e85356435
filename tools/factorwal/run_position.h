#pragma once
/// What `run` logs with each tick: how its files are read, and how far.

#include <optional>
#include <span>
#include <vector>

#include "factorwal/feed/options.h"
#include "factorwal/feed/position.h"

namespace factorwal::tool {

struct RunPosition {
  /// Checksum of the options that decide what a row means; nothing in a log of another program.
  std::optional<std::uint32_t> reading;
  feed::FeedPosition feed;
};

/// Of `--map`, `--instrument`, `--tz`, `--volume` and the other options that say what a row means.
/// `--on-bad-row` may change between runs.
[[nodiscard]] std::uint32_t reading_checksum(const feed::FeedOptions& options);

/// Four bytes of checksum, then the feed's position. Only the last bytes change from row to row.
void encode_run_position(std::uint32_t reading, const feed::FeedPosition& position,
                         std::vector<std::byte>& out);
[[nodiscard]] Result<RunPosition> decode_run_position(std::span<const std::byte> bytes);

}  // namespace factorwal::tool
