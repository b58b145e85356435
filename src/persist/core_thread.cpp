/// The persister's thread: when a commit starts, what it takes, and what it says afterwards.

#include <algorithm>
#include <utility>

#include "persist/core.h"

namespace factorwal::persist {
namespace {

// A ring's file is looked for about as often while records wait in it.
constexpr std::chrono::milliseconds kBetweenLooks{100};
// Rings that nobody uses stay a moment, for threads that come and go.
constexpr std::chrono::milliseconds kBetweenTrims{500};
// So many may stay: an engine's, a thread's, and a spare one.
constexpr std::size_t kFewRings = 3;
// A burst is over when so long nothing came; it is not waited for any longer than kBurstMax.
constexpr std::chrono::microseconds kBurstGap{2};
constexpr std::chrono::microseconds kBurstMax{20};

}  // namespace

void Core::run() {
  while (!stopped_.load()) {
    const auto look = look_for_work();
    if (look == Look::kEnd) break;
    if (look == Look::kWork) work();
  }
  finish();
}

bool Core::step() {
  const auto look = stopped_.load() ? Look::kEnd : look_for_work();
  if (look == Look::kWork) {
    work();
    return true;
  }
  if (look == Look::kEnd) finish();
  return false;
}

void Core::work() {
  if (retry_at_) return retry();
  if (auto done = commit(); !done) meet_failure(done.error());
}

void Core::finish() {
  const std::lock_guard lock(marks_mutex_);
  done_ = true;
  marks_cv_.notify_all();
}

Core::Look Core::look_for_work() {
  if (retry_at_) return look_while_degraded();
  const auto seen = wake_signal_.seen();
  const bool closed = closed_.load();
  const auto time = now();
  const auto waiting = accepted_total() - taken_;
  const auto jobs = jobs_waiting_.load();
  if (waiting == 0) nothing_waited_ = time;
  if (waiting > 0) {
    // The one bounds an age from above, the other a wait from below.
    const auto oldest = waiting_since_.value_or(longest_waiting_since());
    if (!waiting_since_) waiting_since_ = std::min(woken_since().value_or(time), time);
    look_for_removed_rings(time);
    const std::lock_guard lock(marks_mutex_);
    if (!oldest_since_) oldest_since_ = oldest;
  }
  if (is_in_burst(waiting, time)) {
    std::this_thread::yield();
    return Look::kNothing;
  }
  if (closed || is_urgent() || jobs > 0 || is_clogged() ||
      (waiting > 0 && must_commit(waiting, time))) {
    return closed && waiting == 0 && jobs == 0 && !unsynced_ ? Look::kEnd : Look::kWork;
  }
  if (waiting > 0) {
    sleep(seen, taken_ + batch_size_, std::min(*waiting_since_ + max_delay_, time + kBetweenLooks));
    return Look::kNothing;
  }
  if (auto done = rest(seen, time); !done) {
    meet_failure(done.error());
    return Look::kNothing;
  }
  return is_urgent() ? Look::kWork : Look::kNothing;
}

bool Core::is_clogged() {
  if (space_waiters_.load() == 0) return false;
  return producers_.bytes_held() > 0;
}

// A thread that spins sees a burst's first record before its last one is sent, and would commit the
// burst in two: the second half then waits for the disk twice. A sleeper meets all of it.
bool Core::is_in_burst(std::uint64_t waiting, Clock::time_point now) {
  if (config_.persister_wait != FactorWalConfig::PersisterWait::kSpin || stepped_) return false;
  if (waiting == 0 || waiting >= batch_size_) return false;
  if (std::exchange(burst_seen_, taken_ + waiting) != taken_ + waiting) burst_grew_ = now;
  return now < burst_grew_ + kBurstGap && now < *waiting_since_ + kBurstMax;
}

bool Core::must_commit(std::uint64_t waiting, Clock::time_point now) const {
  return config_.adaptive || !config_.enable_group_commit || waiting >= batch_size_ ||
         space_waiters_.load() > 0 || now >= *waiting_since_ + max_delay_;
}

Status Core::rest(std::uint32_t seen, Clock::time_point now) {
  auto until = now + std::chrono::hours(1);
  if (const auto again = trim_rings(now)) until = *again;
  if (unsynced_) {
    const auto due = last_sync_ + sync_interval_;
    if (now >= due) {
      urgent_.store(true);
      return {};
    }
    until = std::min(until, due);
  } else if (frontier_due_) {
    if (auto done = write_frontier(now); !done) return done;
  }
  if (config_.persister_wait == FactorWalConfig::PersisterWait::kSpin) {
    std::this_thread::yield();
    return {};
  }
  sleep(seen, taken_ + 1, until);
  return {};
}

// Whatever comes while this waits for the disk does not wake us, and is at least as old.
template <class Work>
Status Core::while_idle(Clock::time_point begun, Work work) {
  bool none = false;  // is at risk: without group commit, what is written may be
  {
    const std::lock_guard lock(marks_mutex_);
    none = !oldest_since_;
    if (none) oldest_since_ = begun;
  }
  {
    const std::lock_guard lock(log().mutex);
    if (auto done = work(); !done) return done;
  }
  if (accepted_total() > taken_) {
    waiting_since_ = begun;
  } else if (none) {
    const std::lock_guard lock(marks_mutex_);
    oldest_since_.reset();
  }
  return {};
}

std::optional<Core::Clock::time_point> Core::trim_rings(Clock::time_point now) {
  // After a while without commits it is done once more, and with many senders, whose end wakes
  // nobody, again and again.
  const bool due = last_trim_ <= last_commit_ + kBetweenTrims || producers_.count() > kFewRings;
  if (!due || degraded()) return {};
  if (now < last_trim_ + kBetweenTrims) return last_trim_ + kBetweenTrims;
  last_trim_ = now;
  // One that stays on record is looked at again; a disk that fails tells the next commit.
  (void)while_idle(now, [this] { return producers_.trim(); });
  return now + kBetweenTrims;
}

// A ring without its file keeps nothing for the time after the process: what is in it goes into the
// log at once.
void Core::look_for_removed_rings(Clock::time_point now) {
  if (now < last_look_ + kBetweenLooks) return;
  last_look_ = now;
  if (producers_.condemn_removed()) hurry();
}

Status Core::write_frontier(Clock::time_point begun) {
  auto done = while_idle(begun, [this] { return log().writer->write_frontier(); });
  if (done) frontier_due_ = false;
  return done;
}

void Core::sleep(std::uint32_t seen, std::uint64_t wake_at, Clock::time_point until) {
  woken_since_.store(kNotWoken);  // what it stands for has been seen
  wake_at_.store(wake_at);
  // Anything that came before the store has not seen it and will not wake us.
  const bool work = (accepted_.load() & ~kClosedBit) >= wake_at || closed_.load() || is_urgent() ||
                    jobs_waiting_.load() > 0;
  if (!work && !stepped_) wake_signal_.wait_until(seen, until);
  // Whoever sends from here on wakes nobody.
  const auto time = now();
  if (accepted_total() <= taken_) nothing_waited_ = time;
  wake_at_.store(kNever);
  if (const auto since = woken_since(); since && !waiting_since_) waiting_since_ = since;
  woken_since_.store(kNotWoken);
}

Status Core::commit() {
  const auto begun = now();
  const bool urgent = is_urgent();
  urgent_.store(false);
  const bool closing = closed_.load();
  bool synced = false;
  const auto taken_before = taken_.load();
  {
    const std::lock_guard lock(log().mutex);
    auto& writer = *log().writer;
    if (auto done = take_all(); !done) return done;
    if (auto done = write_frame(); !done) return done;
    unsynced_ = unsynced_ || taken_ != taken_before;
    const bool due = begun >= last_sync_ + sync_interval_;
    if (config_.enable_group_commit || urgent || closing || due) {
      if (auto done = writer.sync(); !done) return done;
      synced = true;
      frontier_due_ = true;
      unsynced_ = false;
      synced_total_ = taken_;
      last_sync_ = begun;
    }
    if (synced && retry_at_) recover();  // before those who wait for it are woken
    // Space first: who waits for a mark finds the space that goes with it.
    release_space();
    publish_marks(synced, begun);
    if (synced) writer.cut_old();
  }
  // What came meanwhile has not waited longer than this commit took.
  waiting_since_.reset();
  last_commit_ = now();
  if (accepted_total() <= taken_) {
    nothing_waited_ = last_commit_;
  } else {
    waiting_since_ = begun;
    // Counted, but not yet visible in its ring: its sender needs the core more than we do.
    if (taken_ == taken_before) std::this_thread::yield();
  }
  return {};
}

Status Core::write_frame() {
  auto& writer = *log().writer;
  note_marks();
  if (auto done = writer.write(marks_out_); !done) return done;
  // A rotation syncs what is written before it names a replay start, so that the generation's mark,
  // which lies in the frame just written, is durable by then.
  if (new_replay_) {
    writer.set_replay(*new_replay_);
    new_replay_.reset();
  }
  return {};
}

/// How far this frame takes the rings that it takes from. Nothing reads a ring in the process's own
/// memory after it.
void Core::note_marks() {
  marks_out_.clear();
  for (const auto& producer : mine_) {
    if (!producer->has_ring()) continue;
    const auto& ring = producer->ring();
    const auto taken = ring.taken_ordinal();
    if (taken == producer->marked_ordinal_) continue;
    producer->marked_ordinal_ = taken;
    if (producer->registered().kind != ChannelKind::kHeap) {
      marks_out_.push_back({ring.identity(), taken});
    }
  }
}

void Core::publish_marks(bool synced, Clock::time_point begun) {
  if (synced) {
    for (const auto& producer : mine_) {
      if (producer->has_ring()) producer->durable_ordinal_.store(producer->taken());
    }
  }
  const std::lock_guard lock(marks_mutex_);
  const auto& writer = *log().writer;
  written_ = writer.written_sequence();
  written_total_ = taken_;
  appended_ = log().appended.load();
  if (stats_.bytes_written != writer.bytes_written()) ++stats_.commits;
  stats_.syncs = writer.sync_count();
  stats_.bytes_written = writer.bytes_written();
  if (synced) {
    durable_total_ = taken_;
    durable_jobs_ = jobs_taken_;
    oldest_since_.reset();
    if (accepted_total() > taken_) oldest_since_ = begun;
  }
  // A rotation syncs, too.
  const bool moved = durable_ != writer.durable_sequence();
  durable_ = writer.durable_sequence();
  if (synced || moved) marks_cv_.notify_all();
}

void Core::release_space() {
  keep_position();
  for (const auto& producer : mine_) {
    if (producer->has_ring()) producer->release();
  }
  if (space_waiters_.load() > 0) {
    const std::lock_guard lock(space_mutex_);
    space_cv_.notify_all();
  }
}

Status Core::remove_rings() {
  if (!status()) return {};  // what they hold is not in the log: the next open takes it from there
  const std::lock_guard lock(log().mutex);
  return producers_.remove_all();
}

}  // namespace factorwal::persist
