#pragma once
/// What is behind a RecordFollower, for who makes one.

#include "factorwal/record_follower.h"
#include "wal/reading/log_follower.h"

namespace factorwal {

struct RecordFollower::State {
  /// Goes on where `view` ends, with `names` as of there. `files` must outlive this.
  State(FileSystem& files, const wal::LogView& view) : follower(files, view, names) {}
  wal::NameTable names;
  wal::LogFollower follower;
  Sequence last = 0;  // given
  Status status;
};

}  // namespace factorwal
