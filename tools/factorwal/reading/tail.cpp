#include "reading/tail.h"

#include <unistd.h>

#include <algorithm>

#include "interrupt.h"
#include "reading/findings.h"
#include "reading/row_ring.h"
#include "reading/text.h"
#include "terminal.h"
#include "wal/reading/log_follower.h"

namespace factorwal::tool {
namespace {

constexpr int kPollMs = 100;

class Tail {
 public:
  explicit Tail(const TailOptions& options)
      : options_(options),
        met_({}, options.selection.factors),
        columns_({}, {}),
        out_(STDOUT_FILENO),
        printer_(make_row_printer(options.format, columns_, options.sequence, out_)) {}

  ExitCode run() {
    const auto view = wal::open_log_view(posix_file_system(), options_.directory);
    if (!view) return report(view.error());
    if (auto done = show_last(*view); !done) return report(done.error());
    const auto status = report_findings(findings_, options_.directory);
    if (options_.follow) {
      catch_interrupts();
      if (auto done = follow(*view); !done) return report(done.error());
    }
    if (auto done = out_.status(); !done) return report(done.error());
    return status;
  }

 private:
  /// Reads from so late a segment as holds enough rows: each one repeats the definitions.
  Status show_last(const wal::LogView& view) {
    const auto count = view.segments.size();
    for (std::size_t back = 1;; back *= 2) {
      const auto start = count > back ? count - back : 0;
      const auto number = count == 0 ? 0 : view.segments[start].entry.number;
      RowRing ring(static_cast<std::size_t>(options_.last));
      if (auto done = read(view, number, ring); !done) return done;
      if (start > 0 && ring.size() < options_.last) continue;
      if (auto done = check_names(selection_, known_names(names_), options_.directory); !done) {
        return done;
      }
      ring.drain([&](const Row& row) { printer_->row(row); });
      printer_->end();
      return {};
    }
  }

  Status read(const wal::LogView& view, std::uint64_t first_segment, RowRing& ring) {
    // Columns first, so that all rows have the same.
    if (auto done = pass(view, first_segment, [&](const LogRecord& record) { met_.note(record); });
        !done) {
      return done;
    }
    selection_ = named_by(options_.selection, known_names(names_));
    columns_ = Columns(selection_.fields, selection_.factors);
    columns_.add_late(met_);
    RowFilter filter(selection_);
    const RowSink sink = [&](Row& row) {
      if (filter.takes(row.instrument, row.instrument_id, row.timestamp_ns)) ring.push(row);
      return true;
    };
    RowBuilder builder(columns_, sink);
    auto done =
        pass(view, first_segment, [&](const LogRecord& record) { (void)builder.add(record); });
    (void)builder.finish();
    return done;
  }

  template <class OnRecord>
  Status pass(const wal::LogView& view, std::uint64_t first_segment, OnRecord on_record) {
    wal::LogReader reader(posix_file_system(), view, names_, {first_segment});
    LogRecord record;
    for (;;) {
      const auto next = reader.next(record);
      if (!next) return next.error();
      if (!*next) break;
      on_record(record);
    }
    findings_ = reader.findings();
    report_cut(reader);
    return {};
  }

  Status follow(const wal::LogView& view) {
    wal::LogFollower follower(posix_file_system(), view, names_);
    RowFilter filter(selection_);
    const RowSink sink = [&](Row& row) {
      if (filter.takes(row.instrument, row.instrument_id, row.timestamp_ns)) printer_->row(row);
      return out_.open();
    };
    RowBuilder builder(columns_, sink);
    std::uint64_t missed = 0;
    std::uint64_t cut = 0;
    Sequence last_followed = 0;
    LogRecord record;
    while (!interrupted() && out_.open()) {
      bool any = false;
      for (;;) {
        const auto next = follower.next(record);
        if (!next) return next.error();
        if (!*next) break;
        any = true;
        // After a crash the last records are written again, under their own sequences.
        if (record.sequence != 0 && record.sequence <= last_followed) continue;
        if (record.sequence != 0) last_followed = record.sequence;
        columns_.note(record);
        if (!builder.add(record) || interrupted()) break;
      }
      // Further updates of the last row may be on their way: it waits for one more look.
      if (!any) (void)builder.finish();
      printer_->end();
      if (follower.cut() > cut) {
        cut = follower.cut();
        say("retention cut " + counted(cut, "record") + " so far before they were read");
      }
      if (follower.missed() > missed) {
        missed = follower.missed();
        say(counted(missed, "record") + " could not be read so far; `factorwal verify` tells more");
      }
      if (!sleep_while_read(out_.descriptor(), kPollMs)) break;
    }
    (void)builder.finish();
    printer_->end();
    return {};
  }

  const TailOptions& options_;
  Selection selection_;  // by names of the log
  wal::NameTable names_;
  Columns met_;  // the factors of the segments read, if all are wanted
  Columns columns_;
  Output out_;
  std::unique_ptr<RowPrinter> printer_;
  std::vector<Finding> findings_;
};

}  // namespace

ExitCode run_tail(const TailOptions& options) { return Tail(options).run(); }

}  // namespace factorwal::tool
