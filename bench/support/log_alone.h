#pragma once
/// The log without its channel: one thread encodes and commits exactly so many updates.

#include "support/updates.h"
#include "wal/writing/log.h"

namespace factorwal::bench {

/// Closes the log at its end.
class LogAlone {
 public:
  explicit LogAlone(std::shared_ptr<WalManager> wal) : wal_(std::move(wal)) {
    auto& names = wal_->log().names;
    for (std::uint32_t i = 0; i < kInstruments; ++i) {
      instruments_.push_back({names.instruments.intern(numbered("SHFE.i", i))});
    }
    for (std::uint32_t f = 0; f < kFactors; ++f) {
      factors_.push_back({names.factors.intern(numbered("f", f))});
    }
  }
  ~LogAlone() { must(wal_->close()); }
  LogAlone(const LogAlone&) = delete;
  LogAlone& operator=(const LogAlone&) = delete;

  void commit(const Update* updates, std::uint64_t count) {
    auto& log = wal_->log();
    const std::lock_guard lock(log.mutex);
    for (std::uint64_t i = 0; i < count; ++i) {
      const auto instrument = instruments_[updates[i].instrument];
      const auto factor = factors_[updates[i].factor];
      log.writer->define_instrument(instrument);
      log.writer->define_factor(factor);
      log.names.note_event(instrument, updates[i].timestamp_ns);
      log.writer->frame().add_update(instrument, factor, updates[i].timestamp_ns, updates[i].value);
    }
    must(log.writer->write());
    must(log.writer->sync());
  }

 private:
  std::shared_ptr<WalManager> wal_;
  std::vector<InstrumentHandle> instruments_;
  std::vector<FactorHandle> factors_;
};

}  // namespace factorwal::bench
