#pragma once
/// The persister's thread and what it shares with the senders.

#include <atomic>
#include <condition_variable>
#include <limits>
#include <mutex>
#include <thread>
#include <vector>

#include "base/fork_guard.h"
#include "base/quiet_thread.h"
#include "base/wake_signal.h"
#include "factorwal/persister.h"
#include "persist/producer_pool.h"
#include "persist/timestamp_check.h"
#include "wal/writing/log.h"

namespace factorwal::persist {

/// How many rings a frame can name.
inline constexpr std::size_t kProducersMax = std::numeric_limits<std::uint16_t>::max();

/// kInvalidArgument beyond kChannelBytesMax.
[[nodiscard]] Status check_channel_bytes(std::size_t channel_bytes);

class Core {
 public:
  Core(std::shared_ptr<WalManager> wal, FactorWalConfig config);
  ~Core();

  [[nodiscard]] std::uint64_t id() const noexcept { return id_; }
  /// Not 0 before 2^32 cores.
  [[nodiscard]] std::uint32_t ticket_tag() const noexcept {
    return static_cast<std::uint32_t>(id_);
  }
  [[nodiscard]] ProducerPool& producers() noexcept { return producers_; }
  [[nodiscard]] const ProducerPool& producers() const noexcept { return producers_; }
  /// What a send is told whose thread has no producer.
  [[nodiscard]] SendStatus no_producer() const noexcept;
  void submit(StateJob job);
  /// Submitted, and not yet in a frame.
  [[nodiscard]] std::uint64_t jobs_waiting() const noexcept { return jobs_waiting_.load(); }

  [[nodiscard]] DurabilityMarks marks() const;
  [[nodiscard]] DataAtRisk data_at_risk() const;
  [[nodiscard]] Status wait_durable(Ticket ticket, std::chrono::nanoseconds timeout);
  [[nodiscard]] Status wait_durable(Sequence sequence, std::chrono::nanoseconds timeout);
  [[nodiscard]] Status flush(std::chrono::nanoseconds timeout);
  /// Cut short by an exception, it can be called again.
  Status shutdown();
  /// The close of the log shuts this down first. Called once, by whoever made this.
  void end_with_log(const std::shared_ptr<Core>& self);
  [[nodiscard]] Status status() const;
  [[nodiscard]] StorageHealth health() const;
  /// Storage fails and is tried again. For every tick: no lock.
  [[nodiscard]] bool degraded() const noexcept { return degraded_.load(std::memory_order_relaxed); }
  /// In a simulation, where there is no thread: does what is due now. False when nothing was.
  bool step();
  [[nodiscard]] PersisterStats stats() const;
  [[nodiscard]] const FactorWalConfig& config() const noexcept { return config_; }
  /// Of the handles that its log gives. Those of others, and handmade ones, are kMismatch.
  [[nodiscard]] std::uint32_t handle_tag() const noexcept { return handle_tag_; }
  /// Whether a send of that time is refused with kTimestamp. For every tick: one compare.
  [[nodiscard]] bool refuses(TimestampNs time) const noexcept {
    return may_be_other_unit(time) && !config_.allow_any_timestamp && looks_like_other_unit(time);
  }
  /// True in a child process: the threads of this are the parent's.
  [[nodiscard]] bool forked() const noexcept { return fork_guard_.forked(); }
  [[nodiscard]] wal::Log& log() noexcept { return wal_->log(); }

  /// How many names the log says when this begins.
  [[nodiscard]] const wal::WalWriter::Defined& logged_names() const noexcept {
    return logged_names_;
  }

 private:
  friend class Producer;
  using Clock = FactorWalPersister::Clock;

  // accepted_ counts the records of all producers; this bit says that no more are accepted.
  static constexpr std::uint64_t kClosedBit = std::uint64_t{1} << 63;
  static constexpr std::uint64_t kNever = ~std::uint64_t{0};

  // ---- Senders
  /// Counts a record before it is visible, and gives the count without it: once the closed bit is
  /// set the count is final, and the persister waits until it has seen that many.
  std::uint64_t count_record() noexcept { return accepted_.fetch_add(1); }
  /// After record number `count` is visible. The count's read-modify-write comes before this look,
  /// and the persister's store of what it sleeps for before its last look at the count: one of the
  /// two sees the other.
  void wake_when_due(std::uint64_t count) {
    if (count >= wake_at_.load()) [[unlikely]]
      wake_once(count);
  }
  void wake_once(std::uint64_t count);
  [[nodiscard]] SendStatus refusal() const noexcept;
  /// No send is accepted from here on, and the count of those that were is final.
  void close_intake();
  /// A ring's file cannot take a record: with `degrade` it counts all the same, for the process.
  [[nodiscard]] bool goes_on_without(const Error& error);
  void wake();
  /// Makes the persister commit and sync all that is accepted now, and what others have put into
  /// the log's frame.
  void hurry();
  /// Records accepted so far; final once closed.
  [[nodiscard]] std::uint64_t accepted_total() const noexcept;
  template <class Reached>
  [[nodiscard]] Status wait_for(Reached reached, std::chrono::nanoseconds timeout, bool now);

  [[nodiscard]] Clock::time_point now() const;
  /// `WalManager::append` has added what no commit of this has written yet.
  [[nodiscard]] bool has_appended() const;

  // ---- Persister thread
  void run();
  enum class Look : std::uint8_t { kWork, kNothing, kEnd };
  /// Whether a commit is due; when nothing is, the thread has slept until that may have changed.
  [[nodiscard]] Look look_for_work();
  /// Does what is due: a commit, or while storage fails another try.
  void work();
  void finish();
  /// A sender waits for space that definitions take: they are no records, and wake nobody.
  [[nodiscard]] bool is_clogged();
  [[nodiscard]] bool is_in_burst(std::uint64_t waiting, Clock::time_point now);
  [[nodiscard]] bool must_commit(std::uint64_t waiting, Clock::time_point now) const;
  [[nodiscard]] Status commit();
  void note_marks();
  /// After the last commit: all rings are empty.
  [[nodiscard]] Status remove_rings();
  /// Gives back what nobody uses any more, some time after the last commit; when to look again.
  [[nodiscard]] std::optional<Clock::time_point> trim_rings(Clock::time_point now);
  /// Accepted records whose ring has lost its file are to be committed at once.
  void look_for_removed_rings(Clock::time_point now);
  [[nodiscard]] Status write_frame();
  [[nodiscard]] Status rest(std::uint32_t seen, Clock::time_point now);
  [[nodiscard]] Status write_frontier(Clock::time_point begun);
  /// Does something under the log's mutex when nothing waits.
  template <class Work>
  [[nodiscard]] Status while_idle(Clock::time_point begun, Work work);
  /// `seen`: of the wake signal, from before the caller looked for work.
  void sleep(std::uint32_t seen, std::uint64_t wake_at, Clock::time_point until);
  [[nodiscard]] std::optional<Clock::time_point> woken_since() const noexcept;
  /// None of the records that wait was accepted before.
  [[nodiscard]] Clock::time_point longest_waiting_since() const noexcept {
    return woken_since().value_or(nothing_waited_);
  }
  void publish_marks(bool synced, Clock::time_point begun);
  void release_space();

  // ---- Persister thread: what a commit takes, in which order (core_intake.cpp)
  /// A producer's next record and its stamp.
  struct Front {
    std::uint64_t stamp = 0;
    std::size_t producer = 0;  // in mine_
    friend bool operator>(const Front& a, const Front& b) { return a.stamp > b.stamp; }
  };
  [[nodiscard]] Status take_all();
  /// In front of what `WalManager::append` adds, on its caller's thread.
  [[nodiscard]] Status write_accepted();
  void go_before_appends(bool on);
  /// What a commit may take: everything visible that was accepted before the commit began.
  void set_limits();
  /// Takes the definitions in front of the next record; its stamp, if there is one to take.
  [[nodiscard]] std::optional<std::uint64_t> find_front(std::size_t producer);
  /// Takes records of the front's producer up to the first that another was accepted before, which
  /// is its front then.
  [[nodiscard]] Status take_run(Front& front, std::uint64_t before);
  std::uint64_t take_common(Producer& producer, std::uint64_t limit, std::uint64_t end_stamp);
  [[nodiscard]] std::uint64_t stamp_behind_first() const noexcept;
  void sink_first();
  /// No addition in one step: nobody else writes it.
  void count_taken(std::uint64_t count) noexcept {
    taken_.store(taken_.load(std::memory_order_relaxed) + count, std::memory_order_release);
  }
  void note_position(const std::byte* entry, channel::EntryKind kind);
  void note_position(const std::byte* entry, const channel::TickEntry& tick) noexcept;
  /// Called before the space of what was taken is given back.
  void keep_position();
  /// Where the source is after what was taken; `before`: where it was when this began.
  [[nodiscard]] ByteView position_taken(ByteView before) const;
  /// A long commit goes out in several frames.
  [[nodiscard]] Status write_if_long();
  void collect_jobs();
  /// Writes the states that belong to what was taken from `producer` so far.
  [[nodiscard]] Status take_states(Producer& producer);
  [[nodiscard]] Status take_state(const StateJob& job);
  [[nodiscard]] Status take_long_state(const StateJob& job);
  [[nodiscard]] Status begin_generation();

  // ---- Persister thread, when storage fails (core_storage.cpp)
  void meet_failure(const Error& error);
  void stop(const Error& error);
  void degrade(const Error& error);
  void retry();
  void recover();
  [[nodiscard]] Look look_while_degraded();
  /// What a waiter is told whose time is up. marks_mutex_ must be held.
  [[nodiscard]] Error not_durable_yet() const;

  [[nodiscard]] bool is_urgent() const noexcept {
    return urgent_.load() || urgent_total_.load() > synced_total_;
  }

  const std::shared_ptr<WalManager> wal_;
  const FactorWalConfig config_;
  const std::chrono::milliseconds max_delay_;
  const std::chrono::milliseconds sync_interval_;
  const std::uint64_t batch_size_;
  const std::uint32_t handle_tag_;
  const std::uint64_t id_;  // tells cores apart in what threads remember
  const bool stepped_;      // in a simulation
  // Stamps go on from those of the log's earlier persisters, whose rings may still be there.
  const std::uint64_t first_stamp_;
  const bool owns_log_;

  alignas(64) std::atomic<std::uint64_t> accepted_{0};
  alignas(64) std::atomic<std::uint64_t> wake_at_{kNever};
  std::atomic<bool> closed_{false};  // set once final_total_ is known
  std::atomic<std::uint64_t> final_total_{0};
  std::atomic<bool> stopped_{false};
  std::atomic<bool> degraded_{false};
  std::atomic<bool> urgent_{false};             // commit and sync now
  std::atomic<std::uint64_t> urgent_total_{0};  // ... and until that many records are durable
  std::atomic<std::uint64_t> jobs_waiting_{0};
  std::atomic<std::uint64_t> jobs_submitted_{0};

  WakeSignal wake_signal_;
  // When somebody first woke the persister since it last slept; kNotWoken if nobody did.
  static constexpr Clock::rep kNotWoken = std::numeric_limits<Clock::rep>::min();
  std::atomic<Clock::rep> woken_since_{kNotWoken};
  wal::WalWriter::Defined logged_names_;

  ProducerPool producers_;

  std::mutex jobs_mutex_;
  std::vector<StateJob> jobs_;  // guarded by jobs_mutex_

  std::mutex space_mutex_;
  std::condition_variable space_cv_;
  std::atomic<int> space_waiters_{0};
  std::atomic<std::uint64_t> waits_{0};
  std::atomic<std::uint64_t> refusals_{0};

  mutable std::mutex marks_mutex_;
  mutable std::condition_variable marks_cv_;
  Sequence written_ = 0;                           // guarded by marks_mutex_
  Sequence durable_ = 0;                           // guarded by marks_mutex_
  std::uint64_t written_total_ = 0;                // records of ours; guarded by marks_mutex_
  std::uint64_t appended_ = 0;                     // others, by then; guarded by marks_mutex_
  std::uint64_t durable_total_ = 0;                // guarded by marks_mutex_
  std::uint64_t durable_jobs_ = 0;                 // guarded by marks_mutex_
  std::optional<Clock::time_point> oldest_since_;  // guarded by marks_mutex_
  PersisterStats stats_;                           // guarded by marks_mutex_
  StorageHealth health_;                           // guarded by marks_mutex_
  bool done_ = false;                              // the thread has ended; guarded by marks_mutex_

  // The persister thread's own.
  std::vector<std::shared_ptr<Producer>> mine_;
  std::vector<wal::RingMark> marks_out_;
  std::vector<Front> fronts_;          // a heap, the earliest first
  std::vector<std::uint64_t> limits_;  // by producer: what this commit may take
  std::uint64_t stamp_limit_ = 0;
  ByteView taken_position_;  // in a ring: of the last record that has one
  Bytes last_position_;      // of what was taken before
  // Both are written under the log's mutex, also by `WalManager::append`.
  std::atomic<std::uint64_t> taken_{0};
  std::uint64_t synced_total_ = 0;  // as durable_total_
  std::uint64_t jobs_taken_ = 0;
  wal::ReplayStart generation_start_;
  std::optional<wal::ReplayStarts> new_replay_;     // applied once its mark is written
  std::optional<Clock::time_point> waiting_since_;  // the oldest record that waits is not older
  Clock::time_point nothing_waited_{};              // when it was last seen that none does
  std::uint64_t burst_seen_ = 0;  // accepted at the last look of a thread that spins
  Clock::time_point burst_grew_;
  Clock::time_point last_sync_{};
  Clock::time_point last_commit_{};  // when it ended
  Clock::time_point last_look_{};    // for removed rings
  Clock::time_point last_trim_{};
  std::atomic<bool> unsynced_{false};
  bool frontier_due_ = false;     // something was synced since the log last said how far it is
  Clock::time_point last_try_{};  // of failing storage
  std::optional<Clock::time_point> retry_at_;
  std::chrono::milliseconds retry_delay_{0};

  const ForkGuard fork_guard_;
  std::mutex shutdown_mutex_;
  bool runs_ = false;  // there is something to shut down; guarded by shutdown_mutex_
  std::thread thread_;
};

}  // namespace factorwal::persist
