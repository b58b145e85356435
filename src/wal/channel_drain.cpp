#include "wal/channel_drain.h"

#include <algorithm>

#include "channel/layout_code.h"

namespace factorwal::wal {
namespace {

using channel::EntryHeader;
using channel::EntryKind;
using channel::load_entry;
using channel::RingImage;

constexpr std::size_t kFrameTargetBytes = std::size_t{1} << 20;

RingVerdict verdict_of(const RingImage& image, const channel::RegisteredRing& ring,
                       const channel::RingRegister& expected) {
  if (image.fault() == RingImage::Fault::kNewerVersion) return RingVerdict::kNewerVersion;
  if (image.fault() == RingImage::Fault::kDamaged) return RingVerdict::kDamaged;
  const auto& header = image.header();
  if (header.identity != ring.identity) return RingVerdict::kDamaged;
  if (header.directory != expected.directory || header.directory_id != expected.directory_id) {
    return RingVerdict::kOtherDirectory;
  }
  return header.boot == expected.boot ? RingVerdict::kDrained : RingVerdict::kOtherBoot;
}

/// The definition's meaning in `names`, made if it is new; nothing when it is malformed.
std::optional<std::uint32_t> intern(NameTable& names, EntryKind kind, ByteView content) {
  if (kind == EntryKind::kLayout) {
    Cursor cursor(content);
    TickLayout layout;
    if (!channel::get_layout(cursor, layout) || cursor.remaining() != 0) return {};
    return names.layouts.intern(layout);
  }
  const auto id = as_text(content);
  if (!check_id("id", id)) return {};
  return kind == EntryKind::kInstrument ? names.instruments.intern(id) : names.factors.intern(id);
}

/// What a handle means, and from here on it means nothing else: entries are checked in their order,
/// and encoded when all meanings are known.
std::uint32_t meaning_of(HandleMap::Table& table, std::uint32_t handle) {
  return table.try_emplace(handle, handle).first->second;
}

/// Whether all that an entry refers to is known, and agrees with it. Definitions are interned.
bool resolve(NameTable& names, HandleMap& map, ByteView entry) {
  const auto* at = entry.data();
  const auto instrument = [&](std::uint32_t handle) {
    return meaning_of(map.instruments, handle) < names.instruments.size();
  };
  const auto factor = [&](std::uint32_t handle) {
    return meaning_of(map.factors, handle) < names.factors.size();
  };
  const auto kind = load_entry<EntryHeader>(at).kind();
  switch (kind) {
    case EntryKind::kUpdate:
    case EntryKind::kVectorUpdate: {  // both begin alike
      const auto update = load_entry<channel::UpdateEntry>(at);
      return instrument(update.instrument) && factor(update.factor);
    }
    case EntryKind::kSnapshot: {
      const auto snapshot = load_entry<channel::SnapshotEntry>(at);
      bool known = instrument(snapshot.instrument);
      for (std::uint32_t i = 0; i < snapshot.count; ++i) {
        const auto* pair = at + sizeof snapshot + i * channel::kSnapshotPairBytes;
        known = known && factor(load<std::uint32_t>(pair));
      }
      return known;
    }
    case EntryKind::kTick: {
      const auto tick = load_entry<channel::TickEntry>(at);
      const auto* layout = names.layouts.get(meaning_of(map.layouts, tick.layout));
      return instrument(tick.instrument) && layout != nullptr &&
             layout->fields.size() + layout->factors.size() == tick.value_count &&
             tick.position_bytes <= kPositionBytesMax;
    }
    case EntryKind::kPosition:
      return load_entry<channel::PositionEntry>(at).position_bytes <= kPositionBytesMax;
    case EntryKind::kTime:
    case EntryKind::kSkip: return true;
    case EntryKind::kInstrument:
    case EntryKind::kFactor:
    case EntryKind::kLayout: break;
  }
  const auto definition = load_entry<channel::DefinitionEntry>(at);
  const auto meaning = intern(names, kind, {at + sizeof definition, definition.bytes});
  if (!meaning) return false;
  auto& table = kind == EntryKind::kInstrument ? map.instruments
                : kind == EntryKind::kFactor   ? map.factors
                                               : map.layouts;
  return table.try_emplace(definition.handle, *meaning).first->second == *meaning;
}

/// A drained record as a replay wants it: ticks and positions move an engine on.
struct Decoded {
  LogRecord record;
  std::vector<double> values;

  bool from(const std::byte* at, const HandleMap& map, const NameTable& names) {
    record = {};
    switch (load_entry<EntryHeader>(at).kind()) {
      case EntryKind::kTick: {
        const auto tick = load_entry<channel::TickEntry>(at);
        record.type = RecordType::kTick;
        record.timestamp_ns = tick.timestamp_ns;
        record.ordinal = tick.ordinal;
        record.instrument = {HandleMap::find(map.instruments, tick.instrument)};
        record.instrument_id = *names.instruments.name(record.instrument.index);
        record.layout_handle = {HandleMap::find(map.layouts, tick.layout)};
        record.layout = names.layouts.get(record.layout_handle.index);
        values.resize(tick.value_count);
        std::memcpy(values.data(), at + sizeof tick, values.size() * sizeof(double));
        const auto all = std::span<const double>(values);
        record.fields = all.first(record.layout->fields.size());
        record.values = all.subspan(record.layout->fields.size());
        record.position = {at + sizeof tick + all.size_bytes(), tick.position_bytes};
        return true;
      }
      case EntryKind::kPosition: {
        const auto position = load_entry<channel::PositionEntry>(at);
        record.type = RecordType::kPosition;
        record.position = {at + sizeof position, position.position_bytes};
        return true;
      }
      case EntryKind::kTime:
        record.type = RecordType::kTime;
        record.timestamp_ns = load_entry<channel::TimeEntry>(at).timestamp_ns;
        return true;
      default: return false;
    }
  }
};

/// As the table of recovery cases has it.
RingsFound found_as(RingVerdict verdict) {
  switch (verdict) {
    case RingVerdict::kDrained: return RingsFound::kWhole;
    case RingVerdict::kOtherBoot:
    case RingVerdict::kOtherDirectory:
    case RingVerdict::kAbsent:
    case RingVerdict::kHeap: return RingsFound::kLost;
    case RingVerdict::kDamaged:
    case RingVerdict::kAheadOfLog: return RingsFound::kBroken;
    case RingVerdict::kNewerVersion: break;
  }
  return RingsFound::kNewer;
}

std::string clear_command(const RingRecovery& report, const std::string& directory) {
  return "`factorwal rings --data " + directory + " --clear " + report.path + "`";
}

std::string refusal(const RingRecovery& report, const std::string& directory) {
  switch (report.verdict) {
    case RingVerdict::kNewerVersion:
      return report.path +
             ": a ring of accepted records that a newer release wrote; open the "
             "directory with that one, and close it in order";
    case RingVerdict::kAheadOfLog:
      return report.path + ": this ring gave back its records up to " +
             std::to_string(report.accepted) + ", but the log holds them up to " +
             std::to_string(report.logged) + " only: the log is an older copy, records " +
             std::to_string(report.logged + 1) + " to " + std::to_string(report.accepted) +
             " of the ring are missing; put the newer log back, or give up the ring: " +
             clear_command(report, directory);
    default:
      return report.path +
             ": a ring of accepted records is damaged; nothing was changed; this gives up what it "
             "holds: " +
             clear_command(report, directory);
  }
}

}  // namespace

Result<ChannelDrain> ChannelDrain::find(FileSystem& files, const std::string& directory,
                                        const Identity& identity) {
  ChannelDrain drain;
  drain.directory_ = directory;
  const auto listed = channel::load_ring_register(files, directory);
  if (!listed) {
    if (listed.error().code == Errc::kNotFound) return drain;
    const bool unsound = listed.error().code == Errc::kCorruption ||
                         listed.error().code == Errc::kUnsupportedVersion;
    if (!unsound) return listed.error();
    drain.broken_list_ = listed.error();
    return drain;
  }
  const auto boot = files.boot_id();
  if (!boot) return boot.error();
  const auto directory_id = files.file_id(directory);
  if (!directory_id) return directory_id.error();
  const channel::RingRegister here{identity, *boot, *directory_id, {}};
  // The same directory as the one that the list was written in, and the same boot?
  const bool copied =
      listed->directory != here.directory || listed->directory_id != here.directory_id;
  for (const auto& ring : listed->rings) {
    Found found;
    found.ring = ring;
    found.report.kind = ring.kind;
    found.report.path = channel::ring_path(files, directory, ring);
    // After a power failure a ring's file holds anything: the list says that, not the ring.
    if (copied) {
      found.report.verdict = RingVerdict::kOtherDirectory;
    } else if (listed->boot != here.boot) {
      found.report.verdict = RingVerdict::kOtherBoot;
    } else if (ring.kind == ChannelKind::kHeap) {
      found.report.verdict = RingVerdict::kHeap;
    } else {
      auto image = RingImage::load(files, found.report.path);
      if (!image && image.error().code != Errc::kNotFound) return image.error();
      found.report.verdict = image ? verdict_of(*image, ring, here) : RingVerdict::kAbsent;
      if (image) found.image = std::move(*image);
    }
    drain.found_.push_back(std::move(found));
  }
  return drain;
}

RingsFound ChannelDrain::prepare(NameTable& names, std::span<const RingMark> marks) {
  auto worst = RingsFound::kNone;
  if (broken_list_) {
    worst = broken_list_->code == Errc::kCorruption ? RingsFound::kBroken : RingsFound::kNewer;
  }
  for (auto& found : found_) {
    auto& report = found.report;
    if (report.verdict == RingVerdict::kDrained) {
      const auto mark = std::ranges::find(marks, found.ring.identity, &RingMark::ring);
      report.logged = mark == marks.end() ? 0 : mark->ordinal;
      report.accepted = found.image->accepted_ordinal();
      if (found.image->released_ordinal() > report.logged) {
        report.verdict = RingVerdict::kAheadOfLog;
        report.accepted = found.image->released_ordinal();
      } else if (!std::ranges::all_of(found.image->entries(), [&](ByteView entry) {
                   return resolve(names, found.handles, entry);
                 })) {
        report.verdict = RingVerdict::kDamaged;
      }
    }
    worst = std::max(worst, found_as(report.verdict));
  }
  return worst;
}

Error ChannelDrain::refusal() const {
  if (broken_list_) return *broken_list_;
  for (const auto& found : found_) {
    const auto as = found_as(found.report.verdict);
    if (as < RingsFound::kBroken) continue;
    return Error{as == RingsFound::kNewer ? Errc::kUnsupportedVersion : Errc::kCorruption,
                 factorwal::wal::refusal(found.report, directory_), 0};
  }
  return Error{Errc::kCorruption, directory_ + ": no ring is to be refused", 0};
}

Status ChannelDrain::drain(Log& log, const Observer& observe) {
  for (auto& found : found_) {
    if (found.report.verdict != RingVerdict::kDrained) continue;
    if (auto done = drain_ring(log, found, observe); !done) return done;
  }
  return log.writer->sync();
}

Status ChannelDrain::drain_ring(Log& log, Found& found, const Observer& observe) {
  auto& writer = *log.writer;
  RingMark mark{found.ring.identity, found.report.logged};
  const auto write = [&]() -> Status { return writer.write(std::span(&mark, 1)); };
  Decoded decoded;
  for (const auto entry : found.image->entries()) {
    const auto header = load_entry<EntryHeader>(entry.data());
    const bool record = channel::is_record(header.kind());
    if (record && header.ordinal() <= mark.ordinal) continue;  // in the log already
    add_entry(log, entry.data(), found.handles);
    if (!record) continue;
    mark.ordinal = header.ordinal();
    ++found.report.drained;
    if (observe && decoded.from(entry.data(), found.handles, log.names)) {
      if (auto done = observe(decoded.record); !done) return done;
    }
    if (writer.frame().bytes() >= kFrameTargetBytes) {
      if (auto done = write(); !done) return done;
    }
  }
  return found.report.drained > 0 ? write() : Status{};
}

std::vector<RingRecovery> ChannelDrain::reports() const {
  std::vector<RingRecovery> all;
  for (const auto& found : found_) all.push_back(found.report);
  return all;
}

std::vector<channel::RegisteredRing> ChannelDrain::rings() const {
  std::vector<channel::RegisteredRing> all;
  for (const auto& found : found_) {
    auto ring = found.ring;
    // One in memory is not ours to remove: a live process may be using it.
    const bool others =
        found.report.verdict == RingVerdict::kOtherDirectory && ring.kind == ChannelKind::kShm;
    if (others || found_as(found.report.verdict) >= RingsFound::kBroken) {
      ring.kind = ChannelKind::kHeap;
    }
    all.push_back(ring);
  }
  return all;
}

}  // namespace factorwal::wal
