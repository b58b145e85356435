#pragma once
/// Where a run's ticks come from.

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "factorwal/feed.h"

namespace factorwal::tool {

/// Of a file that is followed and does not tell its form yet, says so and waits until it does, or
/// until `options.stop` ends that with kClosed.
[[nodiscard]] Result<std::unique_ptr<feed::TickSource>> open_source(
    const std::vector<std::string>& paths, const feed::FeedOptions& options,
    const std::optional<feed::FeedPosition>& begun);

/// The last position in the log of a data directory, without what is still in its channel; nothing
/// where there is none, or where the log cannot be read: to say that is the part of who opens it.
[[nodiscard]] std::optional<feed::FeedPosition> logged_position(const std::string& directory);

}  // namespace factorwal::tool
