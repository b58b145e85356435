// How many updates become durable with exactly so many a commit, as a share of bare 24-byte
// records? The log without its channel: one thread encodes and commits, as the raw one only
// commits.

#include <fcntl.h>
#include <unistd.h>

#include "table/row.h"
#include "table/updates.h"
#include "wal/log.h"

namespace factorwal::bench {
namespace {

constexpr std::uint64_t kBatches[] = {10, 100, 1000};
constexpr std::size_t kRawBytes = 24;
constexpr std::size_t kFileBytes = std::size_t{64} << 20;

/// A file that was written before.
class RawFile {
 public:
  explicit RawFile(const std::string& directory) : bytes_(std::size_t{1} << 20, 'r') {
    const auto path = directory + "/raw";
    fd_ = ::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0644);
    if (fd_ < 0) die("open " + path);
    for (std::size_t at = 0; at < kFileBytes; at += bytes_.size()) write(at, bytes_.size());
    if (::fsync(fd_) != 0) die("sync " + path);
  }
  ~RawFile() { ::close(fd_); }
  RawFile(const RawFile&) = delete;
  RawFile& operator=(const RawFile&) = delete;

  void commit(std::uint64_t records) {
    const auto bytes = records * kRawBytes;
    if (next_ + bytes > kFileBytes) next_ = 0;
    write(next_, bytes);
    if (::fdatasync(fd_) != 0) die("sync raw");
    next_ += bytes;
  }

 private:
  void write(std::size_t at, std::size_t count) {
    if (::pwrite(fd_, bytes_.data(), count, static_cast<off_t>(at)) !=
        static_cast<ssize_t>(count)) {
      die("write raw");
    }
  }
  std::vector<char> bytes_;
  int fd_ = -1;
  std::size_t next_ = 0;
};

class LogAlone {
 public:
  explicit LogAlone(const std::string& directory) : wal_(must(WalManager::open(directory))) {
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

class ExactCommits final : public Measurement {
 public:
  ExactCommits(Table& table, const Scale& scale)
      : scale_(scale), updates_(make_updates(std::max<std::uint64_t>(scale.updates, 1000))) {
    for (const auto batch : kBatches) {
      rows_.push_back(&table.at_least(
          "durable updates, exactly " + std::to_string(batch) + " a commit", "x raw", 0.95));
    }
  }

  void round() override {
    const BenchDir dir(scale_.dir);
    RawFile raw(dir.path());
    LogAlone log(dir.path() + "/log");
    for (std::size_t i = 0; i < rows_.size(); ++i) {
      const auto batch = kBatches[i];
      // In turns within the round: a disk does not stay the same for a second.
      std::int64_t raw_ns = 0;
      std::int64_t log_ns = 0;
      const auto begun = now_ns();
      do {
        const auto before = now_ns();
        for (int k = 0; k < kCommitsInTurn; ++k) raw.commit(batch);
        const auto between = now_ns();
        for (int k = 0; k < kCommitsInTurn; ++k) log.commit(next(batch), batch);
        log_ns += now_ns() - between;
        raw_ns += between - before;
      } while (static_cast<double>(now_ns() - begun) < scale_.seconds * 1e9);
      rows_[i]->add(static_cast<double>(raw_ns) / static_cast<double>(log_ns));
    }
  }

 private:
  static constexpr int kCommitsInTurn = 50;
  const Update* next(std::uint64_t count) {
    if (at_ + count > updates_.size()) at_ = 0;
    return &updates_[std::exchange(at_, at_ + count)];
  }

  const Scale& scale_;
  std::vector<Update> updates_;
  std::uint64_t at_ = 0;
  std::vector<Row*> rows_;
};

}  // namespace

std::unique_ptr<Measurement> make_exact_commits(Table& table, const Scale& scale) {
  return std::make_unique<ExactCommits>(table, scale);
}

}  // namespace factorwal::bench
