/// The certificate of an open that does not happen.

#include "factorwal/recovery_certificate.h"
#include "recovery/certify.h"
#include "wal/channel_drain.h"
#include "wal/corruption.h"
#include "wal/log_reader.h"

namespace factorwal {
namespace {

using recovery::Replayed;

/// What a pass over every frame tells.
struct Survey {
  std::vector<wal::RingMark> marks;  // the latest of each ring
  LayoutHandle layout;               // of the last ticks of a factor set; not valid if none
  std::vector<Finding> findings;
  std::uint64_t lost_records = 0;
};

Result<Survey> survey(FileSystem& files, const wal::LogView& view, wal::NameTable& names) {
  Survey found;
  wal::LogReader reader(files, view, names);
  wal::FrameDecoder decoder(names);
  LogRecord record;
  for (;;) {
    const auto next = reader.next_frame();
    if (!next) return next.error();
    if (!*next) break;
    wal::note_marks(found.marks, wal::frame_rings(reader.frame(), reader.frame_header()));
    decoder.start(reader.frame(), reader.frame_header());
    for (;;) {
      const auto has = decoder.next(record);
      if (!has && has.error().code != Errc::kCorruption) return has.error();
      if (!has || !*has) break;  // a frame that breaks the grammar is told by the replay
      if (record.type == RecordType::kTick && !record.layout->factor_text.empty()) {
        found.layout = record.layout_handle;
      }
    }
  }
  found.findings = reader.findings();
  found.lost_records = reader.lost_records();
  return found;
}

/// With the factor set that the log's last ticks were made by.
Result<Replayed> replay_last_set(const recovery::ReplaySource& source, const TickLayout& layout,
                                 std::optional<FactorSet>& factors) {
  auto parsed = recovery::factors_of(layout);
  if (!parsed) return parsed.error();
  factors = std::move(*parsed);
  return recovery::replay(source, *factors, OnCorruption::kQuarantine);
}

RecoveryCertificate refused(const std::string& directory, RecoveryCase decision,
                            const Error& error) {
  RecoveryCertificate certificate;
  certificate.directory = directory;
  certificate.decision = decision;
  certificate.corrupt.push_back({Damage::kCorrupt, {}, 0, 0, 0, 0, error.message});
  return certificate;
}

}  // namespace

Result<RecoveryCertificate> examine_recovery(const std::string& directory,
                                             OnCorruption on_corruption) {
  const auto begun = std::chrono::steady_clock::now();
  auto& files = posix_file_system();
  const auto view = wal::open_log_view(files, directory);
  if (!view) {
    const auto& error = view.error();
    wal::RecoveryFindings found;
    found.log = wal::LogFound::kUnreadable;
    if (error.code == Errc::kUnsupportedVersion) found.log = wal::LogFound::kNewer;
    if (error.code != Errc::kCorruption && error.code != Errc::kUnsupportedVersion) return error;
    return refused(directory, decide(found), error);
  }
  wal::NameTable names;
  const auto surveyed = survey(files, *view, names);
  if (!surveyed) return surveyed.error();

  // A live writer's rings are its own business.
  auto drain = wal::ChannelDrain::find(files, directory, view->manifest.directory);
  if (!drain) return drain.error();
  const auto replay_begun = std::chrono::steady_clock::now();
  Replayed replayed;
  std::optional<FactorSet> factors;
  if (surveyed->layout.index < names.layouts.size()) {
    auto done = replay_last_set({files, directory, names, wal::LockOwner::kOthers},
                                *names.layouts.get(surveyed->layout.index), factors);
    // Functions of the user's own cannot be compiled here: then nothing is said of factors.
    if (!done && done.error().code != Errc::kInvalidArgument) return done.error();
    if (done) replayed = std::move(*done);
  }
  const auto replay_ended = std::chrono::steady_clock::now();

  wal::RecoveryFindings found;
  found.log = view->clean() ? wal::LogFound::kClosed : wal::LogFound::kOpen;
  found.on_corruption = on_corruption;
  if (!view->findings.empty()) found.bytes = wal::BytesFound::kTorn;
  // As an open: what lies before the snapshot that it begins with does not matter to it.
  const bool corrupt = wal::first_corrupt(view->findings) != nullptr || !replayed.corrupt.empty() ||
                       (!factors && wal::first_corrupt(surveyed->findings) != nullptr);
  if (corrupt) found.bytes = wal::BytesFound::kCorrupt;
  LogRecovery log;
  if (!view->live) {
    found.rings = drain->prepare(names, surveyed->marks);
    log.rings = drain->reports();
    for (auto& ring : log.rings) {
      if (ring.verdict == RingVerdict::kDrained) ring.drained = ring.accepted - ring.logged;
    }
  }
  log.decision = decide(found);
  log.clean = view->clean();
  log.epoch = view->manifest.epoch;
  log.findings = surveyed->findings;
  log.written_found = view->last_sequence;
  log.durable_found = view->frontier.sequence;
  if (const auto boot = files.boot_id()) log.boot = *boot;
  if (!factors) {
    auto none = FactorSet::parse("", TickSchema::quotes());
    if (!none) return none.error();
    factors = std::move(*none);
  }
  auto certificate = recovery::certify(directory, log, replayed, *factors, on_corruption);
  if (certificate.lost_records == 0) certificate.lost_records = surveyed->lost_records;
  certificate.replay_time = replay_ended - replay_begun;
  certificate.total_time = std::chrono::steady_clock::now() - begun;
  certificate.look_time = certificate.total_time - certificate.replay_time;
  return certificate;
}

}  // namespace factorwal
