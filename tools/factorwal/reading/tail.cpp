#include "reading/tail.h"

#include <unistd.h>

#include <algorithm>
#include <optional>

#include "factorwal/reader.h"
#include "interrupt.h"
#include "reading/findings.h"
#include "reading/row_ring.h"
#include "reading/text.h"
#include "terminal.h"

namespace factorwal::tool {
namespace {

constexpr int kPollMs = 100;

class Tail {
 public:
  explicit Tail(const TailOptions& options)
      : options_(options),
        columns_({}, {}),
        out_(STDOUT_FILENO),
        printer_(make_row_printer(options.format, columns_, options.sequence, out_)) {}

  ExitCode run() {
    const auto reader = Reader::open(options_.directory);
    if (!reader) return report(reader.error());
    if (auto done = show_last(*reader); !done) return report(done.error());
    const auto status = report_findings(findings_, options_.directory);
    if (options_.follow) {
      catch_interrupts();
      if (auto done = follow(*reader); !done) return report(done.error());
    }
    if (auto done = out_.status(); !done) return report(done.error());
    return status;
  }

 private:
  /// Reads from so late a segment as holds enough rows: each one repeats the definitions.
  Status show_last(const Reader& reader) {
    const auto& segments = reader.segments();
    for (std::size_t back = 1;; back *= 2) {
      const auto start = segments.size() > back ? segments.size() - back : 0;
      const auto first = start == 0 ? 1 : segments[start].first_sequence;
      RowRing ring(static_cast<std::size_t>(options_.last));
      if (auto done = read(reader, first, ring); !done) return done;
      if (start > 0 && ring.size() < options_.last) continue;
      if (auto done = check_names(selection_, known_, options_.directory); !done) return done;
      ring.drain([&](const Row& row) { printer_->row(row); });
      printer_->end();
      return {};
    }
  }

  Status read(const Reader& reader, Sequence first, RowRing& ring) {
    // Columns first, so that all rows have the same.
    auto known = reader.names(first);
    if (!known) return known.error();
    known_ = std::move(*known);
    selection_ = named_by(options_.selection, known_);
    columns_ = Columns(selection_.fields, selection_.factors);
    columns_.add_factors(known_.factors_by_use);
    RowFilter filter(selection_);
    const RowSink sink = [&](Row& row) {
      if (filter.takes(row.instrument, row.instrument_id)) ring.push(row);
      return true;
    };
    RowBuilder builder(columns_, sink);
    auto stream = reader.records(first);
    if (!stream) return stream.error();
    stream_ = std::move(*stream);
    LogRecord record;
    while (stream_->next(record)) (void)builder.add(record);
    if (!stream_->status()) return stream_->status();
    (void)builder.finish();
    findings_ = stream_->findings();
    report_cut(stream_->cut());
    return {};
  }

  Status follow(const Reader& reader) {
    auto follower = reader.follow();
    if (!follower) return follower.error();
    RowFilter filter(selection_);
    const RowSink sink = [&](Row& row) {
      if (filter.takes(row.instrument, row.instrument_id)) printer_->row(row);
      return out_.open();
    };
    RowBuilder builder(columns_, sink);
    std::uint64_t missed = 0;
    std::uint64_t cut = 0;
    LogRecord record;
    while (!interrupted() && out_.open()) {
      bool any = false;
      while (follower->next(record)) {
        any = true;
        columns_.note(record);
        if (!builder.add(record) || interrupted()) break;
      }
      if (!follower->status()) return follower->status();
      // Further updates of the last row may be on their way: it waits for one more look.
      if (!any) (void)builder.finish();
      printer_->end();
      if (follower->cut_records() > cut) {
        cut = follower->cut_records();
        say("retention cut " + counted(cut, "record") + " so far before they were read");
      }
      if (follower->missed_records() > missed) {
        missed = follower->missed_records();
        say(counted(missed, "record") + " could not be read so far; `factorwal verify` tells more");
      }
      if (!sleep_while_read(out_.descriptor(), kPollMs)) break;
    }
    (void)builder.finish();
    printer_->end();
    return {};
  }

  const TailOptions& options_;
  LogNames known_;
  Selection selection_;  // by names of the log
  Columns columns_;
  Output out_;
  std::unique_ptr<RowPrinter> printer_;
  std::optional<RecordStream> stream_;  // whose ids the rows refer to
  std::vector<Finding> findings_;
};

}  // namespace

ExitCode run_tail(const TailOptions& options) { return Tail(options).run(); }

}  // namespace factorwal::tool
