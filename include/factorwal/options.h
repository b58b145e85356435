#pragma once
/// \file
/// Every setting: its default, its unit, its consequence.

#include <chrono>
#include <cstddef>
#include <cstdint>

namespace factorwal {

/// Where accepted records wait for the log.
enum class ChannelKind : std::uint8_t {
  kShm = 0,   ///< shared memory: outlives the process, not the machine, nor its container, nor (of
              ///< a user who is no system user) the last logout, see docs/durability.md. Falls back
              ///< to kFile
  kFile = 1,  ///< a file in the data directory: outlives the process. Each send is a system call
              ///< that writes its record (under a microsecond), and waits where the file system
              ///< does: frozen for a snapshot, or behind a device that stalls
  kHeap = 2,  ///< the process's own memory: what was accepted and not written dies with the process
};

/// The largest channel of a producer: an open after a kill reads it whole. Bytes.
inline constexpr std::size_t kChannelBytesMax = std::size_t{4} << 30;

/// When queued records become durable. The three fields of the page that factorwal started from
/// keep their names and defaults.
struct FactorWalConfig {
  /// A commit starts at the latest when this many records wait. 0 is taken as 1.
  std::size_t batch_size = 100;
  /// A commit starts at the latest when the oldest record that waits is this old. Milliseconds of
  /// the monotonic clock. More than a year is taken as a year, here and in `sync_interval_ms`.
  std::uint64_t max_delay_ms = 10;
  /// true: every commit is one write and one fdatasync. false: records are written at once, so
  /// that they survive the process, and synced every `sync_interval_ms`, at rotation, on
  /// `wait_durable`, `flush` and close: a power failure may cost that much more.
  bool enable_group_commit = true;

  /// true: a commit also starts as soon as the disk is idle, so that a lone record waits for
  /// nothing. false: only `batch_size` and `max_delay_ms` start one.
  bool adaptive = true;
  /// With `enable_group_commit = false`: the time between syncs. Milliseconds.
  std::uint64_t sync_interval_ms = 1000;

  /// What a send does when the channel is full.
  enum class WhenFull : std::uint8_t {
    kWait,    ///< waits for space, never for the disk as such; counted
    kRefuse,  ///< returns SendStatus::kFull at once; counted
  };
  WhenFull when_full = WhenFull::kWait;

  /// What happens when the disk fails: a write, a sync, a file that cannot be made, no space.
  enum class OnStorageFailure : std::uint8_t {
    kStop,     ///< sends are refused from then on, with the reason; a reopen goes on
    kDegrade,  ///< sends go on until the channel is full, nothing becomes durable meanwhile, and
               ///< the log goes on by itself, in a new segment, when storage works again
  };
  OnStorageFailure on_storage_failure = OnStorageFailure::kStop;

  /// Never kHeap by itself. A thread's first send may have to make its ring and have the directory
  /// list it durably: it waits for the disk then, some milliseconds, or as long as that stalls,
  /// whatever `when_full` says.
  ChannelKind channel = ChannelKind::kShm;

  /// Space for records that are accepted and not yet durable, per sending thread. Bytes; rounded
  /// up to a power of two, at least 64 KiB, at most kChannelBytesMax (more is refused: by an
  /// engine's open, and with kNoChannel). The longest record takes at most half of it. Memory
  /// comes in steps of 64 KiB as the thread needs it, and goes back when it is quiet, or ends; only
  /// an Engine's ticks have all of it from the start.
  std::size_t channel_bytes = std::size_t{8} << 20;

  /// What the persister thread does when nothing waits.
  enum class PersisterWait : std::uint8_t {
    kBlock,  ///< sleeps; a send wakes it
    kSpin,   ///< burns a core, saves the sender the waking, and waits 2 us for the rest of a burst
  };
  PersisterWait persister_wait = PersisterWait::kBlock;

  /// false: ticks and sends whose time looks like seconds, milliseconds or microseconds are refused
  /// (SendStatus::kTimestamp; see `check_timestamp`). true: for sources that do have times of the
  /// first weeks of 1970, such as a simulation that counts from 0.
  bool allow_any_timestamp = false;

  [[nodiscard]] static FactorWalConfig high_throughput() {
    FactorWalConfig config;
    config.batch_size = 1000;
    config.max_delay_ms = 50;
    return config;
  }
  [[nodiscard]] static FactorWalConfig low_latency() {
    FactorWalConfig config;
    config.batch_size = 10;
    config.max_delay_ms = 1;
    config.enable_group_commit = false;
    return config;
  }
  [[nodiscard]] static FactorWalConfig balanced() { return {}; }
};

/// What an open does when something durable is damaged.
enum class OnCorruption : std::uint8_t {
  kRefuse = 0,      ///< it fails with kCorruption, and changes nothing
  kQuarantine = 1,  ///< it goes on behind the damage; instruments that are hit, or may be, have
                    ///< missing values until they are exact again (see docs/recovery.md)
};

/// How the log lies on disk.
struct LogOptions {
  /// A segment is rotated when the next frame does not fit. Bytes, at least 64 KiB. The first
  /// segments of an open are smaller (1 MiB, then four times as large each). With `keep_bytes` at
  /// most an eighth of that, so that something can be cut.
  std::uint64_t segment_bytes = std::uint64_t{64} << 20;
  /// A segment is made only where this much stays free beside it; otherwise the open is refused, or
  /// the log stops (see `on_storage_failure`), with the numbers, before the disk is full. Bytes; 0
  /// turns it off. The default, one full segment, is what a person and other programs need to act
  /// in, and little on any disk that holds a day of ticks.
  std::uint64_t free_space_reserve = std::uint64_t{64} << 20;
  /// Refusing is the default: a person decides, with the damage named.
  OnCorruption on_corruption = OnCorruption::kRefuse;
  /// Retention: whole segments that hold nothing younger than this are cut. 0: none, ever. Measured
  /// by the wall clock.
  std::chrono::nanoseconds keep_age{0};
  /// Retention: the oldest segments are cut while all of them together are allocated more than
  /// this. Bytes; 0: none are. What either limit cuts lies before the last two complete snapshot
  /// generations: without `Engine` snapshots, nothing is cut. What is cut is gone: older records,
  /// and last values of updates that were not sent since. Looked at when a log is opened, when a
  /// segment is full, and when a generation is complete.
  std::uint64_t keep_bytes = 0;
};

}  // namespace factorwal
