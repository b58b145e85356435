#pragma once
/// The archive of a run, made while the run goes on.

#include <memory>
#include <string>

#include "factorwal/result.h"
#include "factorwal/types.h"

namespace factorwal::tool {

/// Archives segments as they are sealed, on a thread of its own at low priority. A failure ends the
/// archive and not the run.
class ArchiveBeside {
 public:
  /// Before the log is opened: from here on retention keeps what is not archived, the open's own
  /// included. A directory without a log has nothing to keep.
  static Status announce(const std::string& directory, const std::string& trading_day);
  /// Requires: the log is open. `trading_day`: as TradingDays; empty: as the archive has it.
  /// kNotFound in a build without the archive.
  static Result<std::unique_ptr<ArchiveBeside>> start(const std::string& directory,
                                                      const std::string& trading_day);
  ~ArchiveBeside();

  /// Ends the thread; with `rest`, archives what is left of the log, which is closed by now. Up to
  /// which sequence the archive goes.
  [[nodiscard]] Result<Sequence> finish(bool rest);

 private:
  struct State;
  explicit ArchiveBeside(std::unique_ptr<State> state);
  std::unique_ptr<State> state_;
};

}  // namespace factorwal::tool
