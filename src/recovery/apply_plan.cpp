/// The one place that changes a directory at an open.

#include <algorithm>

#include "recovery/recovery_plan.h"
#include "wal/reading/corruption.h"

namespace factorwal::recovery {
namespace {

wal::WriterOptions writer_options(const LogOptions& options, const RecoveryPlan& plan) {
  constexpr std::uint64_t kSegmentBytesMin = std::uint64_t{64} << 10;
  wal::WriterOptions all;
  // Whole segments are cut: several of them have to fit what is kept.
  constexpr std::uint64_t kSegmentsKept = 8;
  const auto fitting = options.keep_bytes > 0
                           ? std::min(options.segment_bytes, options.keep_bytes / kSegmentsKept)
                           : options.segment_bytes;
  all.segment_bytes = std::max(fitting, kSegmentBytesMin);
  all.free_space_reserve = options.free_space_reserve;
  const bool damaged =
      plan.replay != nullptr && wal::first_corrupt(plan.replay->result().corrupt) != nullptr;
  // Of a log that is opened in spite of damage everything stays, for a person to look at.
  if (!damaged) all.retention = {options.keep_age, options.keep_bytes};
  return all;
}

/// The plan under way.
class Execution {
 public:
  Execution(RecoveryPlan& plan, wal::Log& log) : plan_(plan), log_(log) {}

  [[nodiscard]] Status settle_manifest();
  [[nodiscard]] Status store_list_of_rings();
  [[nodiscard]] Status begin_writing(const LogOptions& options);
  [[nodiscard]] Status put_rings_on_record();
  [[nodiscard]] Status drain_rings();
  [[nodiscard]] Status take_rings_off_record();
  void report();

 private:
  RecoveryPlan& plan_;
  wal::Log& log_;
  ChannelDrain& rings_ = *plan_.found.rings;
  wal::OpenReport opened_;
};

/// The manifest of an open that was cut short may be the page cache's alone, and a sync of the
/// directory, should one have failed, proves nothing: what is built on it would outlive it.
Status Execution::settle_manifest() {
  if (!plan_.found.log || plan_.found.log->clean()) return {};
  return wal::store_manifest(log_.files(), log_.directory, plan_.found.log->manifest);
}

/// There from before the directory counts as open until it is closed: its absence tells, and so
/// does one of another open than the log's.
Status Execution::store_list_of_rings() {
  if (rings_.misses_list() || rings_.list_finding()) return {};
  const auto list = rings_.list_of(plan_.next.epoch + 1);
  return channel::store_ring_register(log_.files(), log_.directory, list);
}

Status Execution::begin_writing(const LogOptions& options) {
  auto writer = wal::WalWriter::make(log_.files(), log_.directory, log_.names,
                                     writer_options(options, plan_));
  if (!writer) return writer.error();
  // The first changes.
  if (auto done = settle_manifest(); !done) return done;
  if (auto done = store_list_of_rings(); !done) return done;
  if (auto done = (*writer)->begin(std::move(plan_.next), opened_); !done) return done;
  log_.writer = std::move(*writer);
  return {};
}

Status Execution::put_rings_on_record() {
  auto& files = log_.files();
  const auto boot = files.boot_id();
  if (!boot) return boot.error();
  const auto directory_id = files.file_id(log_.directory);
  if (!directory_id) return directory_id.error();
  const wal::ManifestHead own{log_.writer->directory_identity(), opened_.epoch};
  log_.rings.begin({own.directory, *boot, *directory_id, files.absolute_path(log_.directory),
                    opened_.epoch, rings_.all_rings()},
                   !rings_.list_finding() && !rings_.misses_list(), [&log = log_, own] {
                     return wal::expect_own_log(log.files(), log.directory, own);
                   });
  plan_.report.boot = *boot;
  return {};
}

Status Execution::drain_rings() { return rings_.drain(log_); }

Status Execution::take_rings_off_record() {
  log_.rings.keep_on_record(rings_.lost_rings());
  if (auto done = log_.rings.set_aside(rings_.given_up_files()); !done) return done;
  return log_.forget(rings_.rings());
}

void Execution::report() {
  auto& report = plan_.report;
  report.created = opened_.created;
  report.clean = opened_.clean;
  report.last_sequence = log_.writer->written_sequence();
  report.rewritten_first = opened_.rewritten_first;
  report.rewritten_last = opened_.rewritten_last;
  report.epoch = opened_.epoch;
  report.rings = rings_.reports();
}

}  // namespace

Status apply_plan(RecoveryPlan& plan, wal::Log& log, const LogOptions& options) {
  if (plan.refusal) return *plan.refusal;
  const auto begun = steady_now(log.files());
  Execution execution(plan, log);
  if (auto done = execution.begin_writing(options); !done) return done;
  if (auto done = execution.put_rings_on_record(); !done) return done;
  if (auto done = execution.drain_rings(); !done) return done;
  if (auto done = execution.take_rings_off_record(); !done) return done;
  execution.report();
  plan.report.write_time = steady_now(log.files()) - begun;
  return {};
}

}  // namespace factorwal::recovery
