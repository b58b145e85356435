/// The certificate of an open that does not happen.

#include <optional>
#include <span>

#include "base/caught_error.h"
#include "recovery/certify.h"
#include "recovery/channel_drain.h"
#include "recovery/ring_marks.h"
#include "wal/reading/corruption.h"
#include "wal/reading/log_reader.h"

namespace factorwal {
namespace {

/// What a pass over every frame tells.
struct Survey {
  LayoutHandle layout;  // of the last ticks or states of a factor set; not valid if none
  std::vector<Finding> findings;
  std::uint64_t lost_records = 0;
};

Result<Survey> survey(FileSystem& files, const wal::LogView& view, wal::NameTable& names) {
  Survey found;
  wal::LogReader reader(files, view, names);
  LogRecord record;
  for (;;) {
    const auto next = reader.next(record);
    if (!next) return next.error();
    if (!*next) break;
    const bool of_factors =
        record.type == RecordType::kTick || record.type == RecordType::kOperatorState;
    if (of_factors && !record.layout->factor_text.empty()) {
      found.layout = record.layout_handle;
    }
  }
  found.findings = reader.findings();
  found.lost_records = reader.lost_records() + view.lost_behind(reader.last_sequence());
  return found;
}

/// The layout of the last ticks or states of a factor set, those in rings included; if all are
/// lost, the last that is defined; null if there is none.
Result<const TickLayout*> last_layout(FileSystem& files, const wal::LogView& view,
                                      std::span<const wal::RingMark> marks, LayoutHandle logged,
                                      wal::NameTable& names) {
  const auto* last = names.layouts.get(logged.index);
  if (!view.live) {
    auto channel = recovery::ChannelDrain::find(files, view.directory, view.manifest.directory);
    if (!channel) return channel.error();
    auto seen = view;
    if (auto found = channel->prepare(names, marks, &seen); !found) return found.error();
    const auto looked = channel->preview(names, [&](const LogRecord& record) {
      if (record.type == RecordType::kTick && !record.layout->factor_text.empty()) {
        last = record.layout;
      }
      return Status{};
    });
    if (!looked) return looked.error();
  }
  for (auto i = names.layouts.size(); last == nullptr && i-- > 0;) {
    const auto* layout = names.layouts.get(i);
    if (!layout->factor_text.empty()) last = layout;
  }
  return last;
}

/// The factor set that the last ticks were made by, if there is one that can be compiled: with
/// functions of a program's own, nothing is said of factors.
/// `names` receives those of the rings.
Result<std::optional<FactorSet>> last_factors(FileSystem& files, const wal::LogView& view,
                                              std::span<const wal::RingMark> marks,
                                              LayoutHandle logged, wal::NameTable& names) {
  std::optional<FactorSet> factors;
  const auto layout = last_layout(files, view, marks, logged, names);
  if (!layout) return layout.error();
  if (*layout == nullptr) return factors;
  auto parsed = recovery::factors_of(**layout);
  if (parsed) {
    factors = std::move(*parsed);
  } else if (parsed.error().code != Errc::kInvalidArgument) {
    return parsed.error();
  }
  return factors;
}

/// Why an open is refused.
std::string refusal_of(const recovery::RecoveryFindings& found, const std::vector<Finding>& log,
                       const std::vector<Finding>& replayed,
                       const recovery::ChannelDrain& channel) {
  switch (recovery::decide(found)) {
    case RecoveryCase::kRefuseCorrupt: {
      const auto* corrupt = wal::first_corrupt(log);
      if (corrupt == nullptr) corrupt = wal::first_corrupt(replayed);
      return wal::corruption_error(*corrupt, wal::kNothingChanged).message;
    }
    case RecoveryCase::kRefuseRing:
    case RecoveryCase::kRefuseVersion: return channel.refusal().message;
    default: return {};
  }
}

RecoveryCertificate refused(const std::string& directory, RecoveryCase decision,
                            const Error& error) {
  RecoveryCertificate certificate;
  certificate.directory = directory;
  certificate.decision = decision;
  certificate.refusal = error.message;
  certificate.corrupt.push_back({Damage::kCorrupt, {}, 0, 0, 0, 0, error.message});
  return certificate;
}

}  // namespace

Result<RecoveryCertificate> examine_recovery(const std::string& directory,
                                             OnCorruption on_corruption) try {
  const auto begun = std::chrono::steady_clock::now();
  auto& files = posix_file_system();
  auto view = wal::open_log_view(files, directory);
  if (!view) {
    const auto& error = view.error();
    recovery::RecoveryFindings found;
    found.log = recovery::LogFound::kUnreadable;
    if (error.code == Errc::kUnsupportedVersion) found.log = recovery::LogFound::kNewer;
    if (error.code != Errc::kCorruption && error.code != Errc::kUnsupportedVersion) return error;
    return refused(directory, recovery::decide(found), error);
  }
  LogRecovery log;
  wal::NameTable all_names;
  const auto surveyed = survey(files, *view, all_names);
  if (!surveyed) return surveyed.error();
  Result<std::vector<wal::RingMark>> marks = std::vector<wal::RingMark>{};
  if (!view->live) marks = recovery::read_ring_marks(files, *view);
  if (!marks) return marks.error();
  const auto factors = last_factors(files, *view, *marks, surveyed->layout, all_names);
  if (!factors) return factors.error();
  auto drain = recovery::ChannelDrain::find(files, directory, view->manifest.directory);
  if (!drain) return drain.error();
  const auto none = FactorSet::parse("", TickSchema::quotes());
  if (!none) return none.error();
  const auto& used = *factors ? **factors : *none;

  const auto replay_begun = std::chrono::steady_clock::now();
  wal::NameTable log_names;  // as in an open: the log's first, then those of the rings
  auto& names = *factors ? log_names : all_names;
  recovery::Replay replay(files, names, used, OnCorruption::kQuarantine);
  if (*factors) {
    if (auto done = replay.read_log(*view); !done) return done.error();
  }
  recovery::RecoveryFindings found;
  // A live writer's rings are its own business.
  if (!view->live) {
    const auto rings = drain->prepare(names, *marks, &*view);
    if (!rings) return rings.error();
    found.rings = *rings;
    log.rings = drain->reports();
    for (auto& ring : log.rings) {
      if (ring.verdict == RingVerdict::kDrained)
        ring.drained = ring.accepted - ring.logged - ring.lost;
    }
    if (*factors) {
      replay.lost_at_end(drain->lost_before());
      const auto taken =
          drain->preview(names, [&](const LogRecord& record) { return replay.take(record); });
      if (!taken) return taken.error();
      replay.given_up(drain->given_up());
    }
  }
  if (*factors) replay.settle();
  const auto replay_ended = std::chrono::steady_clock::now();

  const auto& replayed = replay.result();
  found.log = view->clean() ? recovery::LogFound::kClosed : recovery::LogFound::kOpen;
  found.on_corruption = on_corruption;
  if (!view->findings.empty()) found.bytes = recovery::BytesFound::kTorn;
  // As an open: what lies before the snapshot that it begins with does not matter to it.
  const bool corrupt = view->corrupt() || !replayed.corrupt.empty() ||
                       (!*factors && wal::first_corrupt(surveyed->findings) != nullptr);
  if (corrupt) found.bytes = recovery::BytesFound::kCorrupt;
  log.decision = recovery::decide(found);
  log.written_found = view->last_sequence;
  log.durable_found = view->frontier.sequence;
  log.clean = view->clean();
  log.epoch = view->manifest.epoch;
  // The view knows by now what the rings say of its end.
  log.findings = view->findings;
  wal::add_new_findings(log.findings, surveyed->findings);
  if (auto finding = drain->list_finding()) log.findings.push_back(std::move(*finding));
  if (const auto boot = files.boot_id()) log.boot = *boot;
  auto certificate = recovery::certify(directory, log, replayed, names, used, on_corruption);
  certificate.refusal = refusal_of(found, log.findings, replayed.corrupt, *drain);
  if (certificate.lost_records == 0) certificate.lost_records = surveyed->lost_records;
  certificate.replay_time = replay_ended - replay_begun;
  certificate.total_time = std::chrono::steady_clock::now() - begun;
  certificate.look_time = certificate.total_time - certificate.replay_time;
  return certificate;
} catch (...) {
  return caught_error();
}

}  // namespace factorwal
