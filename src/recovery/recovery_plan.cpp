#include "recovery/recovery_plan.h"

#include <algorithm>
#include <cerrno>

#include "wal/reading/corruption.h"

namespace factorwal::recovery {
namespace {

/// Zeros when there is no log yet.
Result<wal::Identity> directory_identity(FileSystem& files, const std::string& directory) {
  const auto manifest = wal::load_manifest(files, directory);
  if (manifest) return manifest->directory;
  if (manifest.error().code == Errc::kNotFound) return wal::Identity{};
  return manifest.error();
}

bool says_what_is_there(const Error& error) {
  return error.code == Errc::kCorruption || error.code == Errc::kUnsupportedVersion;
}

/// Takes an error that is a finding, so that the table has an answer to it; others fail the look.
Result<FoundDirectory> unreadable(FoundDirectory found, const Error& error) {
  if (!says_what_is_there(error)) return error;
  found.unreadable = error;
  return found;
}

/// The plan under construction.
class Planner {
 public:
  Planner(FileSystem& files, wal::NameTable& names, RecoveryPlan& plan, OnCorruption on_corruption)
      : files_(files), names_(names), plan_(plan), on_corruption_(on_corruption) {}

  [[nodiscard]] Status replay_log(const FactorSet& factors, OnCorruption on_corruption,
                                  const TellLogProgress& progress);
  [[nodiscard]] Status compare_rings();
  void decide();
  [[nodiscard]] Status find_continuation();
  [[nodiscard]] Status replay_rings();
  void report();

 private:
  [[nodiscard]] wal::LogView* log() { return plan_.found.log ? &*plan_.found.log : nullptr; }
  [[nodiscard]] bool live() { return log() != nullptr && log()->live; }
  [[nodiscard]] const Finding* first_corrupt();

  FileSystem& files_;
  wal::NameTable& names_;
  RecoveryPlan& plan_;
  OnCorruption on_corruption_;
  RingsFound rings_ = RingsFound::kNone;
};

Status Planner::replay_log(const FactorSet& factors, OnCorruption on_corruption,
                           const TellLogProgress& progress) {
  const auto begun = std::chrono::steady_clock::now();
  plan_.replay = std::make_unique<Replay>(files_, names_, factors, on_corruption);
  if (log() == nullptr) return {};
  if (auto done = plan_.replay->read_log(*log(), plan_.found.last_segment, progress); !done) {
    return done;
  }
  plan_.replay_time = std::chrono::steady_clock::now() - begun;
  return {};
}

/// A live writer's rings are its own business.
Status Planner::compare_rings() {
  if (live()) return {};
  const auto found = plan_.found.rings->prepare(names_, plan_.found.last_segment.marks(), log());
  if (!found) return found.error();
  rings_ = *found;
  return {};
}

/// The place that a refusal names. The replay knows more of one than the look.
const Finding* Planner::first_corrupt() {
  if (const auto* finding = wal::first_corrupt(log()->findings)) return finding;
  if (plan_.replay != nullptr) {
    if (const auto* met = wal::first_corrupt(plan_.replay->result().corrupt)) return met;
  }
  return wal::first_corrupt(plan_.found.damage);
}

void Planner::decide() {
  RecoveryFindings found;
  found.on_corruption = on_corruption_;
  found.rings = rings_;
  const Finding* corrupt = nullptr;
  if (log() != nullptr) {
    found.log = log()->clean() ? LogFound::kClosed : LogFound::kOpen;
    corrupt = first_corrupt();
    if (!log()->findings.empty()) found.bytes = BytesFound::kTorn;
    if (corrupt != nullptr) found.bytes = BytesFound::kCorrupt;
  }
  plan_.decision = recovery::decide(found);
  switch (plan_.decision) {
    case RecoveryCase::kCreate:
    case RecoveryCase::kGoOn:
    case RecoveryCase::kRecover:
    case RecoveryCase::kGoOnInQuarantine: break;
    case RecoveryCase::kRefuseCorrupt:
      plan_.refusal = wal::corruption_error(*corrupt, wal::kNothingChanged);
      break;
    case RecoveryCase::kRefuseRing:
    case RecoveryCase::kRefuseVersion:
    case RecoveryCase::kRefuseUnreadable: plan_.refusal = plan_.found.rings->refusal(); break;
  }
}

Status Planner::find_continuation() {
  auto next = wal::plan_continuation(files_, log(), plan_.found.last_segment);
  if (!next) return next.error();
  plan_.next = std::move(*next);
  const auto& rings = *plan_.found.rings;
  // Until all is drained: killed before, the next open misses the list again.
  if (rings.misses_list()) return {};
  const auto known = rings.all_rings();
  std::erase_if(plan_.next.marks, [&](const wal::RingMark& mark) {
    return std::ranges::find(known, mark.ring, &channel::RegisteredRing::identity) == known.end();
  });
  return {};
}

Status Planner::replay_rings() {
  if (plan_.replay == nullptr) return {};
  const auto& rings = *plan_.found.rings;
  auto& replay = *plan_.replay;
  if (!live()) {
    replay.lost_at_end(rings.lost_before());
    const auto take = [&](const LogRecord& record) { return replay.take(record); };
    if (auto done = rings.preview(names_, take); !done) return done;
    replay.given_up(rings.given_up());
  }
  replay.settle();
  return {};
}

void Planner::report() {
  auto& report = plan_.report;
  report.decision = plan_.decision;
  report.created = log() == nullptr;
  if (log() != nullptr) {
    report.clean = log()->clean();
    report.durable_found = log()->frontier.sequence;
    report.written_found = log()->last_sequence;
    report.epoch = log()->manifest.epoch;
    report.findings = log()->findings;
    if (plan_.replay) wal::add_new_findings(report.findings, plan_.replay->result().corrupt);
    wal::add_new_findings(report.findings, plan_.found.damage);
  }
  if (!live() && plan_.next.doubtful.any() && report.written_found > report.durable_found) {
    report.rewritten_first = report.durable_found + 1;
    report.rewritten_last = report.written_found;
  }
  ++report.epoch;  // this one
  if (live()) return;
  if (auto finding = plan_.found.rings->list_finding()) {
    report.findings.push_back(std::move(*finding));
  }
  report.rings = plan_.found.rings->reports();
  for (auto& ring : report.rings) {
    if (ring.verdict != RingVerdict::kDrained) continue;
    ring.drained = ring.accepted - ring.logged - ring.lost;
  }
}

}  // namespace

Result<FoundDirectory> look_at_directory(FileSystem& files, const std::string& directory,
                                         wal::NameTable& names, wal::LockOwner owner,
                                         wal::Learn learn) {
  FoundDirectory found{directory, {}, wal::SegmentContents(names, learn), {}, {}, {}};
  const auto identity = directory_identity(files, directory);
  // Without the manifest nothing else counts.
  if (!identity) return unreadable(std::move(found), identity.error());
  const auto there = files.exists(directory);
  if (!there) return there.error();
  if (!*there) return Error{Errc::kNotFound, directory + ": no such directory", ENOENT};
  // Before the log: what a ring has given to it is in there.
  auto rings = ChannelDrain::find(files, directory, *identity);
  if (!rings) return rings.error();
  found.rings = std::move(*rings);
  auto log = wal::look_for_log(files, directory, owner, &found.last_segment);
  if (!log) return unreadable(std::move(found), log.error());
  found.log = std::move(*log);
  found.damage = found.last_segment.damage();
  return found;
}

// The steps are those of docs/recovery.md, "What an open does".
Result<RecoveryPlan> plan_recovery(FileSystem& files, FoundDirectory found, wal::NameTable& names,
                                   const FactorSet* factors, OnCorruption on_corruption,
                                   bool replay_past_damage, const TellLogProgress& progress) {
  RecoveryPlan plan{std::move(found), {}, {}, {}, {}, {}, {}};
  if (plan.found.unreadable) {
    RecoveryFindings what;
    const bool newer = plan.found.unreadable->code == Errc::kUnsupportedVersion;
    what.log = newer ? LogFound::kNewer : LogFound::kUnreadable;
    plan.decision = plan.report.decision = decide(what);
    plan.refusal = plan.found.unreadable;
    return plan;
  }
  Planner planner(files, names, plan, on_corruption);
  if (factors != nullptr) {
    const auto as = replay_past_damage ? OnCorruption::kQuarantine : on_corruption;
    if (auto done = planner.replay_log(*factors, as, progress); !done) return done.error();
  }
  if (plan.found.log) {
    const auto& log = *plan.found.log;
    if (auto done = wal::read_damaged_log(files, log, plan.found.last_segment); !done) {
      return done.error();
    }
  }
  if (auto done = planner.compare_rings(); !done) return done.error();
  planner.decide();
  if (auto done = planner.find_continuation(); !done) return done.error();
  if (!plan.refusal || replay_past_damage) {
    if (auto done = planner.replay_rings(); !done) return done.error();
  }
  planner.report();
  return plan;
}

}  // namespace factorwal::recovery
