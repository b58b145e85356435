#include "reading/verify.h"

#include <unistd.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <cstdio>
#include <optional>

#include "reading/findings.h"
#include "reading/output.h"
#include "reading/recompute.h"
#include "reading/text.h"
#include "reading/tick_count.h"
#include "recovery/channel_drain.h"
#include "recovery/instrument.h"
#include "recovery/ring_marks.h"
#include "ring_text.h"
#include "terminal.h"
#include "wal/reading/log_reader.h"

namespace factorwal::tool {
namespace {

constexpr std::size_t kGapsShown = 10;

struct Verdict {
  std::string directory;
  std::size_t segments = 0;
  std::uint64_t frames = 0;
  std::uint64_t bytes = 0;
  std::uint64_t records = 0;  ///< that have a sequence
  std::uint64_t states = 0;
  Sequence last_sequence = 0;
  Sequence durable_sequence = 0;
  bool clean = false;
  std::int64_t writer_pid = 0;
  double seconds = 0;
  std::vector<TickCount::Gap> gaps;
  std::vector<Finding> findings;
  std::string refusal;  ///< of the next open, because of its channel
  std::vector<RingRecovery> rings;
  std::optional<RecomputeReport> recomputed;

  [[nodiscard]] bool differs() const { return recomputed && recomputed->counts.mismatches > 0; }
  [[nodiscard]] bool corrupt() const {
    return !gaps.empty() || !refusal.empty() ||
           std::any_of(findings.begin(), findings.end(),
                       [](const Finding& f) { return f.damage == Damage::kCorrupt; });
  }
  [[nodiscard]] double rate() const {
    return seconds > 0 ? static_cast<double>(bytes) / seconds / 1e6 : 0;
  }
};

std::string percent(std::uint64_t done, std::uint64_t all) {
  return std::to_string(all == 0 ? 100 : done * 100 / all) + " %";
}

/// The rings of accepted records that a dead process left. `view` learns what they say of its end.
Status check_channel(wal::LogView& view, wal::NameTable& names, Verdict& verdict) {
  auto& files = posix_file_system();
  auto channel = recovery::ChannelDrain::find(files, view.directory, view.manifest.directory);
  if (!channel) return channel.error();
  const auto marks = recovery::read_ring_marks(files, view);
  if (!marks) return marks.error();
  const auto worst = channel->prepare(names, *marks, &view);
  if (!worst) return worst.error();
  verdict.rings = channel->reports();
  if (*worst >= recovery::RingsFound::kBroken) verdict.refusal = channel->refusal().message;
  if (channel->lost_before() == 0) return {};
  for (const auto& told : view.findings) {
    for (auto& finding : verdict.findings) {
      if (finding.file == told.file && finding.offset == told.offset) finding = told;
    }
  }
  return {};
}

Result<Verdict> read_everything(const std::string& directory, bool recomputes) {
  const auto begin = std::chrono::steady_clock::now();
  auto view = wal::open_log_view(posix_file_system(), directory);
  if (!view) return view.error();
  Verdict verdict;
  verdict.directory = directory;
  verdict.segments = view->segments.size();
  verdict.durable_sequence = view->frontier.sequence;
  verdict.clean = view->clean();
  verdict.writer_pid = view->writer_pid;
  const auto manifest = view->manifest;
  std::uint64_t all_bytes = 0;
  for (const auto& segment : view->segments) all_bytes += segment.end;

  wal::NameTable names;
  wal::LogReader reader(posix_file_system(), *view, names);
  TickCount ticks;
  const auto& segments = reader.view().segments;
  if (!segments.empty() && segments.front().header.first_sequence > 1) ticks.begin_anywhere();
  ProgressLine progress;
  LogRecord record;
  std::uint64_t cut_records = 0;
  for (std::uint64_t count = 0;; ++count) {
    const auto next = reader.next_outline(record);
    if (!next) return next.error();
    if (!*next) break;
    if (reader.cut().records != cut_records) {
      cut_records = reader.cut().records;
      ticks.begin_anywhere();
    }
    if (record.type == RecordType::kTick) ticks.note(record);
    ++(record.sequence > 0 ? verdict.records : verdict.states);
    if (count % 500'000 == 0 && shows_progress()) {
      progress.show("verify: " + percent(reader.byte_count(), all_bytes) + ", " +
                    counted(verdict.records, "record"));
    }
  }
  verdict.frames = reader.frame_count();
  verdict.bytes = reader.byte_count();
  verdict.last_sequence = reader.last_sequence();
  verdict.gaps = ticks.gaps();
  verdict.findings = reader.findings();
  report_cut(reader);
  if (manifest.clean && verdict.last_sequence != manifest.last_sequence && !reader.corrupt()) {
    verdict.findings.push_back({Damage::kCorrupt, join_path(directory, wal::kManifestName), 0, 0,
                                verdict.last_sequence + 1, manifest.last_sequence,
                                "the log ends before the sequence that it was closed with"});
  }
  verdict.seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - begin).count();
  if (!view->live) {
    if (auto done = check_channel(*view, names, verdict); !done) return done.error();
  }
  if (recomputes) {
    auto report = recompute(*view, names);
    if (!report) return report.error();
    verdict.recomputed = std::move(*report);
  }
  return verdict;
}

void print_json(const Verdict& verdict, Output& out) {
  JsonWriter json(out.buffer());
  json.begin_object()
      .member("directory", verdict.directory)
      .member("corrupt", verdict.corrupt())
      .member("clean", verdict.clean)
      .member("writer_pid", verdict.writer_pid)
      .member("segments", verdict.segments)
      .member("frames", verdict.frames)
      .member("records", verdict.records)
      .member("operator_states", verdict.states)
      .member("bytes", verdict.bytes)
      .member("last_sequence", verdict.last_sequence)
      .member("durable_sequence", verdict.durable_sequence)
      .member("seconds", verdict.seconds)
      .member("mb_per_second", verdict.rate());
  json.key("findings");
  write_findings(json, verdict.findings);
  json.key("missing_ticks").begin_array();
  for (const auto& gap : verdict.gaps) {
    json.begin_object()
        .member("instrument_id", gap.instrument_id)
        .member("expected", gap.expected)
        .member("found", gap.found)
        .member("sequence", gap.sequence)
        .end_object();
  }
  json.end_array();
  json.member("refusal", verdict.refusal);
  if (verdict.recomputed) {
    json.key("recomputed");
    write_json(*verdict.recomputed, json);
  }
  json.end_object();
  out << "\n";
}

void print_text(const Verdict& verdict, Output& out) {
  for (const auto& finding : verdict.findings) {
    out << describe(finding);
    if (finding.damage != Damage::kCorrupt) {
      out << " (after a crash; nothing says that it was durable)";
    }
    out << "\n";
  }
  for (std::size_t i = 0; i < verdict.gaps.size() && i < kGapsShown; ++i) {
    const auto& gap = verdict.gaps[i];
    out << "hit: " << printable(gap.instrument_id) << ", tick " << std::to_string(gap.expected)
        << " expected, "
        << (gap.found - gap.expected < recovery::kUncountedGap
                ? std::to_string(gap.found)
                : "one behind an unknown number of lost ones")
        << " found at sequence " << std::to_string(gap.sequence) << "\n";
  }
  if (verdict.gaps.size() > kGapsShown) {
    out << "hit: " << counted(verdict.gaps.size() - kGapsShown, "further gap") << "\n";
  }
  if (!verdict.refusal.empty()) {
    out << "the next open is refused: " << printable(verdict.refusal) << "\n";
  }
  out << (verdict.corrupt() ? "CORRUPT" : "ok") << ": " << counted(verdict.segments, "segment")
      << ", " << counted(verdict.frames, "frame") << ", " << counted(verdict.records, "record")
      << ", " << counted(verdict.states, "operator state") << ", " << readable_bytes(verdict.bytes);
  std::array<char, 64> speed;
  std::snprintf(speed.data(), speed.size(), " in %.2f s (%.0f MB/s)\n", verdict.seconds,
                verdict.rate());
  out << speed.data();
  out << "sequences to " << grouped(verdict.last_sequence) << ", durable to "
      << grouped(verdict.durable_sequence) << "; "
      << (verdict.writer_pid != 0
              ? "process " + std::to_string(verdict.writer_pid) + " is writing: read as it was"
          : verdict.clean ? std::string("closed in order")
                          : std::string("not closed in order (after a crash)"))
      << "\n";
  if (verdict.recomputed) print_text(*verdict.recomputed, out);
}

}  // namespace

ExitCode run_verify(const VerifyOptions& options) {
  const auto verdict = read_everything(options.directory, options.recompute);
  if (!verdict) return report(verdict.error());
  Output out(STDOUT_FILENO);
  options.json ? print_json(*verdict, out) : print_text(*verdict, out);
  out.flush();
  if (auto done = out.status(); !done) return report(done.error());
  const bool lost = report_losses(verdict->rings);
  if (verdict->corrupt() || verdict->differs()) return ExitCode::kCorruption;
  return lost ? ExitCode::kDegraded : ExitCode::kOk;
}

}  // namespace factorwal::tool
