#include "base/caught_error.h"
#include "wal/reading/record_follower_state.h"

namespace factorwal {
namespace {

// Never destroyed: a static object's destructor may read a log.
const Status& follower_moved_away() noexcept {
  static const auto& status = *new Status(  // NOLINT(bugprone-unhandled-exception-at-new)
      Error{Errc::kClosed, "the follower was moved into another object: read there", 0});
  return status;
}

}  // namespace

RecordFollower::RecordFollower(std::unique_ptr<State> state) : state_(std::move(state)) {}
RecordFollower::RecordFollower(RecordFollower&&) noexcept = default;
RecordFollower& RecordFollower::operator=(RecordFollower&&) noexcept = default;
RecordFollower::~RecordFollower() = default;

ReadResult RecordFollower::next(LogRecord& record) {
  if (!state_) return Result<bool>(follower_moved_away().error());
  auto& s = *state_;
  if (!s.status) return Result<bool>(s.status.error());
  try {
    for (;;) {
      auto found = s.follower.next(record);
      if (!found) s.status = found.error();
      if (found && *found && record.sequence != 0) {
        // After a crash the last records are written again, under their own sequences.
        if (record.sequence <= s.last) continue;
        s.last = record.sequence;
      }
      return found;
    }
  } catch (...) {
    s.status = caught_error();
    return Result<bool>(s.status.error());
  }
}

const Status& RecordFollower::status() const noexcept {
  return state_ ? state_->status : follower_moved_away();
}

std::uint64_t RecordFollower::missed_records() const noexcept {
  return state_ ? state_->follower.missed() : 0;
}

std::uint64_t RecordFollower::cut_records() const noexcept {
  return state_ ? state_->follower.cut() : 0;
}

}  // namespace factorwal
