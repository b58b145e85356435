// How long does a log of so many updates take to read, to verify, and to open again: behind a kill,
// and behind a close in order? Page cache warm.

#include "curves/curve.h"
#include "support/child.h"
#include "support/updates.h"
#include "wal/reading/log_reader.h"

namespace factorwal::bench {
namespace {

double seconds_since(std::int64_t begun) { return static_cast<double>(now_ns() - begun) / 1e9; }

enum class End { kKilled, kClosed };

/// All updates through one persister. In a process of its own, which ends as a killed one does
/// unless the log is closed; all is durable then.
std::array<double, 1> write_log(const std::string& directory, std::uint64_t rows, End end) {
  const auto wal = must(WalManager::open(directory));
  auto persister = std::make_unique<FactorWalPersister>(wal);
  UpdateSender sender(*persister);
  for (std::uint64_t i = 0; i < rows; ++i) sender.send(update_at(i, 1));
  must(persister->flush(std::chrono::minutes(5)));
  if (end == End::kClosed) {
    must(persister->shutdown());
    must(wal->close());
    return {};
  }
  static_cast<void>(persister.release());  // its end, and that of the log, would close in order
  static_cast<void>(new std::shared_ptr<WalManager>(wal));
  return {};
}

/// Milliseconds.
double reopen(const std::string& directory, End end) {
  const auto begun = now_ns();
  const auto wal = must(WalManager::open(directory));
  const auto ms = seconds_since(begun) * 1e3;
  if (wal->recovery().clean != (end == End::kClosed)) die("a log did not end as it should have");
  must(wal->close());
  return ms;
}

double read_all(const std::string& directory, std::uint64_t rows) {
  const auto begun = now_ns();
  auto stream = must(RecordStream::open(directory));
  LogRecord record;
  std::uint64_t count = 0;
  while (stream.next(record)) count += record.type == RecordType::kUpdate;
  if (count != rows) die("the log has other updates");
  return seconds_since(begun);
}

struct Verified {
  double seconds = 0;
  double bytes = 0;
};

/// As `factorwal verify` does: every checksum, no values.
Verified verify(const std::string& directory) {
  const auto begun = now_ns();
  wal::NameTable names;
  wal::LogReader reader(posix_file_system(),
                        must(wal::open_log_view(posix_file_system(), directory)), names);
  LogRecord record;
  while (must(reader.next_outline(record))) continue;
  if (!reader.findings().empty()) die("the log does not hold");
  return {seconds_since(begun), static_cast<double>(reader.byte_count())};
}

class LogSizeCurve final : public CurveMeasurement {
 public:
  explicit LogSizeCurve(const Reach& reach)
      : CurveMeasurement({"log_size",
                          "rows",
                          {"read_seconds", "read_rows_per_second", "verify_seconds",
                           "reopen_killed_ms", "reopen_closed_ms", "bytes_a_row"}}),
        reach_(reach) {}

  void round() override {
    for (const auto rows : ladder(reach_.rows_min, reach_.rows_max)) {
      const auto killed = measure_killed(rows);
      const BenchDir dir(reach_.dir);
      (void)in_child<1>([&] { return write_log(dir.path(), rows, End::kClosed); });
      const auto read = read_all(dir.path(), rows);
      const auto verified = verify(dir.path());
      const auto closed = reopen(dir.path(), End::kClosed);
      const auto count = static_cast<double>(rows);
      curve_.add(rows,
                 {read, count / read, verified.seconds, killed, closed, verified.bytes / count});
    }
  }

 private:
  /// A log of its own: an open begins a new segment, so that the next one finds little to read.
  double measure_killed(std::uint64_t rows) const {
    const BenchDir dir(reach_.dir);
    (void)in_child<1>([&] { return write_log(dir.path(), rows, End::kKilled); });
    return reopen(dir.path(), End::kKilled);
  }

  const Reach& reach_;
};

}  // namespace

std::unique_ptr<CurveMeasurement> make_log_size_curve(const Reach& reach) {
  return std::make_unique<LogSizeCurve>(reach);
}

}  // namespace factorwal::bench
