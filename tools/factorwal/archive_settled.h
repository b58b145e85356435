#pragma once
/// One look at a log, and what of it is settled goes into its archive.

#include <atomic>
#include <functional>
#include <optional>
#include <string>

#include "factorwal/archive.h"

namespace factorwal::tool {

/// Of a command's text; none for an empty one.
[[nodiscard]] Result<std::optional<TradingDays>> parse_trading_days(const std::string& text);

/// Beside a writer that is all but its open segment, whose rows would come in many small files;
/// otherwise everything durable. `last`: the log's last sequence, settled or not.
[[nodiscard]] Result<ArchiveReport> archive_settled(
    Archiver& archiver, const std::string& directory, Sequence& last,
    const std::function<void(const ArchiveProgress&)>& progress, const std::atomic<bool>* stop);

}  // namespace factorwal::tool
