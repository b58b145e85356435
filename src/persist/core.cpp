/// What senders and waiters see of the persister.

#include "persist/core.h"

#include <algorithm>

#include "base/no_cancellation.h"

namespace factorwal::persist {
namespace {

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

}  // namespace

Status check_channel_bytes(std::size_t channel_bytes) {
  if (channel_bytes <= kChannelBytesMax) return {};
  return Error{Errc::kInvalidArgument,
               "channel_bytes is " + std::to_string(channel_bytes) + "; at most " +
                   std::to_string(kChannelBytesMax) + " are taken",
               0};
}

Core::Core(std::shared_ptr<WalManager> wal, FactorWalConfig config)
    : wal_(std::move(wal)),
      config_(config),
      max_delay_(bounded(config.max_delay_ms)),
      sync_interval_(bounded(config.sync_interval_ms)),
      batch_size_(std::clamp<std::uint64_t>(config.batch_size, 1, kBatchMax)),
      handle_tag_(log().handle_tag),
      id_(next_core_id()),
      stepped_(log().files().simulation() != nullptr),
      first_stamp_(log().accepted_before + 1),
      owns_log_(!log().has_persister.exchange(true)),
      producers_(*this),
      nothing_waited_(now()) {
  health_.since = now();
  if (!owns_log_) {
    stop({Errc::kInvalidArgument,
          log().directory + ": this log has a persister already; send through that one, or shut it "
                            "down first",
          0});
    return;
  }
  bool log_closed = false;
  {
    const std::lock_guard lock(log().mutex);
    log_closed = log().closed;
    written_ = log().writer->written_sequence();
    durable_ = log().writer->durable_sequence();
    logged_names_ = log().writer->written_definitions();
    stats_.syncs = log().writer->sync_count();
    stats_.bytes_written = log().writer->bytes_written();
    appended_ = log().appended.load();
  }
  last_sync_ = now();
  if (log_closed) {
    close_intake();
    stop({Errc::kClosed, log().directory + ": the log is closed; open it again", 0});
    log().has_persister.store(false);
    return;
  }
  // The first sender finds its ring made. When it cannot be had, that sender is told.
  if (auto made = producers_.lease()) (*made)->give_back();
  if (stepped_) {
    runs_ = true;
    go_before_appends(true);
  } else if (auto started = start_quiet_thread([this] { run(); })) {
    thread_ = std::move(*started);
    runs_ = true;
    go_before_appends(true);
  } else {
    (void)remove_rings();  // nothing was ever accepted
    stop(started.error());
    log().has_persister.store(false);  // another one may have more luck
  }
}

Core::~Core() { (void)shutdown(); }

void Core::go_before_appends(bool on) {
  const std::lock_guard lock(log().mutex);
  log().write_accepted = nullptr;
  if (on) log().write_accepted = [this] { return write_accepted(); };
}

void Core::end_with_log(const std::shared_ptr<Core>& self) {
  if (!runs_) return;
  {
    const std::lock_guard lock(log().mutex);
    if (!log().closed) {
      log().end_persister = [weak = std::weak_ptr(self)] {
        const auto core = weak.lock();
        return core ? core->shutdown() : Status{};
      };
      return;
    }
  }
  (void)shutdown();  // closed meanwhile
}

SendStatus Core::no_producer() const noexcept {
  return closed_.load() ? SendStatus::kClosed : SendStatus::kNoChannel;
}

SendStatus Core::refusal() const noexcept {
  if ((accepted_.load(std::memory_order_relaxed) & kClosedBit) != 0) return SendStatus::kClosed;
  if (stopped_.load(std::memory_order_relaxed)) return SendStatus::kStopped;
  return SendStatus::kAccepted;
}

// One sender claims the waking; the others need not line up at the mutex.
void Core::wake_once(std::uint64_t count) {
  auto wake_at = wake_at_.load();
  if (count >= wake_at && wake_at_.compare_exchange_strong(wake_at, kNever)) wake();
}

// Takes no lock: a send may be made from a signal handler that has interrupted anything.
void Core::wake() {
  auto none = kNotWoken;
  if (woken_since_.load() == kNotWoken) {
    woken_since_.compare_exchange_strong(none, now().time_since_epoch().count());
  }
  wake_signal_.wake();
}

std::optional<Core::Clock::time_point> Core::woken_since() const noexcept {
  const auto since = woken_since_.load();
  if (since == kNotWoken) return std::nullopt;
  return Clock::time_point(Clock::duration(since));
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

DurabilityMarks Core::marks() const {
  const std::lock_guard lock(marks_mutex_);
  const auto appended = wal_->log().appended.load() - appended_;
  const auto archived = wal_->log().writer->archived().value_or(0);
  return {written_ + (accepted_total() - written_total_) + appended, written_, durable_,
          std::min(archived, durable_)};
}

bool Core::has_appended() const {
  const std::lock_guard lock(marks_mutex_);
  return wal_->log().appended.load() != appended_;
}

DataAtRisk Core::data_at_risk() const {
  DataAtRisk risk;
  risk.bytes = producers_.bytes_held();
  std::optional<Clock::time_point> since;
  {
    const std::lock_guard lock(marks_mutex_);
    risk.records = accepted_total() - durable_total_;
    since = oldest_since_;
  }
  if (risk.records == 0) return {};
  if (!since) since = woken_since();
  if (since) risk.oldest_age = now() - *since;
  return risk;
}

template <class Reached>
Status Core::wait_for(Reached reached, std::chrono::nanoseconds timeout, bool now) {
  const NoCancellation whole;
  std::unique_lock lock(marks_mutex_);
  if ((now || degraded()) && !reached()) {
    lock.unlock();
    hurry();
    lock.lock();
  }
  const auto stopped = [&] { return health_.state == StorageState::kStopped; };
  const auto settled = [&] { return reached() || stopped() || done_; };
  if (stepped_) {
    lock.unlock();
    while (step()) {
      lock.lock();
      if (settled()) break;
      lock.unlock();
    }
    if (!lock.owns_lock()) lock.lock();
    if (!settled()) return not_durable_yet();
  }
  const bool long_wait = timeout > std::chrono::hours(24 * 365);
  if (long_wait) {
    marks_cv_.wait(lock, settled);
  } else if (!marks_cv_.wait_for(lock, timeout, settled)) {
    return not_durable_yet();
  }
  if (reached()) return {};
  if (stopped()) return Error{Errc::kPoisoned, health_.reason, health_.errno_value};
  return Error{Errc::kClosed, "the persister is shut down and has no such record", 0};
}

Status Core::wait_durable(Ticket ticket, std::chrono::nanoseconds timeout) {
  const auto producer = producers_.find(ticket.producer);
  if (!producer || ticket.ordinal == 0 || ticket.tag != ticket_tag()) {
    return Error{Errc::kInvalidArgument,
                 "the ticket is not one of this persister; if it is of an earlier open of the same "
                 "directory, what it stands for became durable with this one",
                 0};
  }
  return wait_for([&] { return producer->durable_ordinal_.load() >= ticket.ordinal; }, timeout,
                  !config_.enable_group_commit);
}

Status Core::wait_durable(Sequence sequence, std::chrono::nanoseconds timeout) {
  // Beyond what this persister knows of it was put into the log by WalManager::append.
  const bool foreign = sequence > marks().accepted || has_appended();
  return wait_for([&] { return durable_ >= sequence; }, timeout,
                  foreign || !config_.enable_group_commit);
}

Status Core::flush(std::chrono::nanoseconds timeout) {
  const auto target = accepted_total();
  const auto jobs = jobs_submitted_.load();
  return wait_for([&] { return durable_total_ >= target && durable_jobs_ >= jobs; }, timeout, true);
}

void Core::close_intake() {
  if (closed_.load()) return;
  final_total_.store(accepted_.fetch_or(kClosedBit));
  log().accepted_before += final_total_.load();
  closed_.store(true);
  producers_.close();
}

Status Core::shutdown() {
  // A thread that ended in the midst of it would leave a persister that nobody can end.
  const NoCancellation whole;
  const std::lock_guard lock(shutdown_mutex_);
  if (!runs_) return status();
  close_intake();
  wake();
  if (thread_.joinable()) thread_.join();
  while (stepped_ && step()) continue;
  go_before_appends(false);
  if (auto done = remove_rings(); !done && status()) stop(done.error());
  {
    const std::lock_guard log_lock(log().mutex);
    log().end_persister = nullptr;
  }
  log().has_persister.store(false);
  runs_ = false;
  return status();
}

Core::Clock::time_point Core::now() const { return steady_now(wal_->log().files()); }

PersisterStats Core::stats() const {
  const std::lock_guard lock(marks_mutex_);
  auto stats = stats_;
  stats.waits = waits_.load();
  stats.refusals = refusals_.load();
  return stats;
}

}  // namespace factorwal::persist
