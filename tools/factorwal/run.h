#pragma once
/// `factorwal run`: tick files through an engine into a data directory.

#include <chrono>
#include <optional>
#include <string>
#include <vector>

#include "exit_code.h"
#include "factorwal/feed/options.h"

namespace factorwal::tool {

struct RunRequest {
  std::vector<std::string> tick_paths;
  std::string factors_path;  ///< empty: the default set
  std::string data_directory;
  bool resume = false;
  bool append = false;
  feed::FeedOptions feed;
  std::string preset;
  std::string config_path;
  std::string on_storage_failure;  ///< "stop", "degrade"; empty: as configured
  std::string on_corruption;       ///< "refuse", "quarantine"; empty: as configured
  std::string log_inputs;          ///< "all", "used"; empty: as configured
  std::string certificate_path;    ///< where the recovery certificate goes, as JSON; empty: nowhere
  std::optional<std::uint64_t> snapshot_every;
  std::optional<std::chrono::nanoseconds> keep_age;
  std::optional<std::uint64_t> keep_bytes;
  std::string trading_day;  ///< of the archive's folders, as TradingDays
  bool archive = false;     ///< sealed segments become Parquet meanwhile, the rest at the end
  bool json = false;
};

/// Runs to the end of the files, to SIGINT or SIGTERM, or to the first error. In each case
/// everything accepted is durable before it returns; where storage fails to the end, it is in the
/// channel, and the answer is kDegraded; as it is while damage makes factors missing, and where the
/// last run's channel may have cost accepted records.
ExitCode run(const RunRequest& request);

}  // namespace factorwal::tool
