#include "archive.h"

#include <sys/resource.h>
#include <unistd.h>

#include <chrono>

#include "archive_settled.h"
#include "interrupt.h"
#include "reading/findings.h"
#include "reading/output.h"
#include "reading/text.h"
#include "terminal.h"

namespace factorwal::tool {
namespace {

constexpr int kBetweenLooksMs = 1000;

Result<CompressionStrategy> strategy_of(const ArchiveCommandOptions& options) {
  auto strategy = CompressionStrategy::balanced();
  if (options.preset == "fast") strategy = CompressionStrategy::fast();
  if (options.preset == "compact") strategy = CompressionStrategy::compact();
  for (const auto& one : options.compress) {
    const auto sign = one.find('=');
    const auto category = one.substr(0, sign);
    Compression* wanted = nullptr;
    if (category == "inputs") wanted = &strategy.inputs;
    if (category == "factors") wanted = &strategy.factors;
    if (category == "bars") wanted = &strategy.bars;
    if (category == "states") wanted = &strategy.states;
    if (wanted == nullptr || sign == std::string::npos) {
      return Error{Errc::kInvalidArgument,
                   "--compress " + one +
                       ": say CATEGORY=CODEC with a category inputs, factors, bars "
                       "or states",
                   0};
    }
    const auto parsed = parse_compression(one.substr(sign + 1));
    if (!parsed) return parsed.error();
    *wanted = *parsed;
  }
  return strategy;
}

class Archiving {
 public:
  explicit Archiving(const ArchiveCommandOptions& options) : options_(options) {}

  [[nodiscard]] Status run();
  void print(Output& out) const;
  [[nodiscard]] bool corrupt() const { return !findings_.empty(); }

 private:
  [[nodiscard]] Status archive_what_is_there(Archiver& archiver);
  void show(const ArchiveProgress& progress);

  const ArchiveCommandOptions& options_;
  ProgressLine line_;
  Sequence archived_ = 0;
  Sequence last_ = 0;
  std::uint64_t rows_ = 0;
  std::uint64_t bytes_ = 0;
  std::uint64_t parts_ = 0;
  std::uint64_t compacted_days_ = 0;
  std::uint64_t cut_records_ = 0;
  std::vector<Finding> findings_;
  const std::chrono::steady_clock::time_point begun_ = std::chrono::steady_clock::now();
};

void Archiving::show(const ArchiveProgress& progress) {
  line_.show("archive: " + grouped(progress.archived_sequence) + " of " +
             grouped(progress.last_sequence) + " records, " +
             readable_bytes(bytes_ + progress.bytes));
}

Status Archiving::archive_what_is_there(Archiver& archiver) {
  auto report = archive_settled(
      archiver, options_.directory, last_, [this](const auto& progress) { show(progress); },
      &interrupt_flag());
  if (!report) return report.error();
  rows_ += report->rows;
  bytes_ += report->bytes;
  parts_ += report->parts;
  compacted_days_ += report->compacted_days;
  cut_records_ += report->cut_records;
  archived_ = report->archived_sequence;
  for (auto& finding : report->findings) findings_.push_back(std::move(finding));
  return {};
}

Status Archiving::run() {
  ArchiveOptions options;
  options.archive_directory = options_.to;
  const auto strategy = strategy_of(options_);
  if (!strategy) return strategy.error();
  options.compression = *strategy;
  auto days = parse_trading_days(options_.trading_day);
  if (!days) return days.error();
  options.days = std::move(*days);
  auto archiver = Archiver::open(options_.directory, options);
  if (!archiver) return archiver.error();
  // What trades goes first.
  (void)::setpriority(PRIO_PROCESS, 0, 19);
  for (;;) {
    if (auto done = archive_what_is_there(*archiver); !done) return done;
    line_.clear();
    if (!options_.follow || interrupted()) return {};
    if (!sleep_while_read(STDOUT_FILENO, kBetweenLooksMs) || interrupted()) return {};
  }
}

void Archiving::print(Output& out) const {
  const std::chrono::duration<double> seconds = std::chrono::steady_clock::now() - begun_;
  if (options_.json) {
    JsonWriter json(out.buffer());
    json.begin_object()
        .member("directory", options_.directory)
        .member("archive", options_.to.empty() ? options_.directory + "/archive" : options_.to)
        .member("archived_sequence", archived_)
        .member("last_sequence", last_)
        .member("rows", rows_)
        .member("parts", parts_)
        .member("bytes", bytes_)
        .member("compacted_days", compacted_days_)
        .member("cut_records", cut_records_)
        .member("seconds", seconds.count());
    json.key("findings");
    write_findings(json, findings_);
    json.end_object();
    out << "\n";
    return;
  }
  out << "archived up to sequence " << grouped(archived_) << " of " << grouped(last_) << ": "
      << counted(rows_, "row") << " in " << counted(parts_, "part") << ", "
      << readable_bytes(bytes_) << "\n";
  if (archived_ < last_) {
    out << "the rest is in the segment that is being written; it comes when that is full, or the "
           "log is closed\n";
  }
}

}  // namespace

ExitCode run_archive(const ArchiveCommandOptions& options) {
  catch_interrupts();
  Archiving archiving(options);
  if (auto done = archiving.run(); !done) {
    if (done.error().code == Errc::kInvalidArgument) {
      (void)report(done.error());
      return ExitCode::kUsage;
    }
    return report(done.error());
  }
  Output out(STDOUT_FILENO);
  archiving.print(out);
  out.flush();
  if (auto done = out.status(); !done) return report(done.error());
  return archiving.corrupt() ? ExitCode::kCorruption : ExitCode::kOk;
}

}  // namespace factorwal::tool
