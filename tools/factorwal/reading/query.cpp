#include "reading/query.h"

#include <unistd.h>

#include <algorithm>

#include "history/as_of.h"
#include "reading/findings.h"
#include "reading/latest_values.h"
#include "reading/row_ring.h"
#include "reading/text.h"
#include "terminal.h"

namespace factorwal::tool {
namespace {

/// A table is for reading: without a number it shows so many rows, the last ones.
constexpr std::uint64_t kTableRows = 20;

class Query {
 public:
  explicit Query(const QueryOptions& options)
      : options_(options), filter_(selection_), out_(STDOUT_FILENO) {}

  ExitCode run() {
    auto view = wal::open_log_view(posix_file_system(), options_.directory);
    if (!view) return report(view.error());
    if (options_.as_of) {
      if (auto done = history::check_retained(*view, *options_.as_of); !done) {
        return report(done.error());
      }
      bound_ = options_.as_of;
    }
    Columns met({}, options_.selection.factors);
    const auto found = survey(*view, names_, met, options_.latest,
                              bound_.value_or(std::numeric_limits<Sequence>::max()));
    if (!found) return report(found.error());
    selection_ = named_by(options_.selection, found->known);
    if (auto done = check_names(selection_, found->known, options_.directory); !done) {
      return report(done.error());
    }
    Columns columns(selection_.fields, selection_.factors);
    columns.add_late(met);
    findings_ = found->findings;
    if (options_.durable)
      bound_ = std::min(bound_.value_or(view->frontier.sequence), view->frontier.sequence);
    auto printer = make_row_printer(options_.format, columns, options_.sequence, out_);
    if (auto done = read(std::move(*view), columns, *printer); !done) {
      out_.flush();
      return report(done.error());
    }
    printer->end();
    if (auto done = out_.status(); !done) return report(done.error());
    return report_findings(findings_, options_.directory);
  }

 private:
  Status read(wal::LogView view, Columns& columns, RowPrinter& printer) {
    const bool shortened =
        options_.format == Format::kTable && !options_.last && !options_.limit && !options_.latest;
    const auto last = shortened ? std::optional(kTableRows) : options_.last;
    RowRing ring(last.value_or(0));
    std::uint64_t rows = 0;
    const RowSink print = [&](Row& row) {
      ++rows;
      if (last) {
        ring.push(row);
        return true;
      }
      printer.row(row);
      return out_.open() && rows != options_.limit;
    };
    if (options_.limit == std::uint64_t{0}) return {};
    auto done = options_.latest ? read_latest(std::move(view), columns, print)
                                : read_rows(std::move(view), columns, print);
    if (!done) return done;
    ring.drain([&](const Row& row) { printer.row(row); });
    if (shortened && rows > kTableRows) {
      say("the last " + std::to_string(kTableRows) + " of " + counted(rows, "row") +
          "; --last N or --limit N for others, --format csv for all");
    }
    return {};
  }

  Status read_rows(wal::LogView view, Columns& columns, const RowSink& sink) {
    const RowSink filtered = [&](Row& row) {
      return !filter_.takes(row.instrument, row.instrument_id, row.timestamp_ns) || sink(row);
    };
    RowBuilder builder(columns, filtered);
    return read_records(
        std::move(view), [&](const LogRecord& record) { return builder.add(record); },
        [&] { (void)builder.finish(); });
  }

  Status read_latest(wal::LogView view, Columns& columns, const RowSink& sink) {
    LatestValues latest(columns);
    return read_records(
        std::move(view),
        [&](const LogRecord& record) {
          if (filter_.takes(record.instrument, record.instrument_id, record.timestamp_ns)) {
            latest.apply(record);
          }
          return true;
        },
        [&] { (void)latest.emit(sink); });
  }

  template <class OnRecord, class AtEnd>
  Status read_records(wal::LogView view, OnRecord on_record, AtEnd at_end) {
    wal::LogReader reader(posix_file_system(), std::move(view), row_names_);
    LogRecord record;
    for (;;) {
      const auto next = reader.next(record);
      if (!next) return next.error();
      if (!*next || (bound_ && record.sequence > *bound_)) break;
      if (!on_record(record)) return {};
    }
    at_end();
    report_cut(reader);
    if (reader.findings().size() > findings_.size()) findings_ = reader.findings();
    return {};
  }

  const QueryOptions& options_;
  Selection selection_;  // by names of the log
  RowFilter filter_;
  Output out_;
  wal::NameTable names_;
  // Of the pass for the rows alone: what could not be read for want of a definition, and was given
  // up by an open, does not come back by definitions that lie behind it.
  wal::NameTable row_names_;
  std::optional<Sequence> bound_;
  std::vector<Finding> findings_;
};

}  // namespace

ExitCode run_query(const QueryOptions& options) { return Query(options).run(); }

}  // namespace factorwal::tool
