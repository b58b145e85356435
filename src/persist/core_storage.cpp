/// What the persister does when storage fails: it stops, or goes on without it and tries again.

#include <algorithm>

#include "persist/core.h"

namespace factorwal::persist {
namespace {

using std::chrono::milliseconds;

// Space may be freed within moments; a dead disk is not asked more often than this.
constexpr milliseconds kRetryDelayMin{50};
constexpr milliseconds kRetryDelayMax{1000};
// Who asks for durability in a loop must not make us try without a pause.
constexpr milliseconds kBetweenTries{10};

/// A call that was wrong is no matter of the disk, and no later try mends it.
bool is_of_storage(const Error& error) {
  return error.code == Errc::kIo || error.code == Errc::kNotFound || error.code == Errc::kPoisoned;
}

}  // namespace

void Core::meet_failure(const Error& error) {
  if (config_.on_storage_failure == FactorWalConfig::OnStorageFailure::kDegrade &&
      is_of_storage(error)) {
    degrade(error);
  } else {
    stop(error);
  }
}

void Core::stop(const Error& error) {
  stopped_.store(true);
  {
    const std::lock_guard lock(marks_mutex_);
    health_ = {StorageState::kStopped, error.message, error.errno_value, now(), error.message};
    degraded_.store(false);
    marks_cv_.notify_all();
  }
  const std::lock_guard lock(space_mutex_);
  space_cv_.notify_all();
}

bool Core::goes_on_without(const Error& error) {
  producers_.note_failure(error);
  if (config_.on_storage_failure == FactorWalConfig::OnStorageFailure::kDegrade) return true;
  stop(error);
  wake();
  return false;
}

// What the log was given stays with the writer, and what it was not given in the rings, whose space
// is given back only after a commit: so nothing is lost, and the channel fills.
void Core::degrade(const Error& error) {
  const auto time = now();
  retry_delay_ = std::clamp(retry_delay_ * 2, kRetryDelayMin, kRetryDelayMax);
  retry_at_ = time + retry_delay_;
  const std::lock_guard lock(marks_mutex_);
  if (health_.state == StorageState::kOk) {
    health_.state = StorageState::kDegraded;
    health_.since = time;
    ++stats_.outages;
  }
  health_.reason = error.message;
  health_.errno_value = error.errno_value;
  health_.last_failure = error.message;
  degraded_.store(true);
}

Core::Look Core::look_while_degraded() {
  const auto seen = wake_signal_.seen();
  const bool asked = urgent_.load();
  const auto time = now();
  if (accepted_total() > taken_) {
    const std::lock_guard lock(marks_mutex_);
    if (!oldest_since_) oldest_since_ = longest_waiting_since();
  }
  auto due = *retry_at_;
  if (asked) due = std::min(due, last_try_ + kBetweenTries);
  if (closed_.load() || time >= due) return Look::kWork;
  if (!stepped_) wake_signal_.wait_until(seen, due);
  return Look::kNothing;
}

void Core::retry() {
  last_try_ = now();
  urgent_.store(false);
  auto done = [&]() -> Status {
    const std::lock_guard lock(log().mutex);
    return log().writer->restart();
  }();
  if (done) {
    // What the writer was given is durable; a commit brings the rest, and says so.
    urgent_.store(true);
    unsynced_ = true;
    done = commit();
  }
  if (done) return;
  if (closed_.load()) {
    stop(done.error());  // nobody is there to try again: the next open finds it all in the rings
  } else {
    meet_failure(done.error());
  }
}

void Core::recover() {
  retry_at_.reset();
  retry_delay_ = milliseconds(0);
  const std::lock_guard lock(marks_mutex_);
  health_ = {StorageState::kOk, {}, 0, now(), std::move(health_.last_failure)};
  degraded_.store(false);
}

Status Core::status() const {
  const std::lock_guard lock(marks_mutex_);
  switch (health_.state) {
    case StorageState::kOk: return {};
    case StorageState::kDegraded:
      return Error{Errc::kDegraded, "storage fails and is tried again: " + health_.reason,
                   health_.errno_value};
    case StorageState::kStopped: break;
  }
  return Error{Errc::kPoisoned, health_.reason, health_.errno_value};
}

StorageHealth Core::health() const {
  const std::lock_guard lock(marks_mutex_);
  return health_;
}

Error Core::not_durable_yet() const {
  if (health_.state != StorageState::kDegraded) return {Errc::kTimeout, "not durable yet", 0};
  return {Errc::kDegraded, "not durable yet, storage fails: " + health_.reason,
          health_.errno_value};
}

}  // namespace factorwal::persist

namespace factorwal {

std::string_view to_string(StorageState state) noexcept {
  switch (state) {
    case StorageState::kOk: return "ok";
    case StorageState::kDegraded: return "degraded";
    case StorageState::kStopped: return "stopped";
  }
  return "unknown";
}

}  // namespace factorwal
