// factorwal among the peers.
//
// factorwal      the persister with its own channel, bounded as the others are. Batch N: the timing
//                of the starting design, adaptive = false, batch_size = N; a commit takes
//                everything that waits, so a saturated one holds more than N ("avg bat"). Natural:
//                adaptive.
// factorwal-log  the log alone behind the queue that all stores share here, exactly N a commit: the
//                row to compare with theirs at the same batch.
//
// Commits are timed below the log, from its write to the end of its fdatasync; encoding and
// checksum are in send-to-durable, not in "cmt".

#include <memory>
#include <string>
#include <vector>

#include "commit_times.h"
#include "factorwal/persister.h"
#include "queued_peer.hpp"
#include "wal/writing/log.h"

namespace bench {
namespace {

namespace fw = factorwal;

template <class T>
T must(fw::Result<T> result) {
  if (!result) die_plain("factorwal: " + result.error().message);
  return std::move(*result);
}
void must(const fw::Status& status) {
  if (!status) die_plain("factorwal: " + status.error().message);
}

void read_log(const std::string& dir, Sink& sink) {
  auto stream = must(fw::RecordStream::open(dir));
  const NameIndex& names = NameIndex::get();
  // A handle's name is looked up once.
  std::vector<int> instruments;
  std::vector<int> factors;
  const auto known = [](std::vector<int>& table, uint32_t index, auto find) {
    if (index >= table.size()) table.resize(index + 1, -1);
    if (table[index] < 0) table[index] = find();
    if (table[index] < 0) die_plain("factorwal: unknown name in a record");
    return unsigned(table[index]);
  };
  fw::LogRecord r;
  while (stream.next(r).value()) {
    const unsigned i =
        known(instruments, r.instrument.index, [&] { return names.instrument(r.instrument_id); });
    const unsigned f = known(factors, r.factor.index, [&] { return names.factor(r.factor_id); });
    sink.add(pair_of(i, f), r.value, r.timestamp_ns);
  }
  if (stream.corrupt() || !stream.clean()) die_plain("factorwal: the log is not clean");
}

class Persister final : public Peer {
 public:
  void open(const RunConfig& c) override {
    times_ = std::make_unique<fw::bench::CommitTimes>(
        ticks, c.durable, c.batch ? c.records / c.batch + 64 : size_t{1} << 16);
    wal_ = must(fw::WalManager::open_on(*times_, c.dir));
    fw::FactorWalConfig config;
    config.adaptive = c.batch == kNatural;
    if (c.batch != kNatural) config.batch_size = c.batch;
    config.max_delay_ms = std::max(1u, c.max_delay_us / 1000);
    config.enable_group_commit = c.durable;
    config.sync_interval_ms = 3'600'000;
    config.channel_bytes = size_t(c.inflight) * 32;
    persister_ = std::make_unique<fw::FactorWalPersister>(wal_, config);
    for (unsigned i = 0; i < kInstruments; ++i)
      instruments_.push_back(must(persister_->instrument(instrument_name(i))));
    for (unsigned f = 0; f < kFactors; ++f)
      factors_.push_back(must(persister_->factor(factor_name(f))));
  }
  void send(const Update& u) override {
    if (!persister_->send_update(instruments_[u.instrument], factors_[u.factor], u.value,
                                 u.source_ts))
      die_plain("factorwal: a send was refused");
  }
  void finish() override {
    must(persister_->shutdown());
    persister_.reset();
    for (const auto& c : times_->commits()) commits_.push_back({c.upto, c.begin, c.end});
  }
  const std::vector<Commit>& commits() const override { return commits_; }
  void close() override { must(wal_->close()); }
  void recover(const std::string& dir, Sink& sink) override { read_log(dir, sink); }

 private:
  std::unique_ptr<fw::bench::CommitTimes> times_;
  std::shared_ptr<fw::WalManager> wal_;
  std::unique_ptr<fw::FactorWalPersister> persister_;
  std::vector<fw::InstrumentHandle> instruments_;
  std::vector<fw::FactorHandle> factors_;
  std::vector<Commit> commits_;
};

class LogOnly final : public QueuedPeer {
 public:
  void recover(const std::string& dir, Sink& sink) override { read_log(dir, sink); }

 protected:
  void open_store(const RunConfig& c) override {
    durable_ = c.durable;
    wal_ = must(fw::WalManager::open(c.dir));
    for (unsigned i = 0; i < kInstruments; ++i)
      instruments_.push_back({wal_->log().names.instruments.intern(instrument_name(i))});
    for (unsigned f = 0; f < kFactors; ++f)
      factors_.push_back({wal_->log().names.factors.intern(factor_name(f))});
  }
  void commit(const Update* batch, size_t n, uint64_t) override {
    auto& log = wal_->log();
    const std::lock_guard lock(log.mutex);
    for (size_t i = 0; i < n; ++i) {
      const auto instrument = instruments_[batch[i].instrument];
      const auto factor = factors_[batch[i].factor];
      log.writer->define_instrument(instrument);
      log.writer->define_factor(factor);
      log.names.note_event(instrument, batch[i].source_ts);
      log.writer->frame().add_update(instrument, factor, batch[i].source_ts, batch[i].value);
    }
    must(log.writer->write());
    if (durable_) must(log.writer->sync());
  }
  void close_store() override { must(wal_->close()); }

 private:
  bool durable_ = true;
  std::shared_ptr<fw::WalManager> wal_;
  std::vector<fw::InstrumentHandle> instruments_;
  std::vector<fw::FactorHandle> factors_;
};

Register persister({"factorwal",
                    [] { return std::make_unique<Persister>(); },
                    {10, 100, 1000, kNatural},
                    {10, 100, 1000, kNatural},
                    {kNatural},
                    true,
                    5});

Register log_only({"factorwal-log",
                   [] { return std::make_unique<LogOnly>(); },
                   {10, 100, 1000, kNatural},
                   {10, 100, 1000, kNatural},
                   {kNatural},
                   false,
                   6});

}  // namespace
}  // namespace bench
