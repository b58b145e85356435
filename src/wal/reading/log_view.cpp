#include "wal/reading/log_view.h"

#include <algorithm>
#include <cerrno>
#include <unordered_set>

#include "wal/reading/corruption.h"
#include "wal/reading/tail.h"

namespace factorwal::wal {
namespace {

// A writer that rotates and cuts at full speed on a busy machine outruns a few tries.
constexpr int kManifestTries = 1000;
constexpr std::size_t kUnusedProbeBytes = std::size_t{64} << 10;

bool is_segment_name(std::string_view name) {
  return name.starts_with("wal-") && name.ends_with(".seg");
}

Finding corrupt_file(const std::string& path, std::uint64_t offset, std::uint64_t bytes,
                     std::string what) {
  return {Damage::kCorrupt, path, offset, bytes, 0, 0, std::move(what)};
}

/// Reads header and size of one segment. A missing file or a bad header is told by the flags.
Status read_segment(FileSystem& files, SegmentView& segment, HeaderFault& fault) {
  fault = HeaderFault::kBad;
  auto file = files.open_read(segment.path);
  if (!file) {
    if (file.error().code != Errc::kNotFound) return file.error();
    segment.missing = true;
    return {};
  }
  const auto size = (*file)->size();
  if (!size) return size.error();
  segment.file_bytes = *size;
  const auto loaded = load_segment_header(**file, segment.header);
  if (!loaded) return loaded.error();
  fault = *loaded;
  if (fault == HeaderFault::kEmpty) {
    // An empty header is a segment that was never used, unless something follows it.
    Bytes page(kUnusedProbeBytes);
    const auto next = (*file)->read_at(kSegmentHeaderBytes, page);
    if (!next) return next.error();
    page.resize(*next);
    if (std::any_of(page.begin(), page.end(), [](std::byte b) { return b != std::byte{0}; })) {
      fault = HeaderFault::kBad;
    }
  }
  return {};
}

class ViewBuilder {
 public:
  ViewBuilder(FileSystem& files, LogView& view, SegmentContents* contents)
      : files_(files), view_(view), contents_(contents) {}

  Status build() {
    if (auto done = read_headers(); !done) return done;
    if (auto done = link_segments(); !done) return done;
    if (auto done = find_end(); !done) return done;
    return check_unnamed();
  }

 private:
  Status read_headers();
  Status link_segments();
  Status find_end();
  Result<bool> rotation_was_cut(SegmentView& segment);
  void check_header(SegmentView& segment, HeaderFault fault);
  Status check_unnamed();
  [[nodiscard]] bool was_cut(const SegmentView& segment) const;

  FileSystem& files_;
  LogView& view_;
  SegmentContents* contents_;
};

Status ViewBuilder::read_headers() {
  std::vector<SegmentView> all;
  std::vector<HeaderFault> faults;
  std::size_t used = 0;  // number of segments up to the last that is not empty
  for (const auto& entry : view_.manifest.segments) {
    SegmentView segment;
    segment.entry = entry;
    segment.path = join_path(view_.directory, segment_name(entry.number));
    HeaderFault fault = HeaderFault::kBad;
    if (auto done = read_segment(files_, segment, fault); !done) return done;
    if (fault == HeaderFault::kNewerVersion) {
      return Error{Errc::kUnsupportedVersion,
                   segment.path + ": written by a newer release; use that one", 0};
    }
    all.push_back(std::move(segment));
    faults.push_back(fault);
    const bool in_use = view_.manifest.clean || entry.number == view_.manifest.in_use;
    if (fault != HeaderFault::kEmpty || in_use) used = all.size();
  }
  const bool in_doubt = used > 1 && !view_.manifest.clean &&
                        view_.manifest.segments[used - 1].number != view_.manifest.in_use;
  if (in_doubt && faults[used - 1] == HeaderFault::kBad) {
    const auto cut = rotation_was_cut(all[used - 1]);
    if (!cut) return cut.error();
    if (*cut) {
      --used;
    } else if (auto done = read_segment(files_, all[used - 1], faults[used - 1]); !done) {
      // Records are there, so the header is: a rotation may have written it since it was read.
      return done;
    }
  }
  for (std::size_t i = 0; i < used; ++i) check_header(all[i], faults[i]);
  all.resize(used);
  view_.segments = std::move(all);
  return {};
}

/// Whether a crash came between the first write into a prepared segment and its header. Only
/// definitions are there then, or less: no record is written before the header is durable.
Result<bool> ViewBuilder::rotation_was_cut(SegmentView& segment) {
  if (segment.missing || segment.file_bytes != segment.entry.allocated_bytes) return false;
  segment.end = segment.file_bytes;
  const auto tail = scan_tail(files_, segment);
  if (!tail) return tail.error();
  return !tail->has_records;
}

void ViewBuilder::check_header(SegmentView& segment, HeaderFault fault) {
  auto& findings = view_.findings;
  if (segment.missing) {
    findings.push_back(corrupt_file(segment.path, 0, 0, "segment is missing"));
    return;
  }
  if (segment.file_bytes != segment.entry.allocated_bytes) {
    findings.push_back(corrupt_file(
        segment.path, std::min(segment.file_bytes, segment.entry.allocated_bytes), 0,
        "file has " + std::to_string(segment.file_bytes) + " bytes, was allocated with " +
            std::to_string(segment.entry.allocated_bytes)));
  }
  if (fault != HeaderFault::kNone) {
    findings.push_back(corrupt_file(
        segment.path, 0, kSegmentHeaderBytes,
        fault == HeaderFault::kEmpty ? "segment header is empty" : "segment header is damaged"));
    return;
  }
  if (segment.header.identity != segment.entry.identity ||
      segment.header.directory != view_.manifest.directory) {
    findings.push_back(corrupt_file(segment.path, 0, kSegmentHeaderBytes,
                                    "segment is another one than the manifest names"));
    return;
  }
  segment.header_ok = true;
}

Status ViewBuilder::link_segments() {
  auto& segments = view_.segments;
  for (std::size_t i = 0; i < segments.size(); ++i) {
    auto& segment = segments[i];
    segment.end = std::min(segment.file_bytes, segment.entry.allocated_bytes);
    if (i + 1 < segments.size()) {
      const auto& next = segments[i + 1];
      if (next.header_ok && next.header.predecessor == segment.entry.identity) {
        segment.end = next.header.predecessor_end;
        segment.end_known = true;
        continue;
      }
      if (next.header_ok) {
        view_.findings.push_back(corrupt_file(next.path, kSegmentPredecessorOffset,
                                              sizeof(Identity),
                                              "segment follows another one than its neighbour"));
      }
      if (segment.missing) continue;
      // Who knows its end is damaged. Behind a place that was torn there may be intact frames that
      // an open declared void: they must not be read as truth.
      const auto tail = scan_tail(files_, segment);
      if (!tail) return tail.error();
      segment.end = tail->end;
      // At least: should nothing in the last segment say more.
      view_.frontier.sequence = std::max(view_.frontier.sequence, tail->frontier.sequence);
      view_.last_sequence = std::max(view_.last_sequence, tail->last_sequence);
    } else if (view_.manifest.clean) {
      segment.end = view_.manifest.last_segment_end;
      segment.end_known = true;
    }
  }
  return {};
}

Status ViewBuilder::find_end() {
  auto& segments = view_.segments;
  if (view_.manifest.clean) view_.last_sequence = view_.manifest.last_sequence;
  if (segments.empty()) return {};
  auto& last = segments.back();
  if (last.end_known) {
    view_.frontier = {view_.last_sequence, last.end};
    return contents_ == nullptr ? Status{} : contents_->walk(files_, last);
  }
  const auto there = std::min(last.file_bytes, last.entry.allocated_bytes);
  view_.unknown_at_end = last.entry.allocated_bytes - there;
  view_.frontier.sequence = std::max(view_.frontier.sequence, view_.stated_by_headers());
  if (last.missing) return {};
  auto tail = scan_tail(files_, last, contents_);
  if (!tail) return tail.error();
  last.end = tail->end;
  if (last.header_ok || tail->last_sequence > 0) {
    view_.frontier = tail->frontier;
    view_.last_sequence = tail->last_sequence;
  } else {
    view_.frontier.offset = tail->frontier.offset;
    view_.unknown_at_end = last.entry.allocated_bytes;
  }
  // While a writer runs, what is bad at the tail is not there yet.
  for (auto& finding : tail->findings) {
    if (view_.live && finding.damage != Damage::kCorrupt) continue;
    view_.findings.push_back(std::move(finding));
  }
  return {};
}

/// Segments that the manifest does not name hold nothing new: an open that was cut short leaves a
/// copy of known records. If one holds more, the manifest is an older one than the directory's.
Status ViewBuilder::check_unnamed() {
  const auto names = files_.list(view_.directory);
  if (!names) return names.error();
  const auto& named = view_.manifest.segments;
  std::unordered_set<std::uint64_t> numbers;
  for (const auto& entry : named) numbers.insert(entry.number);
  for (const auto& name : *names) {
    if (!is_segment_name(name)) continue;
    const auto number = segment_number_of(name);  // 0: a name that no segment is given
    if (number != 0 && numbers.contains(number)) continue;
    SegmentView segment;
    segment.path = join_path(view_.directory, name);
    segment.entry.number = number;
    HeaderFault fault = HeaderFault::kBad;
    if (auto done = read_segment(files_, segment, fault); !done) return done;
    if (fault == HeaderFault::kEmpty && !named.empty() && segment.entry.number != 0 &&
        segment.entry.number < named.back().number) {
      view_.left_over.push_back(segment.entry.number);
    }
    if (fault != HeaderFault::kNone || segment.header.directory != view_.manifest.directory) {
      continue;
    }
    segment.entry.identity = segment.header.identity;
    segment.end = segment.file_bytes;
    segment.header_ok = true;
    const auto tail = scan_tail(files_, segment);
    if (!tail) {
      if (tail.error().code == Errc::kNotFound) continue;  // it went away meanwhile
      return tail.error();
    }
    // Up to the frontier of its header it may be such a copy, and the only one: the page cache
    // that it was made from need not have outlived a power failure.
    const auto known = std::max(view_.last_sequence, segment.header.frontier_sequence);
    if (tail->last_sequence <= known) {
      if (was_cut(segment)) view_.left_over.push_back(segment.entry.number);
      continue;
    }
    view_.findings.push_back({Damage::kCorrupt, segment.path, 0, segment.file_bytes,
                              view_.last_sequence + 1, tail->last_sequence,
                              "the manifest does not name this segment, which holds newer records: "
                              "the manifest is an old one"});
  }
  return {};
}

/// Numbers of a directory go up and are not given twice to segments in use, and only retention
/// takes segments from a manifest, at its beginning: what has a lower number than all that it names
/// was cut. (And what has none of them and lies between was never used.)
bool ViewBuilder::was_cut(const SegmentView& segment) const {
  if (view_.segments.empty() || !view_.segments.front().header_ok) return false;
  const auto& first = view_.segments.front().header;
  return segment.header.number < first.number && segment.header.number == segment.entry.number &&
         segment.header.first_sequence <= first.first_sequence &&
         segment.header.epoch <= first.epoch;
}

}  // namespace

Sequence LogView::stated_by_headers() const noexcept {
  Sequence stated = 0;
  for (const auto& segment : segments) {
    if (!segment.header_ok) continue;
    stated =
        std::max({stated, segment.header.first_sequence - 1, segment.header.frontier_sequence});
  }
  return stated;
}

bool LogView::corrupt() const noexcept { return first_corrupt(findings) != nullptr; }

Result<LogView> open_log_view(FileSystem& files, const std::string& directory, LockOwner owner,
                              SegmentContents* contents) {
  for (int attempt = 1;; ++attempt) {
    if (contents != nullptr) contents->restart();
    LogView view;
    view.directory = directory;
    auto manifest = load_manifest(files, directory);
    if (!manifest) {
      if (manifest.error().code != Errc::kNotFound) return manifest.error();
      const auto names = files.list(directory);
      if (!names && names.error().code == Errc::kNotFound) {
        return Error{Errc::kNotFound, directory + ": no such directory", ENOENT};
      }
      if (!names) return names.error();
      const bool has_segments = std::any_of(names->begin(), names->end(),
                                            [](const auto& name) { return is_segment_name(name); });
      if (!has_segments) return Error{Errc::kNotFound, directory + ": holds no factorwal log", 0};
      return Error{Errc::kCorruption,
                   join_path(directory, kManifestName) +
                       ": missing, although segments are there; only it says which of them count: "
                       "go on from a backup, or begin in another directory",
                   0};
    }
    view.manifest = std::move(*manifest);
    const auto holder = files.lock_holder(join_path(directory, kLockName));
    if (!holder) return holder.error();
    view.live = *holder != 0 && owner == LockOwner::kOthers;
    view.writer_pid = *holder;
    const auto built = ViewBuilder(files, view, contents).build();
    if (!built && built.error().code != Errc::kNotFound) return built.error();
    if (built && view.findings.empty()) return view;
    // A live writer may have replaced the manifest (rotation, cut, close) while segments were read.
    const auto again = load_manifest(files, directory);
    const bool same = again && encode_manifest(*again) == encode_manifest(view.manifest);
    if (same && built) return view;
    if (same) return built.error();
    if (attempt < kManifestTries) continue;
    // What was found may be the change itself: it is not called damage.
    return Error{Errc::kTimeout, directory + ": changes faster than it can be read; try again", 0};
  }
}

Result<std::optional<LogView>> look_for_log(FileSystem& files, const std::string& directory,
                                            LockOwner owner, SegmentContents* contents) {
  auto view = open_log_view(files, directory, owner, contents);
  if (view) return std::optional(std::move(*view));
  if (view.error().code == Errc::kNotFound) return std::optional<LogView>{};
  return view.error();
}

}  // namespace factorwal::wal
