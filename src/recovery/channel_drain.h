#pragma once
/// Brings what a dead process had accepted into the log, exactly once: each frame says how far it
/// has taken from which ring, so that a drain that was cut short goes on where it stopped.

#include <functional>
#include <optional>

#include "channel/ring_image.h"
#include "channel/ring_register.h"
#include "factorwal/channel_recovery.h"
#include "recovery/directory_origin.h"
#include "recovery/recovery_cases.h"
#include "wal/reading/log_view.h"
#include "wal/writing/channel_entry.h"

namespace factorwal::recovery {

class ChannelDrain {
 public:
  /// A ring on record, and what was found of it.
  struct Found {
    channel::RegisteredRing ring;
    RingRecovery report;
    bool exists = false;         ///< there is a file
    std::uint64_t released = 0;  ///< records whose space it has given back
    bool resolved = false;       ///< every name that its entries refer to is known
    std::optional<channel::RingImage> image;
    wal::HandleMap handles;
  };
  /// Sees each record that is drained, or would be: ticks, times and positions.
  using Observer = std::function<Status(const LogRecord&)>;

  /// Looks at the rings on record in a directory of that identity. Reads only. A list that does not
  /// hold, or is not there, is told by `prepare`.
  static Result<ChannelDrain> find(FileSystem& files, const std::string& directory,
                                   const wal::Identity& identity);

  /// Compares with what the log holds (null: there is none). Interns names; changes no file. The
  /// worst that was found.
  ///
  /// Without a sound list, after an unclean end, the marks say which rings there were. What a ring
  /// has given back was durable: a bad end of the log that held it is corrupt, and `view` says so
  /// afterwards.
  [[nodiscard]] Result<RingsFound> prepare(wal::NameTable& names,
                                           std::span<const wal::RingMark> marks,
                                           wal::LogView* view);
  /// Records before what is to be drained that were durable and are in no log.
  [[nodiscard]] std::uint64_t lost_before() const noexcept { return lost_before_; }
  /// Records of rings that an open in quarantine gives up, as far as their number is known.
  [[nodiscard]] std::uint64_t given_up() const noexcept { return given_up_; }
  /// The list as the open of that number is to store it before its manifest.
  [[nodiscard]] channel::RingRegister list_of(std::uint64_t epoch) const;
  /// Some ring is on record, or the list of rings does not hold.
  [[nodiscard]] bool on_record() const noexcept { return broken_list_ || !found_.empty(); }
  /// There is no list, and there should be one.
  [[nodiscard]] bool misses_list() const noexcept { return misses_list_; }
  /// What is wrong with the list, if anything.
  [[nodiscard]] std::optional<Finding> list_finding() const;
  /// Why an open may not pass over what `prepare` has found.
  [[nodiscard]] Error refusal() const;

  /// Writes and syncs what is not in the log. The log's mutex must be held.
  [[nodiscard]] Status drain(wal::Log& log);
  /// Shows what `drain` would bring in. `names`: those of `prepare`.
  [[nodiscard]] Status preview(const wal::NameTable& names, const Observer& observe) const;

  [[nodiscard]] std::vector<RingRecovery> reports() const;
  /// To be taken off the record once `drain` has returned without error, and their files to be
  /// removed. One that is given up, or another directory's, counts as kHeap there: its file is
  /// kept.
  [[nodiscard]] std::vector<channel::RegisteredRing> rings() const;
  /// Those that may have cost records and that nothing can be done about: to stay on record until
  /// the log is closed in order.
  [[nodiscard]] std::vector<channel::RegisteredRing> lost_rings() const;
  /// Both, which are on record until then.
  [[nodiscard]] std::vector<channel::RegisteredRing> all_rings() const;
  /// Files in the directory that are given up, to be set aside before that.
  [[nodiscard]] std::vector<channel::RegisteredRing> given_up_files() const;

 private:
  explicit ChannelDrain(FileSystem& files) : files_(&files) {}
  [[nodiscard]] Status find_by_marks(std::span<const wal::RingMark> marks);
  [[nodiscard]] Found start(const channel::RegisteredRing& ring) const;
  [[nodiscard]] Result<Found> look_at(const channel::RegisteredRing& ring) const;
  [[nodiscard]] Result<Found> look_past(const channel::RegisteredRing& ring, Origin origin) const;
  void judge(Found& found, const channel::RingImage& image) const;
  [[nodiscard]] static bool may_go(const Found& found);
  [[nodiscard]] static bool is_set_aside(const Found& found);
  [[nodiscard]] static bool is_lost(const Found& found);
  void judge_list(const wal::LogView& view);
  void compare(Found& found, wal::NameTable& names, std::span<const wal::RingMark> marks);
  void blame(wal::LogView& view);
  struct Accepted {
    std::uint64_t stamp = 0;
    std::size_t ring = 0;  // in found_
    const std::byte* entry = nullptr;
  };
  [[nodiscard]] std::vector<Accepted> accepted() const;

  FileSystem* files_;
  std::string directory_;
  channel::RingRegister here_;  // this directory on this boot
  bool has_no_list_ = false;
  bool misses_list_ = false;
  std::uint64_t lost_before_ = 0;
  std::uint64_t given_up_ = 0;
  std::optional<Error> broken_list_;
  channel::RingRegister listed_;
  std::vector<Found> found_;
};

}  // namespace factorwal::recovery
