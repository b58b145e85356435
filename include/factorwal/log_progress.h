#pragma once
/// \file
/// How far a call that reads a log from end to end has come.

#include <cstdint>
#include <functional>

namespace factorwal {

/// Bytes of the log's frames. An open whose last snapshots turn out not to be enough begins again,
/// further back: `done_bytes` falls then, and `all_bytes` grows.
struct LogProgress {
  std::uint64_t done_bytes = 0;
  std::uint64_t all_bytes = 0;
};

/// Called about once a MiB, on the calling thread; false gives the call up, with kTimeout. May be
/// empty. Must not throw.
using TellLogProgress = std::function<bool(const LogProgress&)>;

}  // namespace factorwal
