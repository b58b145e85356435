#include "recovery/channel_drain.h"

#include <algorithm>
#include <array>

#include "recovery/drained_entry.h"
#include "wal/reading/frame.h"

namespace factorwal::recovery {
namespace {

using channel::EntryHeader;
using channel::load_entry;
using channel::RingImage;

constexpr std::size_t kFrameTargetBytes = std::size_t{1} << 20;

/// Of a ring of the directory at hand.
RingVerdict verdict_of(const RingImage& image, const BootId& boot) {
  switch (image.fault()) {
    case RingImage::Fault::kNewerVersion: return RingVerdict::kNewerVersion;
    case RingImage::Fault::kEarlierVersion: return RingVerdict::kEarlierVersion;
    case RingImage::Fault::kDamaged: return RingVerdict::kDamaged;
    case RingImage::Fault::kNone: break;
  }
  return image.header().boot == boot ? RingVerdict::kDrained : RingVerdict::kOtherBoot;
}

DirectoryMark mark_of(const channel::RingRegister& list) {
  return {list.directory, list.directory_id, list.directory_path};
}

DirectoryMark mark_of(const channel::RingHeader& ring) {
  return {ring.directory, ring.directory_id, ring.directory_path};
}

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
    case RingVerdict::kNewerVersion:
    case RingVerdict::kEarlierVersion: break;
  }
  return RingsFound::kOtherFormat;
}

std::string clear_command(const RingRecovery& report, const std::string& directory) {
  return "`factorwal rings --data " + directory + " --clear " + report.path + "`";
}

std::string refusal(const RingRecovery& report, std::uint64_t released,
                    const std::string& directory) {
  switch (report.verdict) {
    case RingVerdict::kNewerVersion:
      return report.path +
             ": a ring of accepted records that a newer release wrote; open the "
             "directory with that one, and close it in order";
    case RingVerdict::kEarlierVersion:
      return report.path +
             ": a ring of accepted records that an earlier pre-release wrote; nothing was changed; "
             "open the directory with that one, and close it in order";
    case RingVerdict::kAheadOfLog:
      return report.path + ": this ring gave back its records up to " + std::to_string(released) +
             ", but the log holds them up to " + std::to_string(report.logged) +
             " only: the log is an older copy, or has lost its end; records " +
             std::to_string(report.logged + 1) + " to " + std::to_string(released) +
             " of the ring are missing; nothing was changed; put the newer log back, or give up "
             "the ring: " +
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
                                        const wal::Identity& identity) {
  ChannelDrain drain(files);
  drain.directory_ = directory;
  const auto boot = files.boot_id();
  if (!boot) return boot.error();
  const auto directory_id = files.file_id(directory);
  if (!directory_id) return directory_id.error();
  drain.here_ = {identity, *boot, *directory_id, files.absolute_path(directory), 0, {}};
  auto listed = channel::load_ring_register(files, directory);
  if (!listed) {
    const auto code = listed.error().code;
    drain.has_no_list_ = code == Errc::kNotFound;
    if (drain.has_no_list_) return drain;
    if (code != Errc::kCorruption && code != Errc::kUnsupportedVersion) return listed.error();
    drain.broken_list_ = listed.error();
    return drain;
  }
  drain.listed_ = std::move(*listed);
  const auto origin = origin_of(files, mark_of(drain.listed_), mark_of(drain.here_));
  for (const auto& ring : drain.listed_.rings) {
    // After a power failure a ring's file holds anything: the list says that, not the ring.
    const bool usable = is_own(origin) && drain.listed_.boot == drain.here_.boot;
    auto found = usable ? drain.look_at(ring) : drain.look_past(ring, origin);
    if (!found) return found.error();
    drain.found_.push_back(std::move(*found));
  }
  return drain;
}

/// One that is not to be drained, whatever is in it: read for the count of what that costs.
Result<ChannelDrain::Found> ChannelDrain::look_past(const channel::RegisteredRing& ring,
                                                    Origin origin) const {
  auto found = start(ring);
  found.report.verdict = is_own(origin) ? RingVerdict::kOtherBoot : RingVerdict::kOtherDirectory;
  if (origin == Origin::kCopy) found.report.original = listed_.directory_path;
  if (ring.kind == ChannelKind::kHeap) return found;
  auto image = RingImage::load(*files_, found.report.path);
  found.exists = image || image.error().code != Errc::kNotFound;
  if (image && image->fault() == RingImage::Fault::kNone &&
      image->header().identity == ring.identity) {
    found.image = std::move(*image);
  }
  return found;
}

ChannelDrain::Found ChannelDrain::start(const channel::RegisteredRing& ring) const {
  Found found;
  found.ring = ring;
  found.report.kind = ring.kind;
  found.report.path = channel::ring_path(*files_, directory_, ring);
  return found;
}

channel::RingRegister ChannelDrain::list_of(std::uint64_t epoch) const {
  auto list = listed_;
  list.epoch = epoch;
  return list;
}

/// One of another time than the log's does not say which rings there are.
void ChannelDrain::judge_list(const wal::LogView& view) {
  const auto opens = view.manifest.epoch;
  const bool older = listed_.epoch < opens;
  if (has_no_list_ || broken_list_ || (!older && listed_.epoch <= opens + 1)) return;
  found_.clear();
  if (older && view.clean()) {
    listed_ = {};  // all rings were drained
    return;
  }
  const auto path = join_path(directory_, channel::kRegisterName);
  const auto numbers = "it is of open " + std::to_string(listed_.epoch) + ", the log of open " +
                       std::to_string(opens);
  broken_list_ = Error{
      Errc::kCorruption,
      path +
          (older ? ": an older list was put back: " : ": the log is an older one than its list: ") +
          numbers,
      0};
}

Result<ChannelDrain::Found> ChannelDrain::look_at(const channel::RegisteredRing& ring) const {
  auto found = start(ring);
  if (ring.kind == ChannelKind::kHeap) {
    found.report.verdict = RingVerdict::kHeap;
    return found;
  }
  auto image = RingImage::load(*files_, found.report.path);
  found.exists = image || image.error().code != Errc::kNotFound;
  if (image) {
    judge(found, *image);
    found.image = std::move(*image);
  } else if (!found.exists) {
    found.report.verdict = RingVerdict::kAbsent;
    auto kept = found.report.path + std::string(channel::kKeptSuffix);
    const auto given_up = files_->exists(kept);
    if (given_up && *given_up) found.report.kept = std::move(kept);
  } else if (image.error().code == Errc::kCorruption) {
    found.report.verdict = RingVerdict::kDamaged;  // no regular file
  } else {
    return image.error();
  }
  return found;
}

void ChannelDrain::judge(Found& found, const RingImage& image) const {
  auto& report = found.report;
  report.verdict = verdict_of(image, here_.boot);
  if (image.fault() != RingImage::Fault::kNone) return;
  const auto& header = image.header();
  if (header.identity != found.ring.identity) {
    report.verdict = RingVerdict::kDamaged;
    return;
  }
  const auto recorded = mark_of(header);
  const auto origin = origin_of(*files_, recorded, mark_of(here_));
  if (origin == Origin::kCopy) report.original = recorded.path;
  // The original of a snapshot may live where its path leads to nothing from here, in another
  // container for instance: its process then has the ring.
  const bool others =
      !is_own(origin) || (origin == Origin::kRemounted && found.ring.kind == ChannelKind::kShm &&
                          files_->has_writer(report.path).value_or(true));
  if (others) report.verdict = RingVerdict::kOtherDirectory;
}

/// A mark does not say where its ring is, and a ring that was drained and removed leaves its mark:
/// what is not there is told by the list that is missing.
Status ChannelDrain::find_by_marks(std::span<const wal::RingMark> marks) {
  for (const auto& mark : marks) {
    for (const auto kind : {ChannelKind::kShm, ChannelKind::kFile}) {
      auto looked = look_at({mark.ring, kind});
      if (!looked) return looked.error();
      const auto verdict = looked->report.verdict;
      if (verdict == RingVerdict::kAbsent || verdict == RingVerdict::kOtherDirectory) continue;
      found_.push_back(std::move(*looked));
    }
  }
  return {};
}

void ChannelDrain::compare(Found& found, wal::NameTable& names,
                           std::span<const wal::RingMark> marks) {
  auto& report = found.report;
  if (!found.image || found.image->fault() != RingImage::Fault::kNone ||
      report.verdict == RingVerdict::kDamaged) {
    return;
  }
  const auto mark = std::ranges::find(marks, found.ring.identity, &wal::RingMark::ring);
  report.counted = true;
  report.logged = mark == marks.end() ? 0 : mark->ordinal;
  report.accepted = found.image->accepted_ordinal();
  if (report.verdict != RingVerdict::kDrained) {
    if (report.may_have_lost() && report.accepted > report.logged) {
      report.lost = report.accepted - report.logged;
    }
    return;
  }
  found.released = found.image->released_ordinal();
  found.resolved = std::ranges::all_of(found.image->entries(), [&](ByteView entry) {
    return resolve_entry(names, found.handles, entry);
  });
  if (found.released > report.logged) {
    report.verdict = RingVerdict::kAheadOfLog;
    report.lost = report.accepted - report.logged;
    given_up_ += report.lost;
  } else if (!found.resolved) {
    report.verdict = RingVerdict::kDamaged;
    report.counted = false;
    report.accepted = report.logged = 0;
  }
}

Result<RingsFound> ChannelDrain::prepare(wal::NameTable& names,
                                         std::span<const wal::RingMark> marks, wal::LogView* view) {
  auto worst = RingsFound::kNone;
  if (view != nullptr) judge_list(*view);
  const bool may_hold = view != nullptr && !view->clean();
  if (broken_list_) {
    worst =
        broken_list_->code == Errc::kCorruption ? RingsFound::kBroken : RingsFound::kOtherFormat;
  }
  misses_list_ = has_no_list_ && may_hold;
  if (misses_list_) {
    Found list;
    list.ring.kind = list.report.kind = ChannelKind::kHeap;  // no file is to be removed for it
    list.report.path = join_path(directory_, channel::kRegisterName);
    list.report.verdict = RingVerdict::kAbsent;
    found_.push_back(std::move(list));
  }
  if ((has_no_list_ || worst == RingsFound::kBroken) && may_hold) {
    if (auto done = find_by_marks(marks); !done) return done.error();
  }
  for (auto& found : found_) compare(found, names, marks);
  if (view != nullptr) blame(*view);
  for (const auto& found : found_) worst = std::max(worst, found_as(found.report.verdict));
  return worst;
}

/// Space is given back when records are durable. If the log ends before them in something bad, that
/// has held them; what the ring still holds follows it, unless its names went with them.
void ChannelDrain::blame(wal::LogView& view) {
  if (view.segments.empty()) return;
  auto& last = view.segments.back();
  const auto bad = std::ranges::find_if(view.findings, [&](const Finding& finding) {
    return finding.damage != Damage::kCorrupt && finding.file == last.path;
  });
  if (bad == view.findings.end() && !view.corrupt()) return;
  for (auto& found : found_) {
    if (found.report.verdict != RingVerdict::kAheadOfLog) continue;
    const auto lost = found.released - found.report.logged;
    lost_before_ += lost;
    if (!found.resolved) {
      given_up_ -= lost;
      continue;
    }
    given_up_ -= found.report.lost;
    found.report.lost = lost;
    found.report.verdict = RingVerdict::kDrained;
  }
  if (lost_before_ == 0 || bad == view.findings.end()) return;
  bad->damage = Damage::kCorrupt;
  bad->what += ", and a ring of accepted records says that it was durable";
  bad->first_sequence = view.last_sequence + 1;
  bad->last_sequence = view.last_sequence + lost_before_;
  // And so was everything before it.
  view.frontier = {view.last_sequence, last.end};
}

std::optional<Finding> ChannelDrain::list_finding() const {
  if (!broken_list_) return {};
  return Finding{Damage::kCorrupt,
                 join_path(directory_, channel::kRegisterName),
                 0,
                 0,
                 0,
                 0,
                 broken_list_->message + "; the rings that the log names were looked for"};
}

Error ChannelDrain::refusal() const {
  if (broken_list_) {
    const bool newer = broken_list_->code == Errc::kUnsupportedVersion;
    return Error{broken_list_->code,
                 broken_list_->message +
                     (newer ? ""
                            : "; it lists the rings of accepted records; nothing was changed; "
                              "quarantine goes on with those that the log names: "
                              "--on-corruption quarantine"),
                 0};
  }
  for (const auto& found : found_) {
    const auto as = found_as(found.report.verdict);
    if (as < RingsFound::kBroken) continue;
    return Error{as == RingsFound::kOtherFormat ? Errc::kUnsupportedVersion : Errc::kCorruption,
                 factorwal::recovery::refusal(found.report, found.released, directory_), 0};
  }
  return Error{Errc::kCorruption, directory_ + ": no ring is to be refused", 0};
}

/// What the log lacks, in the order of acceptance: records by their stamps, a definition right
/// before its ring's next record.
std::vector<ChannelDrain::Accepted> ChannelDrain::accepted() const {
  std::vector<Accepted> all;
  for (std::size_t i = 0; i < found_.size(); ++i) {
    const auto& found = found_[i];
    if (found.report.verdict != RingVerdict::kDrained) continue;
    std::uint64_t stamp = ~std::uint64_t{0};
    const auto from = static_cast<std::ptrdiff_t>(all.size());
    for (const auto entry : found.image->entries()) {
      const auto header = load_entry<EntryHeader>(entry.data());
      const bool record = channel::is_record(header.kind());
      if (record && header.ordinal() <= found.report.logged) continue;
      all.push_back({record ? header.stamp : 0, i, entry.data()});
    }
    for (auto it = all.end(); it != all.begin() + from;) {
      --it;
      stamp = it->stamp == 0 ? stamp : it->stamp;
      it->stamp = stamp;
    }
  }
  std::ranges::stable_sort(all, {}, &Accepted::stamp);
  return all;
}

Status ChannelDrain::drain(wal::Log& log) {
  auto& writer = *log.writer;
  std::vector<wal::RingMark> moved;
  const auto write = [&]() -> Status {
    auto done = writer.write(moved);
    moved.clear();
    return done;
  };
  for (const auto& [stamp, ring, entry] : accepted()) {
    auto& found = found_[ring];
    const auto header = load_entry<EntryHeader>(entry);
    wal::add_entry(log, entry, found.handles);
    if (!channel::is_record(header.kind())) continue;
    ++found.report.drained;
    wal::note_marks(moved, std::array{wal::RingMark{found.ring.identity, header.ordinal()}});
    if (writer.frame().bytes() >= kFrameTargetBytes) {
      if (auto done = write(); !done) return done;
    }
  }
  if (!moved.empty()) {
    if (auto done = write(); !done) return done;
  }
  return writer.sync();
}

Status ChannelDrain::preview(const wal::NameTable& names, const Observer& observe) const {
  DrainedRecord drained;
  for (const auto& [stamp, ring, entry] : accepted()) {
    if (!channel::is_record(load_entry<EntryHeader>(entry).kind())) continue;
    if (!drained.from(entry, found_[ring].handles, names)) continue;
    if (auto done = observe(drained.record); !done) return done;
  }
  return {};
}

/// Nothing is removed that holds a record which the log does not, or may hold one: a file beside
/// the log is set aside under another name, one in memory stays, as a live process may be using it.
bool ChannelDrain::may_go(const Found& found) {
  const auto& report = found.report;
  if (report.verdict == RingVerdict::kDrained) return true;
  if (!found.exists || found.ring.kind != ChannelKind::kFile) return false;
  return report.counted && report.accepted <= report.logged &&
         found_as(report.verdict) < RingsFound::kBroken;
}

bool ChannelDrain::is_set_aside(const Found& found) {
  return found.exists && found.ring.kind == ChannelKind::kFile && !may_go(found);
}

std::vector<RingRecovery> ChannelDrain::reports() const {
  std::vector<RingRecovery> all;
  for (const auto& found : found_) {
    all.push_back(found.report);
    if (is_set_aside(found)) {
      all.back().kept = found.report.path + std::string(channel::kKeptSuffix);
    }
  }
  return all;
}

std::vector<channel::RegisteredRing> ChannelDrain::rings() const {
  std::vector<channel::RegisteredRing> all;
  for (const auto& found : found_) {
    auto ring = found.ring;
    if (ring.identity == 0) continue;  // the list itself
    if (is_lost(found)) continue;
    if (!may_go(found)) ring.kind = ChannelKind::kHeap;
    all.push_back(ring);
  }
  return all;
}

// One that quarantine gives up is not among them: on record, it would refuse the next open.
bool ChannelDrain::is_lost(const Found& found) {
  return found.ring.identity != 0 && found_as(found.report.verdict) == RingsFound::kLost &&
         found.report.may_have_lost() && !may_go(found);
}

std::vector<channel::RegisteredRing> ChannelDrain::lost_rings() const {
  std::vector<channel::RegisteredRing> all;
  for (const auto& found : found_) {
    if (is_lost(found)) all.push_back(found.ring);
  }
  return all;
}

std::vector<channel::RegisteredRing> ChannelDrain::all_rings() const {
  auto all = rings();
  const auto lost = lost_rings();
  all.insert(all.end(), lost.begin(), lost.end());
  return all;
}

std::vector<channel::RegisteredRing> ChannelDrain::given_up_files() const {
  std::vector<channel::RegisteredRing> all;
  for (const auto& found : found_) {
    if (is_set_aside(found)) all.push_back(found.ring);
  }
  return all;
}

}  // namespace factorwal::recovery
