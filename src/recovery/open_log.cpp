#include "recovery/open_log.h"

#include <algorithm>

#include "recovery/channel_drain.h"
#include "wal/reading/corruption.h"

namespace factorwal::recovery {
namespace {

constexpr std::uint64_t kSegmentBytesMin = std::uint64_t{64} << 10;

/// Zeros when there is no log yet.
Result<wal::Identity> directory_identity(FileSystem& files, const std::string& directory) {
  const auto manifest = wal::load_manifest(files, directory);
  if (manifest) return manifest->directory;
  if (manifest.error().code == Errc::kNotFound) return wal::Identity{};
  return manifest.error();
}

/// A directory that a power failure cannot take away with everything in it.
Status make_durable_directory(FileSystem& files, const std::string& directory) {
  const auto known = files.exists(join_path(directory, wal::kManifestName));
  if (!known) return known.error();
  if (*known) return {};
  if (auto done = files.make_directory(directory); !done) {
    const auto& error = done.error();
    if (error.code != Errc::kNotFound) return error;
    return Error{error.code, error.message + ": the directory around it has to be there",
                 error.errno_value};
  }
  auto name = directory;
  while (name.size() > 1 && name.back() == '/') name.pop_back();
  const auto slash = name.rfind('/');
  if (slash == std::string::npos) return files.sync_directory(".");
  return files.sync_directory(slash == 0 ? "/" : name.substr(0, slash));
}

/// What the table of recovery cases says; the error when that is a refusal.
Status decide_on(wal::Log& log, RecoveryFindings found, const wal::LogView* view,
                 const ChannelDrain& channel) {
  const Finding* corrupt = wal::first_corrupt(log.damage);
  if (view != nullptr) {
    found.log = view->clean() ? LogFound::kClosed : LogFound::kOpen;
    if (!view->findings.empty()) found.bytes = BytesFound::kTorn;
    if (const auto* finding = wal::first_corrupt(view->findings)) corrupt = finding;
    if (corrupt != nullptr) found.bytes = BytesFound::kCorrupt;
    log.recovery.durable_found = view->frontier.sequence;
    log.recovery.written_found = view->last_sequence;
  }
  log.recovery.decision = decide(found);
  switch (log.recovery.decision) {
    case RecoveryCase::kCreate:
    case RecoveryCase::kGoOn:
    case RecoveryCase::kRecover:
    case RecoveryCase::kGoOnInQuarantine: return {};
    case RecoveryCase::kRefuseCorrupt: return wal::corruption_error(*corrupt, wal::kNothingChanged);
    case RecoveryCase::kRefuseRing:
    case RecoveryCase::kRefuseVersion:
    case RecoveryCase::kRefuseUnreadable: break;
  }
  return channel.refusal();
}

// What a dead process had accepted comes into the log before anything else does.
Status open_writer(wal::Log& log, std::optional<wal::LogView> view, ChannelDrain& channel,
                   LogOptions options, const LogFollowers& followers) {
  auto& files = log.files();
  const auto& directory = log.directory;
  auto begun = steady_now(files);
  const auto check = [&](wal::LogView* seen, std::vector<wal::RingMark>& marks) -> Status {
    RecoveryFindings found;
    const auto rings_found = channel.prepare(log.names, marks, seen);
    if (!rings_found) return rings_found.error();
    found.rings = *rings_found;
    found.on_corruption = options.on_corruption;
    begun = steady_now(files);
    if (auto done = decide_on(log, found, seen, channel); !done) return done;
    // Until all is drained: killed before, the next open misses the list again.
    if (channel.misses_list()) return {};
    auto known = channel.rings();
    const auto told_again = channel.lost_rings();
    known.insert(known.end(), told_again.begin(), told_again.end());
    std::erase_if(marks, [&](const wal::RingMark& mark) {
      return std::ranges::find(known, mark.ring, &channel::RegisteredRing::identity) == known.end();
    });
    if (channel.list_finding()) return {};
    // There from before the directory counts as open until it is closed: its absence tells, and so
    // does one of an earlier open.
    const auto epoch = seen == nullptr ? 1 : seen->manifest.epoch + 1;
    return channel::store_ring_register(files, directory, channel.list_of(epoch));
  };
  wal::WriterOptions writer_options;
  writer_options.segment_bytes = std::max(options.segment_bytes, kSegmentBytesMin);
  writer_options.free_space_reserve = options.free_space_reserve;
  writer_options.on_corruption = options.on_corruption;
  // Of a log that is opened in spite of damage everything stays, for a person to look at.
  if (wal::first_corrupt(log.damage) == nullptr) {
    writer_options.retention = {options.keep_age, options.keep_bytes};
  }
  writer_options.names_known = static_cast<bool>(followers.recover);
  wal::OpenReport report;
  auto opened = wal::WalWriter::open(files, directory, log.names, writer_options, report, check,
                                     std::move(view));
  if (!opened) return opened.error();
  log.writer = std::move(*opened);
  auto& writer = *log.writer;
  const auto boot = files.boot_id();
  if (!boot) return boot.error();
  const auto directory_id = files.file_id(directory);
  if (!directory_id) return directory_id.error();
  const auto left = channel.rings();
  const auto lost = channel.lost_rings();
  auto on_record = left;
  on_record.insert(on_record.end(), lost.begin(), lost.end());
  log.rings.begin({writer.directory_identity(), *boot, *directory_id,
                   files.absolute_path(directory), report.epoch, on_record},
                  !channel.list_finding() && !channel.misses_list(),
                  [&log, own = wal::ManifestHead{writer.directory_identity(), report.epoch}] {
                    return wal::expect_own_log(log.files(), log.directory, own);
                  });
  if (followers.lost_at_end) followers.lost_at_end(channel.lost_before());
  if (auto done = channel.drain(log, followers.drained); !done) return done;
  if (followers.given_up) followers.given_up(channel.given_up());
  log.rings.keep_on_record(lost);
  if (auto done = log.rings.set_aside(channel.given_up_files()); !done) return done;
  if (auto done = log.forget(left); !done) return done;
  log.recovery.created = report.created;
  log.recovery.clean = report.clean;
  log.recovery.last_sequence = writer.written_sequence();
  log.recovery.rewritten_first = report.rewritten_first;
  log.recovery.rewritten_last = report.rewritten_last;
  log.recovery.epoch = report.epoch;
  log.recovery.findings = std::move(report.findings);
  if (auto finding = channel.list_finding()) log.recovery.findings.push_back(std::move(*finding));
  log.recovery.rings = channel.reports();
  log.recovery.boot = *boot;
  log.recovery.write_time = steady_now(files) - begun;
  return {};
}

}  // namespace

Result<std::unique_ptr<wal::Log>> open_log(FileSystem& files, const std::string& directory,
                                           LogOptions options, const LogFollowers& followers) {
  if (directory.empty()) return Error{Errc::kInvalidArgument, "the data directory has no name", 0};
  if (options.keep_age.count() < 0) {
    return Error{Errc::kInvalidArgument, "keep_age is negative; 0 keeps everything", 0};
  }
  if (auto done = make_durable_directory(files, directory); !done) return done.error();
  auto lock = files.lock(join_path(directory, wal::kLockName));
  if (!lock) return lock.error();
  auto log = std::make_unique<wal::Log>(files, directory, std::move(*lock));
  const auto identity = directory_identity(files, directory);
  // Without the manifest nothing else counts: the table refuses whatever is found beside it.
  if (!identity) return identity.error();
  // Before the log: what a ring has given to it is in there.
  auto channel = ChannelDrain::find(files, directory, *identity);
  if (!channel) return channel.error();
  auto view = wal::look_for_log(files, directory, wal::LockOwner::kUs);
  if (!view) return view.error();
  if (followers.recover) {
    const auto* seen = *view ? &**view : nullptr;
    if (auto done = followers.recover(*log, seen); !done) return done.error();
  }
  if (auto done = open_writer(*log, std::move(*view), *channel, options, followers); !done) {
    return done.error();
  }
  return log;
}

}  // namespace factorwal::recovery
