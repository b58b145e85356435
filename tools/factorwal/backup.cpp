#include "backup.h"

#include <unistd.h>

#include <chrono>

#include "factorwal/backup.h"
#include "interrupt.h"
#include "reading/findings.h"
#include "reading/output.h"
#include "reading/text.h"
#include "terminal.h"

namespace factorwal::tool {
namespace {

class Progress {
 public:
  bool operator()(std::uint64_t done, std::uint64_t all) {
    const auto now = std::chrono::steady_clock::now();
    if (now - shown_ > std::chrono::milliseconds(100)) {
      shown_ = now;
      line_.show("backup: " + readable_bytes(done) + " of " + readable_bytes(all));
    }
    return !interrupted();
  }

 private:
  ProgressLine line_;
  std::chrono::steady_clock::time_point shown_ = std::chrono::steady_clock::now();
};

void print_json(const BackupOptions& options, const BackupReport& report, Output& out) {
  JsonWriter json(out.buffer());
  json.begin_object()
      .member("source", options.source)
      .member("target", options.target)
      .member("source_identity", to_hex(report.source))
      .member("target_identity", to_hex(report.target))
      .member("source_clean", report.source_clean)
      .member("writer_pid", report.writer_pid)
      .member("segments", report.segments)
      .member("frames", report.frames)
      .member("bytes", report.bytes)
      .member("first_sequence", report.first_sequence)
      .member("last_sequence", report.last_sequence);
  json.key("left_out");
  write_findings(json, report.left_out);
  json.end_object();
  out << "\n";
}

void print_text(const BackupOptions& options, const BackupReport& report, Output& out) {
  for (const auto& finding : report.left_out) {
    out << "not copied: " << describe(finding)
        << " (after a crash; nothing says that it was durable)"
        << "\n";
  }
  out << "ok: " << options.target << ": " << counted(report.segments, "segment") << ", "
      << counted(report.frames, "frame") << ", " << readable_bytes(report.bytes) << "; ";
  if (report.last_sequence == 0) {
    out << "no records\n";
  } else {
    out << "sequences " << grouped(report.first_sequence) << " to " << grouped(report.last_sequence)
        << "\n";
  }
  if (report.writer_pid > 0) {
    out << "process " << std::to_string(report.writer_pid)
        << " is writing: the copy is as of the start\n";
  }
}

}  // namespace

ExitCode run_backup(const BackupOptions& options) {
  catch_interrupts();
  Result<BackupReport> copied = [&] {
    Progress progress;
    return back_up(options.source, options.target,
                   [&](auto done, auto all) { return progress(done, all); });
  }();
  if (!copied) return report(copied.error());
  Output out(STDOUT_FILENO);
  options.json ? print_json(options, *copied, out) : print_text(options, *copied, out);
  out.flush();
  if (auto done = out.status(); !done) return report(done.error());
  return ExitCode::kOk;
}

}  // namespace factorwal::tool
