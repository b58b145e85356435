#include "reading/inspect.h"

#include <unistd.h>

#include <array>
#include <filesystem>

#include "feed/feed_position.h"
#include "reading/findings.h"
#include "reading/output.h"
#include "reading/record_text.h"
#include "reading/segment_walk.h"
#include "reading/table.h"
#include "reading/text.h"
#include "terminal.h"

namespace factorwal::tool {
namespace {

constexpr std::uint64_t kFramesShown = 50;

std::string_view kind_name(wal::FrameKind kind) {
  switch (kind) {
    case wal::FrameKind::kCommit: return "commit";
    case wal::FrameKind::kFrontier: return "frontier";
    case wal::FrameKind::kClose: return "close";
  }
  return "unknown";
}

std::string flag_names(const wal::FrameHeader& header) {
  std::string text;
  if (header.has_definitions()) text += ", definitions";
  if (header.has_state()) text += ", operator state";
  return text;
}

/// What a segment file says of itself: its manifest is not looked at.
Result<wal::SegmentView> lone_segment(const std::string& path) {
  auto file = posix_file_system().open_read(path);
  if (!file) return file.error();
  const auto size = (*file)->size();
  if (!size) return size.error();
  Bytes page(wal::kSegmentHeaderBytes);
  const auto count = (*file)->read_at(0, page);
  if (!count) return count.error();
  wal::SegmentView segment;
  segment.path = path;
  segment.file_bytes = segment.end = *size;
  page.resize(*count);
  switch (wal::decode_segment_header(page, segment.header)) {
    case wal::HeaderFault::kNone: break;
    case wal::HeaderFault::kEmpty:
      return Error{Errc::kNotFound, path + ": its header is empty: prepared and not used yet", 0};
    case wal::HeaderFault::kNewerVersion:
      return Error{Errc::kUnsupportedVersion, path + ": written by a newer release; use that one",
                   0};
    case wal::HeaderFault::kBad:
      return Error{Errc::kCorruption,
                   path +
                       ": no segment, or its header is damaged: without its identity no frame "
                       "can be checked",
                   0};
  }
  segment.header_ok = true;
  segment.entry = {segment.header.number, segment.header.identity, segment.header.allocated_bytes};
  return segment;
}

class Inspector {
 public:
  explicit Inspector(const InspectOptions& options)
      : options_(options),
        out_(STDOUT_FILENO),
        limit_(options.limit.value_or(options.json ? ~std::uint64_t{0} : kFramesShown)) {}

  ExitCode directory() {
    const auto view = wal::open_log_view(posix_file_system(), options_.path);
    if (!view) return report(view.error());
    findings_ = view->findings;
    show_segments(view->segments, false);
    for (const auto& segment : view->segments) {
      if (segment.missing) continue;
      if (auto done = show(segment); !done) return report(done.error());
    }
    return end(view->segments.empty());
  }

  ExitCode segment() {
    const auto segment = lone_segment(options_.path);
    if (!segment) return report(segment.error());
    show_segments({*segment}, true);
    if (auto done = show(*segment); !done) return report(done.error());
    return end(false);
  }

 private:
  void show_segments(const std::vector<wal::SegmentView>& segments, bool alone);
  Status show(const wal::SegmentView& segment);
  void show_frame(const wal::SegmentReader& reader);
  void show_records(const wal::SegmentReader& reader);
  void show_place(std::string_view kind, std::string_view why, const BadPlace& place);
  ExitCode end(bool empty);

  const InspectOptions& options_;
  Output out_;
  std::uint64_t limit_;
  std::uint64_t frames_ = 0;
  std::uint64_t bad_ = 0;
  wal::NameTable names_;
  wal::FrameDecoder decoder_{names_};
  std::vector<Finding> findings_;
  const wal::SegmentView* now_ = nullptr;
};

/// Where the last two complete generations begin, as the segment's header knows them.
std::string replay_text(const wal::ReplayStarts& replay) {
  if (replay.last.segment == 0) return "-";
  auto text = std::to_string(replay.last.segment);
  if (replay.before.segment != 0) text += ", " + std::to_string(replay.before.segment);
  return text;
}

void Inspector::show_segments(const std::vector<wal::SegmentView>& segments, bool alone) {
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
          .member("number", s.entry.number)
          .member("identity", to_hex(s.entry.identity))
          .member("epoch", s.header.epoch)
          .member("first_sequence", s.header.first_sequence)
          .member("end", s.end)
          .member("end_known", s.end_known)
          .member("file_bytes", s.file_bytes)
          .member("header_ok", s.header_ok)
          .member("missing", s.missing)
          .member("replay_start", s.header.replay.last.segment)
          .member("replay_start_offset", s.header.replay.last.offset)
          .member("replay_start_sequence", s.header.replay.last.sequence)
          .member("replay_fallback", s.header.replay.before.segment)
          .member("replay_fallback_offset", s.header.replay.before.offset)
          .member("replay_fallback_sequence", s.header.replay.before.sequence)
          .member("created_ns", s.header.created_ns)
          .end_object();
      out_ << "\n";
      continue;
    }
    table.add_row({wal::segment_name(s.entry.number), std::to_string(s.header.epoch),
                   std::to_string(s.header.first_sequence), alone ? "-" : std::to_string(s.end),
                   std::to_string(s.file_bytes), replay_text(s.header.replay),
                   s.missing      ? "missing"
                   : !s.header_ok ? "header damaged"
                   : alone        ? "read by itself"
                   : s.end_known  ? ""
                                  : "end found by reading"});
  }
  if (!options_.json) table.print(out_, 0, takes_colour(out_.descriptor()));
}

Status Inspector::show(const wal::SegmentView& segment) {
  now_ = &segment;
  if (!options_.json && frames_ < limit_) {
    out_ << "\n" << wal::segment_name(segment.entry.number) << "\n";
  }
  SegmentWalk walk;
  walk.on_frame = [&](const wal::SegmentReader& reader) {
    if (++frames_ <= limit_) {
      show_frame(reader);
    } else if (options_.limit) {
      // Asked for so many: bad places behind them are not looked for.
      return false;
    }
    return out_.open();
  };
  walk.on_bad = [&](const BadPlace& place) {
    ++bad_;
    show_place("bad", "no frame holds here", place);
  };
  walk.on_void = [&](const BadPlace& place) {
    show_place("void", "behind the end that the successor or the close mark names", place);
  };
  if (options_.limit && frames_ >= limit_) return {};
  return walk_segment(posix_file_system(), segment, walk);
}

void Inspector::show_frame(const wal::SegmentReader& reader) {
  const auto& header = reader.header();
  if (options_.json) {
    JsonWriter json(out_.buffer());
    json.begin_object()
        .member("kind", "frame")
        .member("segment", now_->entry.number)
        .member("offset", reader.offset())
        .member("length", header.length)
        .member("frame_kind", kind_name(header.kind))
        .member("first_sequence", header.first_sequence)
        .member("record_count", header.record_count)
        .member("record_bytes", header.record_bytes)
        .member("frontier_sequence", header.frontier.sequence)
        .member("frontier_offset", header.frontier.offset)
        .member("has_definitions", header.has_definitions())
        .member("has_state", header.has_state());
    json.key("rings").begin_array();
    for (const auto& ring : wal::frame_rings(reader.frame(), header)) {
      json.begin_object().member("ring", ring.ring).member("ordinal", ring.ordinal).end_object();
    }
    json.end_array().end_object();
    out_ << "\n";
  } else {
    out_ << "  " << std::to_string(reader.offset()) << "  " << kind_name(header.kind) << ", "
         << counted(header.length, "byte");
    if (header.record_count > 0) {
      out_ << ", sequences " << std::to_string(header.first_sequence) << " to "
           << std::to_string(header.last_sequence());
    }
    out_ << ", durable to " << std::to_string(header.frontier.sequence) << " at "
         << std::to_string(header.frontier.offset) << flag_names(header) << "\n";
  }
  // Definitions must pass in any case: later frames refer to them.
  if (options_.records || header.has_definitions()) show_records(reader);
}

void Inspector::show_records(const wal::SegmentReader& reader) {
  decoder_.start(reader.frame(), reader.header());
  LogRecord record;
  for (;;) {
    const auto next = decoder_.next(record);
    if (!next) {
      ++bad_;
      findings_.push_back(
          {next.error().code == Errc::kCorruption ? Damage::kCorrupt : Damage::kUndecidable,
           now_->path, reader.offset(), reader.header().length, reader.header().first_sequence,
           reader.header().last_sequence(), next.error().message});
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

void Inspector::show_place(std::string_view kind, std::string_view why, const BadPlace& place) {
  if (options_.json) {
    JsonWriter(out_.buffer())
        .begin_object()
        .member("kind", kind)
        .member("segment", now_->entry.number)
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

ExitCode run_inspect(const InspectOptions& options) {
  std::error_code ignored;
  Inspector inspector(options);
  return std::filesystem::is_regular_file(options.path, ignored) ? inspector.segment()
                                                                 : inspector.directory();
}

}  // namespace factorwal::tool
