#pragma once
/// `factorwal archive`: sealed segments become Parquet.

#include <string>
#include <vector>

#include "exit_code.h"

namespace factorwal::tool {

struct ArchiveCommandOptions {
  std::string directory;
  std::string to;                     ///< empty: `archive` in the data directory
  bool follow = false;                ///< goes on as segments are sealed, until it is interrupted
  std::string preset = "balanced";    ///< of compression
  std::vector<std::string> compress;  ///< "CATEGORY=CODEC", on top of the preset
  std::string trading_day;            ///< as TradingDays; empty: as the archive has it
  bool json = false;
};

ExitCode run_archive(const ArchiveCommandOptions& options);

}  // namespace factorwal::tool
