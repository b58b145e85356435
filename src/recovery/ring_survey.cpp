#include "recovery/ring_survey.h"

#include <signal.h>

#include <algorithm>
#include <cerrno>
#include <map>
#include <memory>

#include "channel/ring_image.h"
#include "channel/ring_register.h"
#include "recovery/directory_origin.h"
#include "recovery/ring_marks.h"
#include "wal/reading/log_view.h"

namespace factorwal::rings {
namespace {

using channel::RingImage;
using channel::RingRegister;

/// What a data directory says of rings.
struct Claims {
  std::string path;
  FileId id;
  std::optional<wal::Identity> identity;  ///< nothing when its manifest cannot be read
  std::int64_t lock_holder = 0;
  Result<RingRegister> listed = RingRegister{};
  bool lists_its_own = false;  ///< the list was not copied with it from another directory
  std::optional<std::vector<wal::RingMark>> logged;  ///< how far its log has taken from which ring
  std::optional<channel::DirectoryIdentity> open_log;  ///< of a log that was not closed in order

  [[nodiscard]] bool count_on(const channel::RingHeader& ring) const {
    if (!listed) {
      // As an open: without the list, the log's marks tell which rings there were.
      return listed.error().code == Errc::kNotFound && open_log == ring.directory && logged &&
             std::ranges::find(*logged, ring.identity, &wal::RingMark::ring) != logged->end();
    }
    return lists_its_own &&
           std::ranges::find(listed->rings, ring.identity, &channel::RegisteredRing::identity) !=
               listed->rings.end();
  }
};

constexpr std::string_view kKept = channel::kKeptSuffix;

bool is_kept(std::string_view path) { return path.ends_with(kKept); }

bool is_ring(std::string_view name) {
  if (is_kept(name)) name.remove_suffix(kKept.size());
  return channel::is_ring_name(name);
}

std::string why_unreadable(const Result<RingImage>& image) {
  if (!image) return "it cannot be read: " + image.error().message;
  switch (image->fault()) {
    case RingImage::Fault::kNewerVersion: return "a newer release wrote it";
    case RingImage::Fault::kEarlierVersion: return "an earlier pre-release wrote it";
    default: return "its header does not hold";
  }
}

template <class T>
T value_of(Result<T> found, T otherwise) {
  return found ? std::move(*found) : otherwise;
}

std::string parent_of(const std::string& path) { return path.substr(0, path.rfind('/')); }

bool lives(std::uint64_t pid) {
  return pid > 0 && (::kill(static_cast<pid_t>(pid), 0) == 0 || errno == EPERM);
}

class Survey {
 public:
  Survey(FileSystem& files, const std::vector<std::string>& directories,
         std::string locked_by_us = {})
      : files_(files), directories_(directories), locked_by_us_(std::move(locked_by_us)) {}

  Result<std::vector<Ring>> run();
  Result<Ring> run_on(const Ring& known);

 private:
  [[nodiscard]] Status look_in(const std::string& directory, ChannelKind kind);
  void look_at(const std::string& path, ChannelKind kind);
  void judge_unreadable(Ring& ring, const std::string& name);
  void judge(Ring& ring, const RingImage& image);
  void judge_claimed(Ring& ring, const RingImage& image, const Claims& claims);
  [[nodiscard]] bool was_recorded_in(const Claims& claims, const recovery::DirectoryMark& recorded);
  /// The directory that the header names: where it was, or one of those asked for.
  const Claims* find_directory(const channel::RingHeader& header);
  /// Null when there is no such directory.
  const Claims* claims_of(const std::string& directory);

  FileSystem& files_;
  const std::vector<std::string>& directories_;
  const std::string locked_by_us_;
  BootId boot_{};
  std::map<std::string, std::unique_ptr<Claims>> claims_;
  std::vector<Ring> found_;
};

Result<std::vector<Ring>> Survey::run() {
  const auto boot = files_.boot_id();
  if (!boot) return boot.error();
  boot_ = *boot;
  if (auto done = look_in(files_.memory_directory(), ChannelKind::kShm);
      !done && done.error().code != Errc::kNotFound) {
    return done.error();
  }
  for (const auto& directory : directories_) {
    if (auto done = look_in(directory, ChannelKind::kFile); !done) return done.error();
  }
  std::ranges::sort(found_, [](const Ring& a, const Ring& b) {
    return std::tie(a.verdict, a.directory, a.path) < std::tie(b.verdict, b.directory, b.path);
  });
  return std::move(found_);
}

Result<Ring> Survey::run_on(const Ring& known) {
  const auto boot = files_.boot_id();
  if (!boot) return boot.error();
  boot_ = *boot;
  look_at(known.path, known.kind);
  if (found_.empty()) return Error{Errc::kNotFound, known.path + ": is gone", 0};
  return std::move(found_.front());
}

Status Survey::look_in(const std::string& directory, ChannelKind kind) {
  const auto names = files_.list(directory);
  if (!names) return names.error();
  for (const auto& name : *names) {
    if (is_ring(name)) look_at(join_path(directory, name), kind);
  }
  return {};
}

void Survey::look_at(const std::string& path, ChannelKind kind) {
  Ring ring;
  ring.path = path;
  ring.kind = kind;
  auto image = RingImage::load(files_, path);
  // One that is being filled may be read as a mixture of moments.
  for (int i = 0; i < 3 && image && image->fault() == RingImage::Fault::kDamaged; ++i) {
    image = RingImage::load(files_, path);
  }
  if (!image && image.error().code == Errc::kNotFound) return;  // removed meanwhile
  if (const auto file = files_.open_read(path)) {
    ring.file_bytes = value_of<std::uint64_t>((*file)->size(), 0);
  }
  if (image && image->header().identity != 0) {
    judge(ring, *image);
  } else {
    ring.why = why_unreadable(image);
    judge_unreadable(ring, path.substr(path.rfind('/') + 1));
  }
  if (is_kept(path)) {
    ring.verdict = Verdict::kKept;
    ring.why = "an open gave it up: no open reads it again";
  }
  found_.push_back(std::move(ring));
}

// Only a list that names it can tell whose it is.
void Survey::judge_unreadable(Ring& ring, const std::string& name) {
  for (const auto& directory : directories_) {
    const auto* claims = claims_of(directory);
    if (claims == nullptr || !claims->listed) continue;
    for (const auto& known : claims->listed->rings) {
      if (channel::ring_name(known.identity) != name) continue;
      ring.directory = directory;
      ring.directory_locked = claims->lock_holder != 0;
      ring.verdict = ring.directory_locked ? Verdict::kInUse : Verdict::kNeeded;
      ring.why += "; the next open of its directory is refused because of it";
      return;
    }
  }
  ring.verdict = files_.has_writer(ring.path) == true ? Verdict::kInUse : Verdict::kUnclaimed;
}

void Survey::judge(Ring& ring, const RingImage& image) {
  const auto& header = image.header();
  ring.directory = header.directory_path;
  ring.pid = header.pid;
  ring.process_lives = lives(header.pid);
  const bool holds = image.fault() == RingImage::Fault::kNone;
  if (holds) ring.held = image.accepted_ordinal() - image.released_ordinal();
  const auto* claims = find_directory(header);
  if (claims != nullptr) {
    ring.directory = claims->path;
    ring.directory_locked = claims->lock_holder != 0;
    if (holds && claims->logged && claims->count_on(header)) {
      const auto mark = std::ranges::find(*claims->logged, header.identity, &wal::RingMark::ring);
      const auto logged = mark == claims->logged->end() ? 0 : mark->ordinal;
      ring.not_logged = image.accepted_ordinal() - std::min(image.accepted_ordinal(), logged);
    }
  }
  const auto writer = files_.has_writer(ring.path);
  // Without an answer: only the process that holds the lock of its directory fills it.
  const bool filled = writer.value_or(
      claims != nullptr &&
      (claims->lock_holder < 0 ||
       (ring.directory_locked && static_cast<std::uint64_t>(claims->lock_holder) == header.pid)));
  if (filled) {
    ring.verdict = Verdict::kInUse;
    ring.why = "a process fills it";
  } else if (header.boot != boot_) {
    ring.why = "it is of another boot: no open replays it";
  } else if (claims != nullptr) {
    judge_claimed(ring, image, *claims);
  } else if (holds && ring.held == 0) {
    ring.why = "its directory is not there, and it holds nothing";
  } else {
    ring.verdict = Verdict::kUnclaimed;
    ring.why = channel::is_cut_path(header.directory_path)
                   ? "its directory's path is too long to be kept here; ask with --data DIR"
                   : "its directory is not there; if it was moved, its next open drains this";
  }
}

void Survey::judge_claimed(Ring& ring, const RingImage& image, const Claims& claims) {
  const auto& header = image.header();
  // A file is read where it was made; beside a copy of the directory it is a copy as well.
  const bool in_place = ring.kind == ChannelKind::kShm ||
                        value_of(files_.file_id(parent_of(ring.path)), FileId{}) == claims.id;
  if (!claims.listed && claims.listed.error().code != Errc::kNotFound) {
    ring.verdict = Verdict::kNeeded;
    ring.why = "the list of rings cannot be read: " + claims.listed.error().message;
  } else if (!claims.count_on(header) || !in_place) {
    ring.why = "its directory does not count on it: what it held is in the log, or the log is gone";
  } else if (ring.directory_locked) {
    ring.verdict = Verdict::kInUse;
    ring.why = "an open of its directory drains it";
  } else {
    ring.verdict = Verdict::kNeeded;
    ring.why = "the next open of its directory drains it";
    if (image.fault() != RingImage::Fault::kNone) {
      ring.why = "it is damaged; the next open of its directory is refused because of it";
    } else if (ring.not_logged &&
               image.released_ordinal() + *ring.not_logged > image.accepted_ordinal()) {
      ring.why = "it is ahead of the log; the next open of its directory is refused because of it";
    }
  }
}

bool Survey::was_recorded_in(const Claims& claims, const recovery::DirectoryMark& recorded) {
  const recovery::DirectoryMark here{claims.identity.value_or(recorded.identity), claims.id,
                                     claims.path};
  return recovery::is_own(recovery::origin_of(files_, recorded, here));
}

const Claims* Survey::find_directory(const channel::RingHeader& header) {
  const auto is_it = [&](const Claims* claims) {
    return claims != nullptr &&
           was_recorded_in(*claims, {header.directory, header.directory_id, header.directory_path});
  };
  if (const auto* there = claims_of(header.directory_path); is_it(there)) return there;
  for (const auto& directory : directories_) {
    if (const auto* asked = claims_of(directory); is_it(asked)) return asked;
  }
  return nullptr;
}

const Claims* Survey::claims_of(const std::string& directory) {
  const auto [place, added] = claims_.try_emplace(directory);
  auto& claims = place->second;
  if (!added) return claims.get();
  const auto id = files_.file_id(directory);
  if (!id) return nullptr;
  claims = std::make_unique<Claims>();
  claims->path = directory;
  claims->id = *id;
  // What cannot be told counts as held.
  if (directory != locked_by_us_) {
    claims->lock_holder =
        value_of<std::int64_t>(files_.lock_holder(join_path(directory, wal::kLockName)), -1);
  }
  claims->listed = channel::load_ring_register(files_, directory);
  if (const auto view = wal::open_log_view(files_, directory)) {
    claims->identity = view->manifest.directory;
    if (!view->clean()) claims->open_log = view->manifest.directory;
    if (auto marks = recovery::read_ring_marks(files_, *view)) claims->logged = std::move(*marks);
  }
  if (const auto& list = claims->listed) {
    claims->lists_its_own =
        was_recorded_in(*claims, {list->directory, list->directory_id, list->directory_path});
  }
  return claims.get();
}

}  // namespace

Result<std::vector<Ring>> survey(FileSystem& files, const std::vector<std::string>& directories) {
  return Survey(files, directories).run();
}

Result<Ring> look_again(FileSystem& files, const Ring& ring,
                        const std::vector<std::string>& directories,
                        const std::string& locked_by_us) {
  return Survey(files, directories, locked_by_us).run_on(ring);
}

}  // namespace factorwal::rings
