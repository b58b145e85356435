#include "wal/log.h"

#include <algorithm>

#include "base/caught_error.h"
#include "base/no_cancellation.h"
#include "wal/channel_drain.h"
#include "wal/corruption.h"

namespace factorwal::wal {
namespace {

constexpr std::uint64_t kSegmentBytesMin = std::uint64_t{64} << 10;

template <class Update>
Result<std::pair<InstrumentHandle, FactorHandle>> intern(Log& log, const Update& update) {
  const auto instrument = log.names.instruments.try_intern(update.instrument_id);
  if (!instrument) return instrument.error();
  const auto factor = log.names.factors.try_intern(update.factor_id);
  if (!factor) return factor.error();
  return std::pair{InstrumentHandle{*instrument}, FactorHandle{*factor}};
}

Status add(Log& log, const FactorWalMessage::Update& update) {
  if (auto done = check_id("instrument id", update.instrument_id); !done) return done;
  if (auto done = check_id("factor id", update.factor_id); !done) return done;
  const auto names = intern(log, update);
  if (!names) return names.error();
  const auto [instrument, factor] = *names;
  log.writer->define_instrument(instrument);
  log.writer->define_factor(factor);
  log.names.note_event(instrument, update.source_timestamp);
  log.writer->frame().add_update(instrument, factor, update.source_timestamp, update.value);
  return {};
}

Status add(Log& log, const FactorWalMessage::VectorUpdate& update) {
  if (auto done = check_id("instrument id", update.instrument_id); !done) return done;
  if (auto done = check_id("factor id", update.factor_id); !done) return done;
  if (update.values.size() > kVectorLengthMax) {
    return Error{Errc::kInvalidArgument,
                 "vector of " + std::to_string(update.values.size()) + " values; at most " +
                     std::to_string(kVectorLengthMax) + " fit a record",
                 0};
  }
  const auto names = intern(log, update);
  if (!names) return names.error();
  const auto [instrument, factor] = *names;
  log.writer->define_instrument(instrument);
  log.writer->define_factor(factor);
  log.names.note_event(instrument, update.source_timestamp);
  log.writer->frame().add_vector_update(instrument, factor, update.source_timestamp,
                                        std::as_bytes(std::span(update.values)));
  return {};
}

Status add(Log& log, const FactorWalMessage::Snapshot& snapshot) {
  if (auto done = check_id("instrument id", snapshot.instrument_id); !done) return done;
  if (snapshot.factors.size() > kSnapshotFactorsMax) {
    return Error{Errc::kInvalidArgument,
                 "snapshot of " + std::to_string(snapshot.factors.size()) + " factors; at most " +
                     std::to_string(kSnapshotFactorsMax) + " fit a record",
                 0};
  }
  for (const auto& [id, value] : snapshot.factors) {
    if (auto done = check_id("factor id", id); !done) return done;
  }
  const auto known = log.names.instruments.try_intern(snapshot.instrument_id);
  if (!known) return known.error();
  const InstrumentHandle instrument{*known};
  Bytes pairs;
  FactorHandle highest{0};
  for (const auto& [id, value] : snapshot.factors) {
    const auto factor = log.names.factors.try_intern(id);
    if (!factor) return factor.error();
    highest.index = std::max(highest.index, *factor);
    put(pairs, *factor);
    put(pairs, value);
  }
  log.writer->define_instrument(instrument);
  // At once, and after all are interned: many new ids then go into few frames.
  if (!snapshot.factors.empty()) log.writer->define_factor(highest);
  log.writer->frame().add_snapshot(instrument, log.names.event_time(instrument),
                                   snapshot.checkpoint_id, pairs);
  return {};
}

/// Zeros when there is no log yet.
Result<Identity> directory_identity(FileSystem& files, const std::string& directory) {
  const auto manifest = load_manifest(files, directory);
  if (manifest) return manifest->directory;
  if (manifest.error().code == Errc::kNotFound) return Identity{};
  return manifest.error();
}

/// A directory that a power failure cannot take away with everything in it.
Status make_durable_directory(FileSystem& files, const std::string& directory) {
  const auto known = files.exists(join_path(directory, kManifestName));
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

}  // namespace

Status add_message(Log& log, const FactorWalMessage& message) {
  return std::visit([&](const auto& content) { return add(log, content); }, message.content);
}

Result<std::unique_ptr<Log>> Log::open(FileSystem& files, const std::string& directory,
                                       LogOptions options, const LogFollowers& followers) {
  if (directory.empty()) return Error{Errc::kInvalidArgument, "the data directory has no name", 0};
  if (options.keep_age.count() < 0) {
    return Error{Errc::kInvalidArgument, "keep_age is negative; 0 keeps everything", 0};
  }
  std::unique_ptr<Log> log(new Log(files, directory));
  if (auto done = make_durable_directory(files, directory); !done) return done.error();
  auto lock = files.lock(join_path(directory, kLockName));
  if (!lock) return lock.error();
  log->lock_ = std::move(*lock);
  const auto identity = directory_identity(files, directory);
  // Without the manifest nothing else counts: the table refuses whatever is found beside it.
  if (!identity) return identity.error();
  // Before the log: what a ring has given to it is in there.
  auto channel = ChannelDrain::find(files, directory, *identity);
  if (!channel) return channel.error();
  auto view = look_for_log(files, directory, LockOwner::kUs);
  if (!view) return view.error();
  if (followers.recover) {
    const auto* seen = *view ? &**view : nullptr;
    if (auto done = followers.recover(*log, seen); !done) return done.error();
  }
  if (auto done = log->open_writer(std::move(*view), *channel, options, followers); !done) {
    return done.error();
  }
  return log;
}

// What a dead process had accepted comes into the log before anything else does.
Status Log::open_writer(std::optional<LogView> view, ChannelDrain& channel, LogOptions options,
                        const LogFollowers& followers) {
  auto begun = steady_now(files_);
  const auto check = [&](LogView* seen, std::vector<RingMark>& marks) -> Status {
    RecoveryFindings found;
    const auto rings_found = channel.prepare(names, marks, seen);
    if (!rings_found) return rings_found.error();
    found.rings = *rings_found;
    found.on_corruption = options.on_corruption;
    begun = steady_now(files_);
    if (auto done = decide_on(found, seen, channel); !done) return done;
    // Until all is drained: killed before, the next open misses the list again.
    if (channel.misses_list()) return {};
    auto known = channel.rings();
    const auto told_again = channel.lost_rings();
    known.insert(known.end(), told_again.begin(), told_again.end());
    std::erase_if(marks, [&](const RingMark& mark) {
      return std::ranges::find(known, mark.ring, &channel::RegisteredRing::identity) == known.end();
    });
    if (channel.list_finding()) return {};
    // There from before the directory counts as open until it is closed: its absence tells, and so
    // does one of an earlier open.
    const auto epoch = seen == nullptr ? 1 : seen->manifest.epoch + 1;
    return channel::store_ring_register(files_, directory, channel.list_of(epoch));
  };
  WriterOptions writer_options;
  writer_options.segment_bytes = std::max(options.segment_bytes, kSegmentBytesMin);
  writer_options.free_space_reserve = options.free_space_reserve;
  writer_options.on_corruption = options.on_corruption;
  // Of a log that is opened in spite of damage everything stays, for a person to look at.
  if (first_corrupt(damage) == nullptr) {
    writer_options.retention = {options.keep_age, options.keep_bytes};
  }
  writer_options.names_known = static_cast<bool>(followers.recover);
  OpenReport report;
  auto opened =
      WalWriter::open(files_, directory, names, writer_options, report, check, std::move(view));
  if (!opened) return opened.error();
  writer = std::move(*opened);
  const auto boot = files_.boot_id();
  if (!boot) return boot.error();
  const auto directory_id = files_.file_id(directory);
  if (!directory_id) return directory_id.error();
  const auto left = channel.rings();
  const auto lost = channel.lost_rings();
  auto on_record = left;
  on_record.insert(on_record.end(), lost.begin(), lost.end());
  rings.begin({writer->directory_identity(), *boot, *directory_id, files_.absolute_path(directory),
               report.epoch, on_record},
              !channel.list_finding() && !channel.misses_list(),
              [this, own = ManifestHead{writer->directory_identity(), report.epoch}] {
                return expect_own_log(files_, directory, own);
              });
  if (followers.lost_at_end) followers.lost_at_end(channel.lost_before());
  if (auto done = channel.drain(*this, followers.drained); !done) return done;
  if (followers.given_up) followers.given_up(channel.given_up());
  rings.keep_on_record(lost);
  if (auto done = rings.set_aside(channel.given_up_files()); !done) return done;
  if (auto done = forget(left); !done) return done;
  recovery.created = report.created;
  recovery.clean = report.clean;
  recovery.last_sequence = writer->written_sequence();
  recovery.rewritten_first = report.rewritten_first;
  recovery.rewritten_last = report.rewritten_last;
  recovery.epoch = report.epoch;
  recovery.findings = std::move(report.findings);
  if (auto finding = channel.list_finding()) recovery.findings.push_back(std::move(*finding));
  recovery.rings = channel.reports();
  recovery.boot = *boot;
  recovery.write_time = steady_now(files_) - begun;
  return {};
}

Status Log::decide_on(RecoveryFindings found, const LogView* view, const ChannelDrain& channel) {
  const Finding* corrupt = first_corrupt(damage);
  if (view != nullptr) {
    found.log = view->clean() ? LogFound::kClosed : LogFound::kOpen;
    if (!view->findings.empty()) found.bytes = BytesFound::kTorn;
    if (const auto* finding = first_corrupt(view->findings)) corrupt = finding;
    if (corrupt != nullptr) found.bytes = BytesFound::kCorrupt;
    recovery.durable_found = view->frontier.sequence;
    recovery.written_found = view->last_sequence;
  }
  recovery.decision = decide(found);
  switch (recovery.decision) {
    case RecoveryCase::kCreate:
    case RecoveryCase::kGoOn:
    case RecoveryCase::kRecover:
    case RecoveryCase::kGoOnInQuarantine: return {};
    case RecoveryCase::kRefuseCorrupt: return corruption_error(*corrupt, kNothingChanged);
    case RecoveryCase::kRefuseRing:
    case RecoveryCase::kRefuseVersion:
    case RecoveryCase::kRefuseUnreadable: break;
  }
  return channel.refusal();
}

Status Log::forget(std::span<const channel::RegisteredRing> gone) {
  if (auto done = rings.remove(gone); !done) return done;
  std::vector<std::uint64_t> identities;
  for (const auto& ring : gone) identities.push_back(ring.identity);
  writer->forget_rings(identities);
  return {};
}

Status Log::close(bool losses_told) {
  auto done = writer->close();
  if (done && lock_) {
    rings.end(losses_told);
    done = writer->expect_segments();
  }
  if (!done) writer->give_up();
  rings.close();
  closed = true;
  lock_.reset();
  return done;
}

}  // namespace factorwal::wal

namespace factorwal {

namespace {

constexpr std::size_t kFrameTargetBytes = std::size_t{1} << 20;

}  // namespace

WalManager::WalManager(std::unique_ptr<wal::Log> log) : log_(std::move(log)) {}

WalManager::~WalManager() {
  if (log_->forked()) {
    (void)log_.release();  // its threads are the parent's; everything is left alone
    return;
  }
  // Perhaps of an open that failed behind it: nobody was told what this one has found.
  const std::lock_guard lock(log_->mutex);
  (void)log_->close(false);
}

Result<std::shared_ptr<WalManager>> WalManager::open(const std::string& directory,
                                                     LogOptions options) {
  return open_on(posix_file_system(), directory, options);
}

Result<std::shared_ptr<WalManager>> WalManager::open_after(FileSystem& files,
                                                           const wal::LogFollowers& followers,
                                                           const std::string& directory,
                                                           LogOptions options) try {
  auto log = wal::Log::open(files, directory, options, followers);
  if (!log) return log.error();
  return std::shared_ptr<WalManager>(new WalManager(std::move(*log)));
} catch (...) {
  return caught_error();
}

Result<std::shared_ptr<WalManager>> WalManager::open_on(FileSystem& files,
                                                        const std::string& directory,
                                                        LogOptions options) try {
  auto log = wal::Log::open(files, directory, options);
  if (!log) return log.error();
  return std::shared_ptr<WalManager>(new WalManager(std::move(*log)));
} catch (...) {
  return caught_error();
}

Result<Sequence> WalManager::append(const FactorWalMessage& message) try {
  if (log_->forked()) return forked_error();
  const std::lock_guard lock(log_->mutex);
  auto& writer = *log_->writer;
  if (writer.frame().bytes() >= kFrameTargetBytes) {
    if (auto done = writer.write(); !done) return done.error();
  }
  if (auto done = writer.usable(); !done) return done.error();
  // What was accepted before has the earlier sequences.
  if (log_->write_accepted) {
    if (auto done = log_->write_accepted(); !done) return done.error();
  }
  const auto sequence = writer.next_sequence() + writer.frame().record_count();
  if (auto done = wal::add_message(*log_, message); !done) return done.error();
  log_->appended.fetch_add(1);
  return sequence;
} catch (...) {
  return caught_error();
}

Status WalManager::flush_group_commit() try {
  if (log_->forked()) return forked_error();
  const std::lock_guard lock(log_->mutex);
  if (auto done = log_->writer->write(); !done) return done;
  return log_->writer->sync();
} catch (...) {
  return caught_error();
}

Result<RecordStream> WalManager::read_all_records() const {
  return RecordStream::open(log_->directory);
}

// The persister first: what it accepted later would be in a ring that nobody drains.
Status WalManager::close() try {
  if (log_->forked()) return forked_error();
  const NoCancellation whole;
  std::function<Status()> end_persister;
  {
    const std::lock_guard lock(log_->mutex);
    end_persister = log_->end_persister;
  }
  const auto ended = end_persister ? end_persister() : Status{};
  const std::lock_guard lock(log_->mutex);
  auto done = log_->close();
  return done ? ended : done;
} catch (...) {
  return caught_error();
}

Sequence WalManager::written_sequence() const {
  if (log_->forked()) return 0;
  const std::lock_guard lock(log_->mutex);
  return log_->writer->written_sequence();
}

Sequence WalManager::durable_sequence() const {
  if (log_->forked()) return 0;
  const std::lock_guard lock(log_->mutex);
  return log_->writer->durable_sequence();
}

const std::string& WalManager::directory() const noexcept { return log_->directory; }

const LogRecovery& WalManager::recovery() const noexcept { return log_->recovery; }

}  // namespace factorwal
