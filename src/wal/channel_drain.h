#pragma once
/// Brings what a dead process had accepted into the log, exactly once: each frame says how far it
/// has taken from which ring, so that a drain that was cut short goes on where it stopped.

#include <functional>
#include <optional>

#include "channel/ring_image.h"
#include "channel/ring_register.h"
#include "factorwal/channel_recovery.h"
#include "wal/channel_entry.h"

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

  /// Looks at the rings on record in a directory of that identity. Reads only.
  static Result<ChannelDrain> find(FileSystem& files, const std::string& directory,
                                   const Identity& identity);

  /// Compares with what the log holds. Refuses, nothing changed, what may not be passed over: a
  /// ring that is damaged, of a newer version, or ahead of the log. Interns names.
  [[nodiscard]] Status prepare(NameTable& names, std::span<const RingMark> marks);

  /// Writes and syncs what is not in the log. The log's mutex must be held.
  [[nodiscard]] Status drain(Log& log, const Observer& observe);

  [[nodiscard]] std::vector<RingRecovery> reports() const;
  /// To be removed once `drain` has returned without error.
  [[nodiscard]] std::vector<channel::RegisteredRing> rings() const;

 private:
  [[nodiscard]] Status drain_ring(Log& log, Found& found, const Observer& observe);

  std::string directory_;
  std::vector<Found> found_;
};

}  // namespace factorwal::wal
