#pragma once
/// Bare records and the log without its channel, in turns: a disk does not stay the same for a
/// second.

#include <utility>

#include "support/log_alone.h"
#include "support/raw_file.h"

namespace factorwal::bench {

/// Updates, again and again.
class UpdateCycle {
 public:
  explicit UpdateCycle(std::uint64_t count) : updates_(make_updates(count)) {}
  /// The next so many. Requires: no more than there are.
  const Update* next(std::uint64_t count) {
    if (at_ + count > updates_.size()) at_ = 0;
    return &updates_[std::exchange(at_, at_ + count)];
  }

 private:
  std::vector<Update> updates_;
  std::uint64_t at_ = 0;
};

struct CommitsInTurn {
  double raw_ns = 0;
  double log_ns = 0;
  double commits = 0;  ///< of each
};

/// Commits of `batch` updates each, so many of one and then of the other.
inline CommitsInTurn commit_in_turn(RawFile& raw, LogAlone& log, UpdateCycle& updates,
                                    std::uint64_t batch, int in_turn, double seconds) {
  CommitsInTurn taken;
  const auto begun = now_ns();
  do {
    const auto before = now_ns();
    for (int i = 0; i < in_turn; ++i) raw.commit(batch);
    const auto between = now_ns();
    for (int i = 0; i < in_turn; ++i) log.commit(updates.next(batch), batch);
    taken.log_ns += static_cast<double>(now_ns() - between);
    taken.raw_ns += static_cast<double>(between - before);
    taken.commits += in_turn;
  } while (static_cast<double>(now_ns() - begun) < seconds * 1e9);
  return taken;
}

}  // namespace factorwal::bench
