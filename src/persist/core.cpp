#include "persist/core.h"

#include <algorithm>

namespace factorwal::persist {
namespace {

constexpr std::size_t kChannelBytesMin = std::size_t{64} << 10;
// A commit larger than this goes out in several frames.
constexpr std::size_t kFrameTargetBytes = std::size_t{1} << 20;

// Longer ones are taken for this, so that sums of times and counts cannot overflow.
constexpr std::uint64_t kMillisecondsMax = std::uint64_t{365} * 24 * 3600 * 1000;
constexpr std::uint64_t kBatchMax = std::uint64_t{1} << 62;

std::chrono::milliseconds bounded(std::uint64_t milliseconds) {
  return std::chrono::milliseconds(std::min(milliseconds, kMillisecondsMax));
}

std::uint64_t next_core_id() {
  static std::atomic<std::uint64_t> counter{0};
  return counter.fetch_add(1) + 1;
}

/// The producers of one thread. When the thread ends, others may take them over.
struct ThreadProducers {
  struct Lease {
    std::uint64_t core;
    std::shared_ptr<Producer> producer;
  };
  std::vector<Lease> leases;
  std::uint64_t last_core = 0;
  Producer* last = nullptr;
};

}  // namespace

Core::Core(std::shared_ptr<WalManager> wal, FactorWalConfig config)
    : wal_(std::move(wal)),
      config_(config),
      max_delay_(bounded(config.max_delay_ms)),
      sync_interval_(bounded(config.sync_interval_ms)),
      batch_size_(std::clamp<std::uint64_t>(config.batch_size, 1, kBatchMax)),
      id_(next_core_id()) {
  {
    const std::lock_guard lock(log().mutex);
    written_ = log().writer->written_sequence();
    durable_ = log().writer->durable_sequence();
    stats_.syncs = log().writer->sync_count();
    stats_.bytes_written = log().writer->bytes_written();
  }
  last_sync_ = Clock::now();
  thread_ = std::thread([this] { run(); });
}

Core::~Core() {
  (void)shutdown();
  const std::lock_guard lock(producers_mutex_);
  for (const auto& producer : producers_) producer->alive_.store(false);
}

Producer& Core::producer() {
  struct Cache : ThreadProducers {
    ~Cache() {
      for (const auto& lease : leases) release(*lease.producer);
    }
    static void release(Producer& producer) { producer.leased_.store(false); }
  };
  thread_local Cache cache;
  if (cache.last != nullptr && cache.last_core == id_) return *cache.last;
  for (const auto& lease : cache.leases) {
    if (lease.core == id_) {
      cache.last_core = id_;
      cache.last = lease.producer.get();
      return *cache.last;
    }
  }
  std::erase_if(cache.leases, [](const auto& lease) { return !lease.producer->alive_.load(); });
  std::shared_ptr<Producer> mine;
  {
    const std::lock_guard lock(producers_mutex_);
    for (const auto& producer : producers_) {
      bool leased = false;
      if (producer->leased_.compare_exchange_strong(leased, true)) {
        mine = producer;
        break;
      }
    }
  }
  if (!mine) mine = make_producer();
  cache.leases.push_back({id_, mine});
  cache.last_core = id_;
  cache.last = mine.get();
  return *mine;
}

std::shared_ptr<Producer> Core::make_producer() {
  const std::lock_guard lock(producers_mutex_);
  producers_.push_back(
      std::make_shared<Producer>(*this, static_cast<std::uint32_t>(producers_.size()),
                                 std::max(config_.channel_bytes, kChannelBytesMin)));
  producer_count_.store(producers_.size());
  return producers_.back();
}

SendStatus Core::refusal() const noexcept {
  if ((accepted_.load(std::memory_order_relaxed) & kClosedBit) != 0) return SendStatus::kClosed;
  if (stopped_.load(std::memory_order_relaxed)) return SendStatus::kStopped;
  return SendStatus::kAccepted;
}

void Core::wake() {
  {
    const std::lock_guard lock(sleep_mutex_);
    if (!woken_) woken_time_ = Clock::now();
    woken_ = true;
  }
  sleep_cv_.notify_one();
}

void Core::hurry() {
  const auto target = accepted_total();
  for (auto known = urgent_total_.load();
       known < target && !urgent_total_.compare_exchange_weak(known, target);) {
  }
  urgent_.store(true);
  wake();
}

void Core::submit(StateJob job) {
  {
    const std::lock_guard lock(jobs_mutex_);
    jobs_.push_back(std::move(job));
    jobs_waiting_.fetch_add(1);
    jobs_submitted_.fetch_add(1);
  }
  wake();
}

std::uint64_t Core::accepted_total() const noexcept {
  const auto total = accepted_.load();
  if ((total & kClosedBit) == 0) return total;
  // Sends that came too late have counted as well; the final count excludes them.
  while (!closed_.load()) std::this_thread::yield();
  return final_total_.load();
}

// ---- The persister thread

void Core::run() {
  while (await_work()) {
    if (auto done = commit(); !done) {
      fail(done.error());
      break;
    }
  }
  const std::lock_guard lock(marks_mutex_);
  done_ = true;
  marks_cv_.notify_all();
}

bool Core::await_work() {
  for (;;) {
    const bool closed = closed_.load();
    const auto waiting = accepted_total() - taken_;
    const auto jobs = jobs_waiting_.load();
    const auto now = Clock::now();
    if (waiting > 0 && !waiting_since_) {
      const std::lock_guard lock(sleep_mutex_);
      waiting_since_ = woken_ ? std::min(woken_time_, now) : now;
    }
    if (waiting > 0) {
      const std::lock_guard lock(marks_mutex_);
      if (!oldest_since_) oldest_since_ = waiting_since_;
    }
    if (closed || is_urgent() || jobs > 0 || (waiting > 0 && must_commit(waiting, now))) {
      if (closed && waiting == 0 && jobs == 0 && !unsynced_) return false;
      return true;
    }
    if (waiting > 0) {
      sleep(taken_ + batch_size_, *waiting_since_ + max_delay_);
      continue;
    }
    if (auto done = rest(now); !done) {
      fail(done.error());
      return false;
    }
  }
}

bool Core::must_commit(std::uint64_t waiting, Clock::time_point now) const {
  return config_.adaptive || !config_.enable_group_commit || waiting >= batch_size_ ||
         space_waiters_.load() > 0 || now >= *waiting_since_ + max_delay_;
}

Status Core::rest(Clock::time_point now) {
  auto until = now + std::chrono::hours(1);
  if (unsynced_) {
    const auto due = last_sync_ + sync_interval_;
    if (now >= due) {
      urgent_.store(true);
      return {};
    }
    until = due;
  } else if (frontier_due_) {
    if (auto done = write_frontier(now); !done) return done;
  }
  if (config_.persister_wait == FactorWalConfig::PersisterWait::kSpin) {
    std::this_thread::yield();
    return {};
  }
  sleep(taken_ + 1, until);
  return {};
}

Status Core::write_frontier(Clock::time_point begun) {
  // Whatever comes while this waits for the disk does not wake us, and is at least as old.
  const auto set_oldest = [this](std::optional<Clock::time_point> since) {
    const std::lock_guard lock(marks_mutex_);
    oldest_since_ = since;
  };
  set_oldest(begun);
  {
    const std::lock_guard lock(log().mutex);
    if (auto done = log().writer->write_frontier(); !done) return done;
  }
  frontier_due_ = false;
  if (accepted_total() > taken_) {
    waiting_since_ = begun;
  } else {
    set_oldest({});
  }
  return {};
}

void Core::sleep(std::uint64_t wake_at, Clock::time_point until) {
  std::unique_lock lock(sleep_mutex_);
  wake_at_.store(wake_at);
  // Anything that came before the store has not seen it and will not wake us.
  const bool work = (accepted_.load() & ~kClosedBit) >= wake_at || closed_.load() || is_urgent() ||
                    jobs_waiting_.load() > 0;
  if (!work) sleep_cv_.wait_until(lock, until, [this] { return woken_; });
  wake_at_.store(kNever);
  if (woken_ && !waiting_since_) waiting_since_ = woken_time_;
  woken_ = false;
}

Status Core::commit() {
  const auto begun = Clock::now();
  const bool urgent = is_urgent();
  urgent_.store(false);
  const bool closing = closed_.load();
  bool synced = false;
  const auto taken_before = taken_;
  {
    const std::lock_guard lock(log().mutex);
    auto& writer = *log().writer;
    refresh_producers();
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
    // Space first: who waits for a mark finds the space that goes with it.
    release_space();
    publish_marks(synced, begun);
  }
  // What came meanwhile has not waited longer than this commit took.
  waiting_since_.reset();
  if (accepted_total() > taken_) {
    waiting_since_ = begun;
    // Counted, but not yet visible in its ring: its sender needs the core more than we do.
    if (taken_ == taken_before) std::this_thread::yield();
  }
  return {};
}

void Core::refresh_producers() {
  if (producer_count_.load() == mine_.size()) return;
  const std::lock_guard lock(producers_mutex_);
  mine_ = producers_;
}

Status Core::take_all() {
  auto& writer = *log().writer;
  // Limits first, jobs second: a state is handed over before its producer's next record is
  // published, so every state that must precede a record within these limits is among the jobs.
  std::vector<std::uint64_t> limits;
  limits.reserve(mine_.size());
  for (const auto& producer : mine_) limits.push_back(producer->ring_.published());
  collect_jobs();
  for (std::size_t i = 0; i < limits.size(); ++i) {
    auto& producer = *mine_[i];
    for (;;) {
      if (!producer.jobs_.empty()) {
        if (auto done = take_states(producer); !done) return done;
      }
      const auto* entry = producer.ring_.take(limits[i]);
      if (entry == nullptr) break;
      if (auto done = take_entry(entry); !done) return done;
      ++producer.taken_ordinal_;
      ++taken_;
      if (writer.frame().bytes() >= kFrameTargetBytes) {
        if (auto done = write_frame(); !done) return done;
      }
    }
  }
  return {};
}

Status Core::write_frame() {
  auto& writer = *log().writer;
  if (auto done = writer.write(); !done) return done;
  // A rotation syncs what is written before it names a replay start, so that the generation's mark,
  // which lies in the frame just written, is durable by then.
  if (new_replay_start_) {
    writer.set_replay_start(*new_replay_start_);
    new_replay_start_.reset();
  }
  return {};
}

void Core::collect_jobs() {
  if (jobs_waiting_.load() == 0) return;
  std::vector<StateJob> jobs;
  {
    const std::lock_guard lock(jobs_mutex_);
    jobs.swap(jobs_);
  }
  refresh_producers();  // a job's producer is older than the job
  for (auto& job : jobs) mine_[job.after.producer]->jobs_.push_back(std::move(job));
}

Status Core::take_states(Producer& producer) {
  auto& writer = *log().writer;
  auto& jobs = producer.jobs_;
  while (!jobs.empty() && jobs.front().after.ordinal <= producer.taken_ordinal_) {
    take_state(jobs.front());
    jobs.pop_front();
    jobs_waiting_.fetch_sub(1);
    ++jobs_taken_;
    unsynced_ = true;
    if (writer.frame().bytes() >= kFrameTargetBytes) {
      if (auto done = write_frame(); !done) return done;
    }
  }
  return {};
}

void Core::take_state(const StateJob& job) {
  auto& writer = *log().writer;
  switch (job.kind) {
    case StateJob::Kind::kGenerationStart: generation_segment_ = writer.segment_number(); break;
    case StateJob::Kind::kState:
      writer.define_instrument(job.instrument);
      writer.define_layout(job.layout);
      writer.frame().add_operator_state(job.instrument, job.layout, job.timestamp_ns, job.ordinal,
                                        job.values, job.bytes);
      break;
    case StateJob::Kind::kGenerationEnd:
      writer.frame().add_generation(job.generation, generation_segment_, job.bytes);
      new_replay_start_ = generation_segment_;
      break;
  }
}

Status Core::take_entry(const std::byte* at) {
  auto& writer = *log().writer;
  auto& names = log().names;
  switch (load_entry<EntryHeader>(at).kind) {
    case EntryKind::kUpdate: {
      const auto entry = load_entry<UpdateEntry>(at);
      writer.define_instrument({entry.instrument});
      writer.define_factor({entry.factor});
      names.note_event({entry.instrument}, entry.timestamp_ns);
      writer.frame().add_update({entry.instrument}, {entry.factor}, entry.timestamp_ns,
                                entry.value);
      return {};
    }
    case EntryKind::kVectorUpdate: {
      const auto entry = load_entry<VectorEntry>(at);
      writer.define_instrument({entry.instrument});
      writer.define_factor({entry.factor});
      names.note_event({entry.instrument}, entry.timestamp_ns);
      writer.frame().add_vector_update({entry.instrument}, {entry.factor}, entry.timestamp_ns,
                                       {at + sizeof entry, entry.count * sizeof(double)});
      return {};
    }
    case EntryKind::kSnapshot: {
      constexpr std::size_t kPair = 12;
      const auto entry = load_entry<SnapshotEntry>(at);
      const ByteView pairs(at + sizeof entry, entry.count * kPair);
      writer.define_instrument({entry.instrument});
      for (std::size_t i = 0; i < pairs.size(); i += kPair) {
        writer.define_factor({load<std::uint32_t>(pairs.data() + i)});
      }
      names.note_event({entry.instrument}, entry.timestamp_ns);
      writer.frame().add_snapshot({entry.instrument}, names.event_time({entry.instrument}),
                                  entry.checkpoint_id, pairs);
      return {};
    }
    case EntryKind::kTick: {
      const auto entry = load_entry<TickEntry>(at);
      const auto value_bytes = entry.value_count * sizeof(double);
      writer.define_instrument({entry.instrument});
      writer.define_layout({entry.layout});
      names.note_event({entry.instrument}, entry.timestamp_ns);
      writer.frame().add_tick({entry.instrument}, {entry.layout}, entry.timestamp_ns, entry.ordinal,
                              {at + sizeof entry + value_bytes, entry.position_bytes},
                              {at + sizeof entry, value_bytes});
      return {};
    }
    case EntryKind::kTime:
      writer.frame().add_time(load_entry<TimeEntry>(at).timestamp_ns);
      return {};
    case EntryKind::kPosition: {
      const auto entry = load_entry<PositionEntry>(at);
      writer.frame().add_position({at + sizeof entry, entry.position_bytes});
      return {};
    }
    case EntryKind::kSkip: break;
  }
  FACTORWAL_CHECK(false && "the channel holds an entry of no known kind");
  return {};
}

void Core::publish_marks(bool synced, Clock::time_point begun) {
  if (synced) {
    for (const auto& producer : mine_) producer->durable_ordinal_.store(producer->taken_ordinal_);
  }
  const std::lock_guard lock(marks_mutex_);
  const auto& writer = *log().writer;
  written_ = writer.written_sequence();
  written_total_ = taken_;
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
  for (const auto& producer : mine_) producer->ring_.release();
  if (space_waiters_.load() > 0) {
    const std::lock_guard lock(space_mutex_);
    space_cv_.notify_all();
  }
}

void Core::fail(const Error& error) {
  stopped_.store(true);
  {
    const std::lock_guard lock(marks_mutex_);
    failure_ = error;
    marks_cv_.notify_all();
  }
  const std::lock_guard lock(space_mutex_);
  space_cv_.notify_all();
}

// ---- Everyone

DurabilityMarks Core::marks() const {
  const std::lock_guard lock(marks_mutex_);
  return {written_ + (accepted_total() - written_total_), written_, durable_};
}

DataAtRisk Core::data_at_risk() const {
  DataAtRisk risk;
  {
    const std::lock_guard lock(producers_mutex_);
    for (const auto& producer : producers_) risk.bytes += producer->ring_.bytes_held();
  }
  std::optional<Clock::time_point> since;
  {
    const std::lock_guard lock(marks_mutex_);
    risk.records = accepted_total() - durable_total_;
    since = oldest_since_;
  }
  if (risk.records == 0) return {};
  if (!since) {
    const std::lock_guard lock(sleep_mutex_);
    if (woken_) since = woken_time_;
  }
  if (since) risk.oldest_age = Clock::now() - *since;
  return risk;
}

template <class Reached>
Status Core::wait_for(Reached reached, std::chrono::nanoseconds timeout, bool now) {
  std::unique_lock lock(marks_mutex_);
  if (now && !reached()) {
    lock.unlock();
    hurry();
    lock.lock();
  }
  const auto settled = [&] { return reached() || failure_ || done_; };
  const bool long_wait = timeout > std::chrono::hours(24 * 365);
  if (long_wait) {
    marks_cv_.wait(lock, settled);
  } else if (!marks_cv_.wait_for(lock, timeout, settled)) {
    return Error{Errc::kTimeout, "not durable yet", 0};
  }
  if (reached()) return {};
  if (failure_) return Error{Errc::kPoisoned, failure_->message, failure_->errno_value};
  return Error{Errc::kClosed, "the persister is shut down and has no such record", 0};
}

Status Core::wait_durable(Ticket ticket, std::chrono::nanoseconds timeout) {
  std::shared_ptr<Producer> producer;
  {
    const std::lock_guard lock(producers_mutex_);
    if (ticket.producer < producers_.size()) producer = producers_[ticket.producer];
  }
  if (!producer || ticket.ordinal == 0) {
    return Error{Errc::kInvalidArgument, "the ticket is not one of this persister", 0};
  }
  return wait_for([&] { return producer->durable_ordinal_.load() >= ticket.ordinal; }, timeout,
                  !config_.enable_group_commit);
}

Status Core::wait_durable(Sequence sequence, std::chrono::nanoseconds timeout) {
  // Beyond what this persister knows of it was put into the log by WalManager::append.
  const bool foreign = sequence > marks().accepted;
  return wait_for([&] { return durable_ >= sequence; }, timeout,
                  foreign || !config_.enable_group_commit);
}

Status Core::flush(std::chrono::nanoseconds timeout) {
  const auto target = accepted_total();
  const auto jobs = jobs_submitted_.load();
  return wait_for([&] { return durable_total_ >= target && durable_jobs_ >= jobs; }, timeout, true);
}

Status Core::shutdown() {
  const std::lock_guard lock(shutdown_mutex_);
  if (thread_.joinable()) {
    final_total_.store(accepted_.fetch_or(kClosedBit));
    closed_.store(true);
    wake();
    thread_.join();
  }
  return status();
}

Status Core::status() const {
  const std::lock_guard lock(marks_mutex_);
  if (!failure_) return {};
  return Error{Errc::kPoisoned, failure_->message, failure_->errno_value};
}

PersisterStats Core::stats() const {
  const std::lock_guard lock(marks_mutex_);
  auto stats = stats_;
  stats.waits = waits_.load();
  stats.refusals = refusals_.load();
  return stats;
}

}  // namespace factorwal::persist
