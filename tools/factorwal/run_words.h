#pragma once
/// What a run says of its parts, on standard error.

#include <cstdint>
#include <string>

#include "factorwal/engine.h"
#include "factorwal/feed/options.h"
#include "factorwal/feed/report.h"
#include "run.h"

namespace factorwal::tool {

/// What the open found, and what it means for the run.
void tell_recovery(Engine& engine, const RunRequest& request);
/// Rows that were passed over, or taken with a doubt.
void tell_rows(const feed::FeedReport& report, feed::OnBadRow on_bad_row);
/// `limit`: of the log's bytes, or 0. One that is not kept has its reason, and something that would
/// help.
void tell_kept(const std::string& directory, std::uint64_t limit);
/// What the close has left is for the next open.
void tell_at_risk(Engine& engine, const std::string& why);

}  // namespace factorwal::tool
