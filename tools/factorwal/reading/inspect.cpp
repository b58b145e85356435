#include "reading/inspect.h"

#include <unistd.h>

#include <algorithm>
#include <filesystem>
#include <optional>

#include "factorwal/feed/position.h"
#include "factorwal/segment_walk.h"
#include "reading/findings.h"
#include "reading/output.h"
#include "reading/record_text.h"
#include "reading/table.h"
#include "reading/text.h"
#include "terminal.h"

namespace factorwal::tool {
namespace {

constexpr std::uint64_t kFramesShown = 50;

std::string flag_names(const FoundFrame& frame) {
  std::string text;
  if (frame.has_definitions) text += ", definitions";
  if (frame.has_state) text += ", operator state";
  return text;
}

std::string file_name(const LogSegment& segment) {
  return std::filesystem::path(segment.path).filename().string();
}

class Inspector {
 public:
  explicit Inspector(const InspectOptions& options)
      : options_(options),
        out_(STDOUT_FILENO),
        limit_(options.limit.value_or(options.json ? ~std::uint64_t{0} : kFramesShown)) {}

  ExitCode run() {
    std::error_code ignored;
    const bool alone = std::filesystem::is_regular_file(options_.path, ignored);
    auto walk = alone ? SegmentWalk::open_file(options_.path) : SegmentWalk::open(options_.path);
    if (!walk) return report(walk.error());
    walk_ = std::move(*walk);
    findings_ = walk_->findings();
    show_segments(walk_->segments(), alone);
    while (walk_->next_segment()) {
      if (auto done = show_segment(); !done) return report(done.error());
    }
    return end(walk_->segments().empty());
  }

 private:
  void show_segments(const std::vector<LogSegment>& segments, bool alone);
  Status show_segment();
  /// False: no more, please.
  bool show_step(SegmentWalk::Step step);
  void show_frame(const FoundFrame& frame);
  void show_records(const FoundFrame& frame);
  void show_place(std::string_view kind, std::string_view why, const FoundBytes& place);
  ExitCode end(bool empty);

  const InspectOptions& options_;
  Output out_;
  std::uint64_t limit_;
  std::uint64_t frames_ = 0;
  std::uint64_t bad_ = 0;
  std::vector<Finding> findings_;
  std::optional<SegmentWalk> walk_;
};

/// Where the last two complete generations begin, as the segment's header knows them.
std::string replay_text(const LogSegment& segment) {
  if (segment.last_generation.segment == 0) return "-";
  auto text = std::to_string(segment.last_generation.segment);
  const auto before = segment.generation_before.segment;
  if (before != 0) text += ", " + std::to_string(before);
  return text;
}

void Inspector::show_segments(const std::vector<LogSegment>& segments, bool alone) {
  Table table({{"segment", Table::Align::kLeft},
               {"epoch", Table::Align::kRight},
               {"first sequence", Table::Align::kRight},
               {"end", Table::Align::kRight},
               {"file bytes", Table::Align::kRight},
               {"states from", Table::Align::kRight},
               {"note", Table::Align::kLeft}});
  for (const auto& s : segments) {
    if (options_.json) {
      JsonWriter(out_.buffer())
          .begin_object()
          .member("kind", "segment")
          .member("file", s.path)
          .member("number", s.number)
          .member("identity", to_hex(s.identity))
          .member("epoch", s.epoch)
          .member("first_sequence", s.first_sequence)
          .member("end", s.end)
          .member("end_known", s.end_known)
          .member("file_bytes", s.file_bytes)
          .member("header_ok", s.header_ok)
          .member("missing", s.missing)
          .member("replay_start", s.last_generation.segment)
          .member("replay_start_offset", s.last_generation.offset)
          .member("replay_start_sequence", s.last_generation.sequence)
          .member("replay_fallback", s.generation_before.segment)
          .member("replay_fallback_offset", s.generation_before.offset)
          .member("replay_fallback_sequence", s.generation_before.sequence)
          .member("created_ns", s.created_ns)
          .end_object();
      out_ << "\n";
      continue;
    }
    table.add_row({file_name(s), std::to_string(s.epoch), std::to_string(s.first_sequence),
                   alone ? "-" : std::to_string(s.end), std::to_string(s.file_bytes),
                   replay_text(s),
                   s.missing      ? "missing"
                   : !s.header_ok ? "header damaged"
                   : alone        ? "read by itself"
                   : s.end_known  ? ""
                                  : "end found by reading"});
  }
  if (!options_.json) table.print(out_, 0, takes_colour(out_.descriptor()));
}

Status Inspector::show_segment() {
  if (!options_.json && frames_ < limit_) out_ << "\n" << file_name(walk_->segment()) << "\n";
  if (options_.limit && frames_ >= limit_) return {};
  for (;;) {
    const auto step = walk_->next();
    if (!step) return step.error();
    if (*step == SegmentWalk::Step::kEnd || !show_step(*step)) return {};
  }
}

bool Inspector::show_step(SegmentWalk::Step step) {
  switch (step) {
    case SegmentWalk::Step::kFrame:
      if (++frames_ <= limit_) {
        show_frame(walk_->frame());
      } else if (options_.limit) {
        return false;  // asked for so many: bad places behind them are not looked for
      }
      return out_.open();
    case SegmentWalk::Step::kBad:
      ++bad_;
      show_place("bad", "no frame holds here", walk_->place());
      return true;
    case SegmentWalk::Step::kVoid:
      show_place("void", "behind the end that the successor or the close mark names",
                 walk_->place());
      return true;
    case SegmentWalk::Step::kEnd: break;
  }
  return false;
}

void Inspector::show_frame(const FoundFrame& frame) {
  if (options_.json) {
    JsonWriter json(out_.buffer());
    json.begin_object()
        .member("kind", "frame")
        .member("segment", walk_->segment().number)
        .member("offset", frame.offset)
        .member("length", frame.length)
        .member("frame_kind", to_string(frame.kind))
        .member("first_sequence", frame.first_sequence)
        .member("record_count", frame.record_count)
        .member("record_bytes", frame.record_bytes)
        .member("frontier_sequence", frame.durable_sequence)
        .member("frontier_offset", frame.durable_offset)
        .member("has_definitions", frame.has_definitions)
        .member("has_state", frame.has_state);
    json.key("rings").begin_array();
    for (const auto& ring : frame.rings) {
      json.begin_object().member("ring", ring.ring).member("ordinal", ring.ordinal).end_object();
    }
    json.end_array().end_object();
    out_ << "\n";
  } else {
    out_ << "  " << std::to_string(frame.offset) << "  " << to_string(frame.kind) << ", "
         << counted(frame.length, "byte");
    if (frame.record_count > 0) {
      out_ << ", sequences " << std::to_string(frame.first_sequence) << " to "
           << std::to_string(frame.last_sequence());
    }
    out_ << ", durable to " << std::to_string(frame.durable_sequence) << " at "
         << std::to_string(frame.durable_offset) << flag_names(frame) << "\n";
  }
  // Definitions must pass in any case: later frames refer to them.
  if (options_.records || frame.has_definitions) show_records(frame);
}

void Inspector::show_records(const FoundFrame& frame) {
  LogRecord record;
  for (;;) {
    const auto next = walk_->next_record(record);
    if (!next) {
      ++bad_;
      findings_.push_back(
          {next.error().code == Errc::kCorruption ? Damage::kCorrupt : Damage::kUndecidable,
           walk_->segment().path, frame.offset, frame.length, frame.first_sequence,
           frame.last_sequence(), next.error().message});
      return;
    }
    if (!*next) return;
    if (!options_.records) continue;
    if (options_.json) {
      write_record(out_.buffer(), record);
    } else {
      out_ << "    ";
      append_record(out_.buffer(), record);
    }
    out_ << "\n";
    if (!out_.open()) return;
  }
}

void Inspector::show_place(std::string_view kind, std::string_view why, const FoundBytes& place) {
  if (options_.json) {
    JsonWriter(out_.buffer())
        .begin_object()
        .member("kind", kind)
        .member("segment", walk_->segment().number)
        .member("offset", place.offset)
        .member("bytes", place.bytes)
        .member("hex", to_hex(place.head))
        .end_object();
    out_ << "\n";
    return;
  }
  out_ << "  " << std::to_string(place.offset) << "  " << kind << ", "
       << counted(place.bytes, "byte") << ": " << why << "\n";
  for (std::size_t at = 0; at < place.head.size(); at += 16) {
    const auto row =
        std::span(place.head).subspan(at, std::min<std::size_t>(16, place.head.size() - at));
    out_ << "      " << to_hex(row) << "\n";
  }
}

ExitCode Inspector::end(bool empty) {
  if (empty && !options_.json) out_ << "no segment is in use yet\n";
  out_.flush();
  if (auto done = out_.status(); !done) return report(done.error());
  if (frames_ > limit_ && !options_.limit) {
    say("the first " + grouped(limit_) + " of " + counted(frames_, "frame") +
        "; --limit N for more, --json for all");
  }
  const auto status = report_findings(findings_, options_.path);
  if (bad_ > 0 && status == ExitCode::kOk) {
    say(counted(bad_, "bad place") +
        "; `factorwal verify` on the directory tells torn from corrupt");
  }
  return status;
}

}  // namespace

ExitCode run_inspect(const InspectOptions& options) { return Inspector(options).run(); }

}  // namespace factorwal::tool
