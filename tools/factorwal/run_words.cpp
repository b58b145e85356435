#include "run_words.h"

#include <fmt/core.h>

#include <chrono>
#include <vector>

#include "factorwal/reader.h"
#include "reading/text.h"
#include "ring_text.h"
#include "terminal.h"

namespace factorwal::tool {
namespace {

/// What became of the channel that the last run left.
void tell_rings(const std::vector<RingRecovery>& rings) {
  (void)report_losses(rings);
  for (const auto& ring : rings) {
    if (const auto text = describe(ring); !ring.may_have_lost() && !text.empty()) say(text);
  }
}

/// In quarantine: what is damaged, and whom it hits.
void tell_damage(const RecoveryCertificate& certificate) {
  constexpr std::size_t kShownMax = 10;
  for (const auto& finding : certificate.corrupt) {
    say(fmt::format("corrupt, passed over: {}", finding.file.empty()
                                                    ? finding.what
                                                    : fmt::format("{}, offset {}: {}", finding.file,
                                                                  finding.offset, finding.what)));
  }
  if (certificate.refed_by_source) {
    say(fmt::format("{} records at the end are lost; the source gives them again",
                    certificate.lost_records));
  }
  for (std::size_t i = 0; i < certificate.hit.size() && i < kShownMax; ++i) {
    const auto& one = certificate.hit[i];
    say(fmt::format(
        "{} is hit: {}{} ticks lost; its factors are missing until they are exact again",
        one.instrument_id, one.gap ? "" : "up to ", one.lost_ticks));
  }
  if (certificate.hit.size() > kShownMax) {
    say(fmt::format("and {} further instruments; `factorwal recover` lists them",
                    certificate.hit.size() - kShownMax));
  }
  for (const auto& factor : certificate.factors) {
    if (factor.approximate == 0) continue;
    say(
        fmt::format("{} is approximate for {} instruments: the log does not reach far enough back, "
                    "or lost ticks cannot be counted (since sequence {})",
                    factor.factor_id, factor.approximate, factor.doubtful_since));
  }
}

}  // namespace

void tell_recovery(Engine& engine, const RunRequest& request) {
  const auto& found = engine.recovery();
  for (const auto& finding : found.log.findings) {
    if (finding.damage == Damage::kCorrupt) continue;
    say(fmt::format("{}: {} bytes at offset {} of {}: {}; kept there, not used",
                    to_string(finding.damage), finding.bytes, finding.offset, finding.file,
                    finding.what));
  }
  tell_rings(found.log.rings);
  tell_damage(engine.certificate());
  if (const auto why = engine.persister().channel_fallback(); !why.empty()) {
    say(fmt::format("the channel is a file in {}, not shared memory: {}", request.data_directory,
                    why));
  }
  if (request.resume && found.log.created) {
    say(fmt::format("{} held no log to resume: a new one begins there", request.data_directory));
  }
  if (found.log.last_sequence == 0) return;
  say(fmt::format(
      "recovered up to sequence {}{}: {} instruments, {} states loaded, {} ticks replayed, "
      "{:.0f} ms",
      found.log.last_sequence, found.log.clean ? "" : " after an unclean end", found.instruments,
      found.states_loaded, found.ticks_replayed,
      std::chrono::duration<double, std::milli>(found.duration).count()));
}

void tell_rows(const feed::FeedReport& report, feed::OnBadRow on_bad_row) {
  if (report.rows_resumed > 0) {
    say(fmt::format("passed over {} rows that an earlier run had read", report.rows_resumed));
  }
  for (std::size_t kind = 1; kind < report.bad.size(); ++kind) {
    const auto& bad = report.bad[kind];
    if (bad.count == 0 || on_bad_row == feed::OnBadRow::kStop) continue;
    say(fmt::format("skipped {} rows: {}; the first: {}", bad.count,
                    to_string(static_cast<feed::BadRow>(kind)), bad.first_example));
  }
  if (report.backward_stamps > 0) {
    say(
        fmt::format("{} ticks are older than one before of the same instrument; kept in their "
                    "order of arrival{}",
                    report.backward_stamps,
                    report.backward_stamps * 2 > report.rows_delivered
                        ? ". The newest rows seem to come first: sort them by time, for factors "
                          "take them as they come"
                        : ""));
  }
  if (report.volume_corrections > 0) {
    say(
        fmt::format("{} running totals fell within their trading day: taken for corrections, their "
                    "volume is 0",
                    report.volume_corrections));
  }
  if (report.ambiguous_times > 0) {
    say(
        fmt::format("{} local times came twice, when clocks were set back: taken for the first "
                    "passage",
                    report.ambiguous_times));
  }
}

void tell_kept(const std::string& directory, std::uint64_t limit) {
  if (limit == 0) return;
  const auto reader = Reader::open(directory);
  if (!reader) return;
  std::uint64_t bytes = 0;
  for (const auto& segment : reader->segments()) bytes += segment.allocated_bytes;
  if (bytes <= limit) return;
  say(fmt::format(
      "the log has {}, more than it is to keep: what the last two snapshots need stays, "
      "and the segment that is written; a smaller --snapshot-every lets more go",
      readable_bytes(bytes)));
}

void tell_at_risk(Engine& engine, const std::string& why) {
  const auto marks = engine.marks();
  const bool lasts = engine.persister().config().channel != ChannelKind::kHeap;
  if (marks.accepted == marks.durable) {
    return say(
        fmt::format("{}; every accepted tick is durable, --resume goes on once it works", why));
  }
  say(fmt::format(
      "{}; {} accepted ticks (sequences {} to {}) are not in the log{}", why,
      marks.accepted - marks.durable, marks.durable + 1, marks.accepted,
      lasts ? ", but in the channel: --resume brings them in once storage works, unless the "
              "machine is restarted before"
            : ", and lost: the channel was heap"));
}

}  // namespace factorwal::tool
