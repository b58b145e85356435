#pragma once
/// Brings what a dead process had accepted into the log, exactly once: each frame says how far it
/// has taken from which ring, so that a drain that was cut short goes on where it stopped.

#include <functional>
#include <optional>

#include "channel/ring_image.h"
#include "channel/ring_register.h"
#include "factorwal/channel_recovery.h"
#include "wal/channel_entry.h"
#include "wal/recovery_cases.h"

namespace factorwal::wal {

class ChannelDrain {
 public:
  /// A ring on record, and what was found of it.
  struct Found {
    channel::RegisteredRing ring;
    RingRecovery report;
    std::optional<channel::RingImage> image;
    HandleMap handles;
  };
  /// Sees each drained record of ticks, once it is in the frame.
  using Observer = std::function<Status(const LogRecord&)>;

  /// Looks at the rings on record in a directory of that identity. Reads only. A list that does not
  /// hold is told by `prepare`, as a ring that does not.
  static Result<ChannelDrain> find(FileSystem& files, const std::string& directory,
                                   const Identity& identity);

  /// Compares with what the log holds. Interns names; changes nothing. The worst that was found.
  [[nodiscard]] RingsFound prepare(NameTable& names, std::span<const RingMark> marks);
  /// Why an open may not pass over what `prepare` has found.
  [[nodiscard]] Error refusal() const;

  /// Writes and syncs what is not in the log. The log's mutex must be held.
  [[nodiscard]] Status drain(Log& log, const Observer& observe);

  [[nodiscard]] std::vector<RingRecovery> reports() const;
  /// To be removed once `drain` has returned without error. What was not drained although it should
  /// have been keeps its file: `factorwal rings` lists and clears it.
  [[nodiscard]] std::vector<channel::RegisteredRing> rings() const;

 private:
  [[nodiscard]] Status drain_ring(Log& log, Found& found, const Observer& observe);

  std::string directory_;
  std::optional<Error> broken_list_;
  std::vector<Found> found_;
};

}  // namespace factorwal::wal
