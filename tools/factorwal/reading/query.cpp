#include "reading/query.h"

#include <unistd.h>

#include <algorithm>
#include <limits>
#include <optional>

#include "factorwal/archived.h"
#include "factorwal/reader.h"
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
    const auto reader = Reader::open(options_.directory);
    if (!reader) return report(reader.error());
    if (options_.as_of) {
      if (auto done = reader->check_retained(*options_.as_of); !done) return report(done.error());
      bound_ = options_.as_of;
    }
    const auto known = reader->names(1, bound_.value_or(std::numeric_limits<Sequence>::max()));
    if (!known) return report(known.error());
    selection_ = named_by(options_.selection, *known);
    if (auto done = check_names(selection_, *known, options_.directory); !done) {
      return report(done.error());
    }
    Columns columns(selection_.fields, selection_.factors);
    columns.add_factors(known->factors_by_use);
    if (options_.latest) columns.add_factors(known->snapshot_factors);
    findings_ = known->findings;
    const auto durable = reader->durable_sequence();
    if (options_.durable) bound_ = std::min(bound_.value_or(durable), durable);
    auto printer = make_row_printer(options_.format, columns, options_.sequence, out_);
    if (auto done = read(*reader, columns, *printer); !done) {
      out_.flush();
      return report(done.error());
    }
    printer->end();
    tell_of_archive(*reader);
    if (auto done = out_.status(); !done) return report(done.error());
    return report_findings(findings_, options_.directory);
  }

 private:
  /// What retention has cut is no part of this answer, and not lost.
  static void tell_of_archive(const Reader& reader) {
    if (reader.first_sequence() <= 1) return;
    const auto archived = archived_sequence(reader.directory());
    if (!archived || !*archived) return;
    say("records before sequence " + grouped(reader.first_sequence()) +
        " are in the archive only, which this does not read: see docs/archive.md");
  }

  Status read(const Reader& reader, Columns& columns, RowPrinter& printer) {
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
    auto done =
        options_.latest ? read_latest(reader, columns, print) : read_rows(reader, columns, print);
    if (!done) return done;
    ring.drain([&](const Row& row) { printer.row(row); });
    if (shortened && rows > kTableRows) {
      say("the last " + std::to_string(kTableRows) + " of " + counted(rows, "row") +
          "; --last N or --limit N for others, --format csv for all");
    }
    return {};
  }

  Status read_rows(const Reader& reader, Columns& columns, const RowSink& sink) {
    const RowSink filtered = [&](Row& row) {
      return !filter_.takes(row.instrument, row.instrument_id, row.timestamp_ns) || sink(row);
    };
    RowBuilder builder(columns, filtered);
    return read_records(
        reader, [&](const LogRecord& record) { return builder.add(record); },
        [&] { (void)builder.finish(); });
  }

  Status read_latest(const Reader& reader, Columns& columns, const RowSink& sink) {
    LatestValues latest(columns);
    return read_records(
        reader,
        [&](const LogRecord& record) {
          if (filter_.takes(record.instrument, record.instrument_id, record.timestamp_ns)) {
            latest.apply(record);
          }
          return true;
        },
        [&] { (void)latest.emit(sink); });
  }

  template <class OnRecord, class AtEnd>
  Status read_records(const Reader& reader, OnRecord on_record, AtEnd at_end) {
    auto stream = reader.records();
    if (!stream) return stream.error();
    stream_ = std::move(*stream);
    LogRecord record;
    while (stream_->next(record)) {
      if (bound_ && record.sequence > *bound_) break;
      if (!on_record(record)) return {};
    }
    if (!stream_->status()) return stream_->status();
    at_end();
    report_cut(stream_->cut());
    if (stream_->findings().size() > findings_.size()) findings_ = stream_->findings();
    return {};
  }

  const QueryOptions& options_;
  Selection selection_;  // by names of the log
  RowFilter filter_;
  Output out_;
  std::optional<RecordStream> stream_;  // whose ids the rows refer to
  std::optional<Sequence> bound_;
  std::vector<Finding> findings_;
};

}  // namespace

ExitCode run_query(const QueryOptions& options) { return Query(options).run(); }

}  // namespace factorwal::tool
