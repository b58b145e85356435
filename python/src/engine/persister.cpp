#include "engine/persister.h"

#include <utility>

#include "base/aside.h"
#include "base/errors.h"
#include "base/gil.h"

namespace nb = nanobind;

namespace factorwal::python {

bool take_over_wait(FactorWalConfig& config) {
  if (config.when_full != FactorWalConfig::WhenFull::kWait) return false;
  config.when_full = FactorWalConfig::WhenFull::kRefuse;
  return true;
}

Error refusal(FactorWalPersister& persister, SendStatus status, TimestampNs timestamp_ns) {
  if (status == SendStatus::kTimestamp) {
    if (auto checked = check_timestamp(timestamp_ns); !checked) return checked.error();
  }
  if (auto state = persister.status(); !state) return state.error();
  if (status == SendStatus::kNoChannel) {
    if (auto channel = persister.channel_status(); !channel) return channel.error();
  }
  const auto code = [status] {
    switch (status) {
      case SendStatus::kFull:
      case SendStatus::kBusy: return Errc::kFull;
      case SendStatus::kClosed: return Errc::kClosed;
      case SendStatus::kStopped: return Errc::kPoisoned;
      case SendStatus::kForked: return Errc::kForked;
      case SendStatus::kNoChannel: return Errc::kIo;
      default: return Errc::kInvalidArgument;
    }
  }();
  const auto why = [status]() -> std::string {
    switch (status) {
      case SendStatus::kFull: return "the channel is full, and when_full is \"refuse\"";
      case SendStatus::kBusy: return "another thread is processing ticks of this engine";
      case SendStatus::kClosed: return "the engine or persister is closed";
      case SendStatus::kForked: return "it belongs to the parent of this process";
      case SendStatus::kMismatch: return "the instrument or factor is not one of this open log";
      default: return std::string(to_string(status));
    }
  }();
  return Error{code, "not accepted: " + why, 0};
}

Wal::Wal(const std::string& directory, const LogOptions& options) : directory_(directory) {
  auto opened = run_aside([directory, options] { return WalManager::open(directory, options); });
  if (!opened) raise_open(opened.error(), directory);
  wal_ = *std::move(opened);
}

Wal::~Wal() {
  WithoutGil released;
  wal_.reset();
}

const std::shared_ptr<WalManager>& Wal::get() const {
  made_.expect("the log");
  return wal_;
}

Persister::Persister(const Wal& wal, FactorWalConfig config)
    : waits_for_space_(take_over_wait(config)) {
  auto manager = wal.get();
  WithoutGil released;
  own_ = std::make_shared<FactorWalPersister>(std::move(manager), config);
}

Persister::Persister(Session& session)
    : waits_for_space_(session.waits_for_space()), session_(&session) {
  (void)session.engine();
}

Persister::~Persister() {
  WithoutGil released;
  own_.reset();
}

FactorWalPersister& Persister::get() const {
  if (session_ != nullptr) return session_->engine().persister();
  made_.expect("the persister");
  return *own_;
}

const std::shared_ptr<FactorWalPersister>& Persister::shared() const {
  (void)get();
  if (own_ == nullptr) {
    throw nb::type_error(
        "persister: a FactorWalPersister of its own is asked for, not an engine's");
  }
  return own_;
}

}  // namespace factorwal::python
