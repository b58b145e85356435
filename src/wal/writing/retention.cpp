#include "wal/writing/retention.h"

#include <algorithm>
#include <limits>

#include "base/caught_error.h"
#include "wal/format/archived_mark.h"
#include "wal/reading/corruption.h"
#include "wal/reading/log_reader.h"
#include "wal/reading/log_segments.h"
#include "wal/reading/segment_contents.h"
#include "wal/writing/segment_preparer.h"

namespace factorwal::wal {
namespace {

constexpr std::string_view kNothingCut = "; nothing was cut; `factorwal verify` lists all damage";

/// How many of the first segments are beyond the limits. The last one is being written.
std::size_t count_beyond(std::span<const SegmentAge> segments, const RetentionLimits& limits,
                         std::int64_t now_ns) {
  std::uint64_t bytes = 0;
  for (const auto& segment : segments) bytes += segment.bytes;
  std::size_t count = 0;
  for (; count + 1 < segments.size(); ++count) {
    // All that is in it is older than its successor. Times are any numbers: differences must not
    // overflow.
    const auto newest = segments[count + 1].created_ns;
    const bool old = limits.age.count() > 0 && now_ns > newest &&
                     static_cast<std::uint64_t>(now_ns) - static_cast<std::uint64_t>(newest) >
                         static_cast<std::uint64_t>(limits.age.count());
    const bool too_many = limits.bytes > 0 && bytes > limits.bytes;
    if (!old && !too_many) break;
    bytes -= segments[count].bytes;
  }
  return count;
}

struct LastSegment {
  ReplayStarts replay;
  bool hand_made = false;
};

/// All names, and where the last generations begin, as far as it is durable.
Result<LastSegment> read_last_segment(FileSystem& files, const LogView& view) {
  if (view.segments.empty()) return LastSegment{};
  const auto& last = view.segments.back();
  NameTable names;
  SegmentContents contents(names, Learn::kDefinitions);
  contents.believe_generations_to(view.frontier.offset);
  if (auto done = contents.walk(files, last); !done) return done.error();
  if (!contents.damage().empty()) return corruption_error(contents.damage().front(), kNothingCut);
  const auto& mark = contents.generation();
  return LastSegment{mark ? mark->replay : last.header.replay, has_hand_made_layouts(names)};
}

/// Segments that are damaged stay for a person to look at: what is to go is read once.
Status expect_sound(FileSystem& files, const RetentionSurvey& survey) {
  NameTable names;
  LogReader reader(files, survey.view, names);
  const auto first_kept = survey.segments[survey.plan.cut].first_sequence;
  for (;;) {
    const auto found = reader.next_frame();
    if (!found) return found.error();
    if (const auto* corrupt = first_corrupt(reader.findings())) {
      return corruption_error(*corrupt, kNothingCut);
    }
    if (!*found || reader.frame_header().first_sequence >= first_kept) return {};
  }
}

}  // namespace

SegmentAge age_of(const SegmentView& segment) {
  if (!segment.header_ok) {
    return {segment.entry.number, segment.entry.allocated_bytes,
            std::numeric_limits<std::int64_t>::max(), 0};
  }
  return {segment.entry.number, segment.entry.allocated_bytes, segment.header.created_ns,
          segment.header.first_sequence};
}

RetentionPlan plan_retention(std::span<const SegmentAge> segments, const RetentionLimits& limits,
                             const RetentionNeeds& needs, std::int64_t now_ns) {
  RetentionPlan plan;
  plan.beyond = count_beyond(segments, limits, now_ns);
  if (plan.beyond == 0) return plan;
  const auto& replay = needs.replay;
  if (needs.hand_made) {
    plan.barrier = CutBarrier::kHandMade;
    return plan;
  }
  if (replay.before.segment == 0) {
    plan.barrier = CutBarrier::kNoGenerations;
    return plan;
  }
  const auto first_needed = std::min(replay.before.segment, replay.last.segment);
  for (; plan.cut < plan.beyond; ++plan.cut) {
    // It ends where its successor begins, which `beyond` leaves at least one of.
    const auto next = segments[plan.cut + 1].first_sequence;
    const bool archived = !needs.archived || (next != 0 && next - 1 <= *needs.archived);
    if (segments[plan.cut].number >= first_needed) {
      plan.barrier = CutBarrier::kGenerations;
    } else if (!archived) {
      plan.barrier = CutBarrier::kNotArchived;
    } else {
      continue;
    }
    break;
  }
  return plan;
}

bool has_hand_made_layouts(const NameTable& names) {
  for (std::uint32_t i = 0; i < names.layouts.size(); ++i) {
    if (names.layouts.get(i)->factor_text.empty()) return true;
  }
  return false;
}

Result<RetentionSurvey> survey_retention(FileSystem& files, const std::string& directory,
                                         const RetentionLimits& limits, LockOwner owner) {
  RetentionSurvey survey;
  auto view = open_log_view(files, directory, owner);
  if (!view) return view.error();
  if (const auto* finding = first_corrupt(view->findings)) {
    return corruption_error(*finding, kNothingCut);
  }
  survey.view = std::move(*view);
  for (const auto& segment : survey.view.segments) {
    survey.segments.push_back(age_of(segment));
  }
  const auto last = read_last_segment(files, survey.view);
  if (!last) return last.error();
  survey.replay = last->replay;
  survey.now_ns = files.wall_clock_ns();
  const auto archived = load_archived_mark(files, directory, survey.view.manifest.directory);
  if (!archived) return archived.error();
  survey.plan = plan_retention(survey.segments, limits, {survey.replay, last->hand_made, *archived},
                               survey.now_ns);
  return survey;
}

Result<RetentionSurvey> apply_retention(FileSystem& files, const std::string& directory,
                                        const RetentionLimits& limits) {
  // Before the lock, which makes its file: a directory without a log stays as it is.
  if (const auto there = load_manifest(files, directory); !there) {
    if (there.error().code != Errc::kNotFound) return there.error();
    const auto why = open_log_view(files, directory);
    if (!why) return why.error();
  }
  const auto lock = files.lock(join_path(directory, kLockName));
  if (!lock) return lock.error();
  auto survey = survey_retention(files, directory, limits, LockOwner::kUs);
  if (!survey) return survey;
  auto gone = survey->view.left_over;
  if (survey->plan.cut > 0) {
    if (auto sound = expect_sound(files, *survey); !sound) return sound.error();
    auto manifest = survey->view.manifest;
    const auto first_kept = survey->segments[survey->plan.cut].number;
    std::erase_if(manifest.segments, [&](const auto& s) { return s.number < first_kept; });
    if (auto done = store_manifest(files, directory, manifest); !done) return done.error();
    for (std::size_t i = 0; i < survey->plan.cut; ++i) gone.push_back(survey->segments[i].number);
  } else if (!gone.empty()) {
    // The manifest without them may be one that was never synced.
    if (auto done = files.sync_directory(directory); !done) return done.error();
  }
  const SegmentPlace place{files, directory};
  for (const auto number : gone) {
    if (remove_segment(place, number)) continue;
    return Error{Errc::kIo, join_path(directory, segment_name(number)) +
                                ": is no part of the log any more and cannot be removed; remove "
                                "it, or run this again"};
  }
  return survey;
}

}  // namespace factorwal::wal

namespace factorwal {
namespace {

Result<RetentionSurvey> public_survey(Result<wal::RetentionSurvey> found) {
  if (!found) return found.error();
  return RetentionSurvey{wal::log_segments(found->view),
                         found->plan,
                         wal::generation_start(found->replay.last),
                         wal::generation_start(found->replay.before),
                         found->view.writer_pid,
                         found->view.left_over.size()};
}

}  // namespace

Result<RetentionSurvey> survey_retention(const std::string& directory,
                                         const RetentionLimits& limits) try {
  return public_survey(wal::survey_retention(posix_file_system(), directory, limits));
} catch (...) {
  return caught_error();
}

Result<RetentionSurvey> apply_retention(const std::string& directory,
                                        const RetentionLimits& limits) try {
  return public_survey(wal::apply_retention(posix_file_system(), directory, limits));
} catch (...) {
  return caught_error();
}

}  // namespace factorwal
