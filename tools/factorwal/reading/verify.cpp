#include "reading/verify.h"

#include <unistd.h>

#include <array>
#include <cstdio>

#include "archive_check.h"
#include "factorwal/reader.h"
#include "reading/findings.h"
#include "reading/output.h"
#include "reading/recompute.h"
#include "reading/text.h"
#include "ring_text.h"
#include "terminal.h"

namespace factorwal::tool {
namespace {

constexpr std::size_t kGapsShown = 10;

double seconds(std::chrono::nanoseconds time) {
  return std::chrono::duration<double>(time).count();
}

double rate_of(const Verification& found) {
  const auto time = seconds(found.duration);
  return time > 0 ? static_cast<double>(found.bytes) / time / 1e6 : 0;
}

std::string percent(std::uint64_t done, std::uint64_t all) {
  return std::to_string(all == 0 ? 100 : done * 100 / all) + " %";
}

void show(ProgressLine& line, const VerifyProgress& progress) {
  const auto done = percent(progress.done_bytes, progress.all_bytes);
  if (progress.part == VerifyProgress::Part::kReading) {
    line.show("verify: " + done + ", " + counted(progress.records, "record"));
  } else {
    line.show("recompute: " + done);
  }
}

Result<Verification> verify(const Reader& reader, bool recompute) {
  ProgressLine line;
  VerifyOptions options;
  options.recompute = recompute;
  options.progress = [&](const VerifyProgress& progress) {
    if (shows_progress()) show(line, progress);
    return true;
  };
  return reader.verify(options);
}

void print_json(const Reader& reader, const Verification& found,
                const std::optional<ArchiveCheck>& archive, Output& out) {
  JsonWriter json(out.buffer());
  json.begin_object()
      .member("directory", reader.directory())
      .member("corrupt", found.corrupt())
      .member("clean", reader.clean())
      .member("writer_pid", reader.writer_pid())
      .member("segments", found.segments)
      .member("frames", found.frames)
      .member("records", found.records)
      .member("operator_states", found.operator_states)
      .member("bytes", found.bytes)
      .member("last_sequence", found.last_sequence)
      .member("durable_sequence", reader.durable_sequence())
      .member("seconds", seconds(found.duration))
      .member("mb_per_second", rate_of(found));
  json.key("findings");
  write_findings(json, found.findings);
  json.key("missing_ticks").begin_array();
  for (const auto& gap : found.gaps) {
    json.begin_object()
        .member("instrument_id", gap.instrument_id)
        .member("expected", gap.expected)
        .member("found", gap.found.ordinal)
        .member("counted", gap.found.counted)
        .member("sequence", gap.sequence)
        .end_object();
  }
  json.end_array();
  json.member("refusal", found.refusal);
  if (found.recomputed) {
    json.key("recomputed");
    write_json(*found.recomputed, json);
  }
  if (archive) json.key("archive").raw(archive->json);
  json.end_object();
  out << "\n";
}

void print_text(const Reader& reader, const Verification& found, Output& out) {
  for (const auto& finding : found.findings) {
    out << describe(finding);
    if (finding.damage != Damage::kCorrupt) {
      out << " (after a crash; nothing says that it was durable)";
    }
    out << "\n";
  }
  for (std::size_t i = 0; i < found.gaps.size() && i < kGapsShown; ++i) {
    const auto& gap = found.gaps[i];
    out << "hit: " << printable(gap.instrument_id) << ", tick " << std::to_string(gap.expected)
        << " expected, "
        << (gap.found.counted ? std::to_string(gap.found.ordinal)
                              : "one behind an unknown number of lost ones")
        << " found at sequence " << std::to_string(gap.sequence) << "\n";
  }
  if (found.gaps.size() > kGapsShown) {
    out << "hit: " << counted(found.gaps.size() - kGapsShown, "further gap") << "\n";
  }
  if (!found.refusal.empty()) {
    out << "the next open is refused: " << printable(found.refusal) << "\n";
  }
  out << (found.corrupt() ? "CORRUPT" : "ok") << ": " << counted(found.segments, "segment") << ", "
      << counted(found.frames, "frame") << ", " << counted(found.records, "record") << ", "
      << counted(found.operator_states, "operator state") << ", " << readable_bytes(found.bytes);
  std::array<char, 64> speed;
  std::snprintf(speed.data(), speed.size(), " in %.2f s (%.0f MB/s)\n", seconds(found.duration),
                rate_of(found));
  out << speed.data();
  out << "sequences to " << grouped(found.last_sequence) << ", durable to "
      << grouped(reader.durable_sequence()) << "; "
      << (reader.writer_pid() != 0
              ? "process " + std::to_string(reader.writer_pid()) + " is writing: read as it was"
          : reader.clean() ? std::string("closed in order")
                           : std::string("not closed in order (after a crash)"))
      << "\n";
  if (found.recomputed) print_text(*found.recomputed, out);
}

}  // namespace

ExitCode run_verify(const VerifyCommand& options) {
  const auto reader = Reader::open(options.directory);
  if (!reader) return report(reader.error());
  const auto found = verify(*reader, options.recompute);
  if (!found) return report(found.error());
  report_cut(found->cut);
  const auto archive = check_archive(options.directory);
  if (!archive) return report(archive.error());
  Output out(STDOUT_FILENO);
  if (options.json) {
    print_json(*reader, *found, *archive, out);
  } else {
    print_text(*reader, *found, out);
    if (*archive) out << (*archive)->text;
  }
  out.flush();
  if (auto done = out.status(); !done) return report(done.error());
  const bool lost = report_losses(found->rings);
  if (found->corrupt() || found->differs()) return ExitCode::kCorruption;
  if (*archive && !(*archive)->intact) return ExitCode::kCorruption;
  return lost ? ExitCode::kDegraded : ExitCode::kOk;
}

}  // namespace factorwal::tool
