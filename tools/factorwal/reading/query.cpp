#include "reading/query.h"

#include <unistd.h>

#include <algorithm>
#include <limits>
#include <optional>

#include "archived_history.h"
#include "factorwal/reader.h"
#include "reading/findings.h"
#include "reading/latest_values.h"
#include "reading/merged_records.h"
#include "reading/row_ring.h"
#include "reading/text.h"
#include "terminal.h"

namespace factorwal::tool {
namespace {

/// A table is for reading: without a number it shows so many rows, the last ones.
constexpr std::uint64_t kTableRows = 20;
/// The last rows are looked for among so many records first, then among more.
constexpr Sequence kFirstLook = 65'536;

/// What makes rows of a table: snapshots repeat values.
const std::vector<DataSet> kRowSets{DataSet::kTicks, DataSet::kUpdates, DataSet::kVectors};

std::string_view name_of(DataSet set) {
  switch (set) {
    case DataSet::kTicks: return "ticks";
    case DataSet::kUpdates: return "updates";
    case DataSet::kVectors: return "vectors";
    case DataSet::kSnapshots: break;
  }
  return "snapshots";
}

class Query {
 public:
  Query(const QueryOptions& options, Reader reader)
      : options_(options),
        archive_{options.archive},
        reader_(std::move(reader)),
        out_(STDOUT_FILENO) {}

  ExitCode run() {
    auto done = prepare();
    if (done) done = options_.format == "arrow" || options_.format == "parquet" ? write() : print();
    if (!done) {
      out_.flush();
      return report(done.error());
    }
    if (auto written = out_.status(); !written) return report(written.error());
    return report_findings(findings_, options_.directory);
  }

 private:
  /// What is asked for, in the log's own names.
  Status prepare() {
    if (options_.as_of) {
      const auto first = first_sequence(reader_, archive_);
      if (!first) return first.error();
      const bool archived =
          *options_.as_of >= *first && *first > 0 && *options_.as_of < reader_.first_sequence();
      auto retained = reader_.check_retained(*options_.as_of);
      if (!archived && !retained) return retained;
    }
    // Every segment has the names of all before it. Later ones than asked for are not known.
    const auto end = std::max(
        {options_.as_of.value_or(reader_.last_sequence()), reader_.first_sequence(), Sequence{1}});
    auto known = reader_.names(end, options_.as_of ? end : std::numeric_limits<Sequence>::max());
    if (!known) return known.error();
    known_ = std::move(*known);
    selection_ = named_by(options_.selection, known_);
    if (auto done = check_names(selection_, known_, options_.directory); !done) return done;
    add_new_findings(findings_, known_.findings);
    query_.instruments = selection_.instruments;
    if (!selection_.factors.empty()) query_.factors = selection_.factors;
    if (!options_.trading_day.empty()) {
      // A rule that is none is told, also where no day is asked for.
      if (const auto day = begin_of_day(0, options_.trading_day, reader_, archive_); !day) {
        return day.error();
      }
    }
    for (const auto& [asked, time] :
         {std::pair(&options_.from, &query_.from), std::pair(&options_.to, &query_.to)}) {
      if (!*asked) continue;
      const auto found = time_of(**asked);
      if (!found) return found.error();
      *time = *found;
    }
    query_.last_sequence = options_.as_of.value_or(reader_.last_sequence());
    if (options_.durable) {
      query_.last_sequence = std::min(query_.last_sequence, reader_.durable_sequence());
    }
    return {};
  }

  Result<TimestampNs> time_of(const AskedTime& asked) const {
    if (!asked.day) return asked.time_ns;
    return begin_of_day(*asked.day, options_.trading_day, reader_, archive_);
  }

  Result<std::unique_ptr<BatchStream>> open(const HistoryQuery& query) const {
    return open_history(reader_, query, archive_);
  }

  // ---- As a file of columns

  Status write() {
    if (::isatty(out_.descriptor()) == 1) {
      return Error{Errc::kInvalidArgument,
                   options_.format + " is for a file or a pipe: `factorwal query ... > rows." +
                       options_.format + "`",
                   0};
    }
    const auto set = set_to_write();
    if (!set) return set.error();
    auto query = query_;
    query.data_set = *set;
    query.sequences = options_.sequence;
    if (!selection_.fields.empty()) query.inputs = selection_.fields;
    auto rows = open(query);
    if (!rows) return rows.error();
    auto done = write_table_file(
        **rows, options_.format == "arrow" ? TableFile::kArrow : TableFile::kParquet, out_);
    note(**rows);
    return done;
  }

  /// A file has rows of one data set: the one that has any.
  Result<DataSet> set_to_write() const {
    if (options_.data_set) return *options_.data_set;
    std::vector<DataSet> found;
    std::string names;
    for (const auto set : kRowSets) {
      auto query = query_;
      query.data_set = set;
      query.batch_rows = 1;
      auto rows = open(query);
      if (!rows) return rows.error();
      ColumnBatch batch;
      if (!(*rows)->next(batch)) {
        if (auto done = (*rows)->status(); !done) return done.error();
        continue;
      }
      names += (names.empty() ? "" : " and ") + std::string(name_of(set));
      found.push_back(set);
    }
    if (found.size() <= 1) return found.empty() ? DataSet::kTicks : found.front();
    return Error{Errc::kInvalidArgument,
                 "there are " + names + ": say which with --set, a file has rows of one kind", 0};
  }

  // ---- As text

  Status print() {
    if (options_.data_set == DataSet::kSnapshots) {
      return Error{Errc::kInvalidArgument,
                   "snapshots are no rows of text: --format arrow or parquet has them", 0};
    }
    Columns columns(selection_.fields, selection_.factors);
    columns.add_factors(known_.factors);
    const auto format = options_.format == "csv"    ? Format::kCsv
                        : options_.format == "json" ? Format::kJson
                                                    : Format::kTable;
    auto printer = make_row_printer(format, columns, options_.sequence, out_);
    if (auto done = print_rows(columns, *printer); !done) return done;
    printer->end();
    return {};
  }

  Status print_rows(Columns& columns, RowPrinter& printer) {
    const RowSink print = [&](Row& row) {
      printer.row(row);
      return out_.open() && ++rows_ != options_.limit;
    };
    if (options_.latest) {
      LatestValues latest(columns);
      auto sets = kRowSets;
      sets.push_back(DataSet::kSnapshots);
      auto done = read(sets, [&](const LogRecord& record) {
        latest.apply(record);
        return true;
      });
      if (done) (void)latest.emit(print);
      return done;
    }
    if (options_.limit == std::uint64_t{0}) {
      return read(kRowSets, [](const LogRecord&) { return false; });
    }
    if (options_.last) return print_last(columns, printer, *options_.last);
    if (options_.format == "table" && !options_.limit) {
      return print_last(columns, printer, kTableRows);
    }
    return read_rows(columns, print);
  }

  /// Looks at the log's end first, and further back while there are too few rows.
  Status print_last(Columns& columns, RowPrinter& printer, std::uint64_t last) {
    const auto end = query_.last_sequence;
    for (Sequence width = kFirstLook;; width *= 8) {
      query_.first_sequence = width < end ? end - width + 1 : 1;
      RowRing ring(last);
      std::uint64_t rows = 0;
      auto done = read_rows(columns, [&](Row& row) {
        ++rows;
        ring.push(row);
        return true;
      });
      if (!done) return done;
      // The first row of a look may have begun before it.
      if (rows <= last && query_.first_sequence > 1) continue;
      ring.drain([&](const Row& row) { printer.row(row); });
      if (!options_.last && rows > last) {
        say("the last " + std::to_string(last) +
            (query_.first_sequence > 1 ? " rows" : " of " + counted(rows, "row")) +
            "; --last N or --limit N for others, --format csv for all");
      }
      return {};
    }
  }

  Status read_rows(Columns& columns, const RowSink& sink) {
    RowBuilder builder(columns, sink);
    bool more = true;
    auto done = read(kRowSets, [&](const LogRecord& record) { return more = builder.add(record); });
    if (done && more) (void)builder.finish();
    return done;
  }

  /// Until `take` is false.
  template <class Take>
  Status read(std::vector<DataSet> sets, Take take) {
    if (options_.data_set) std::erase_if(sets, [&](auto set) { return set != *options_.data_set; });
    auto query = query_;
    query.inputs = selection_.fields;
    auto records = MergedRecords::open(sets, query, known_.instruments,
                                       [this](const HistoryQuery& one) { return open(one); });
    if (!records) return records.error();
    records_ = std::move(*records);
    LogRecord record;
    while (records_->next(record) && take(record)) continue;
    add_new_findings(findings_, records_->findings());
    report_cut(records_->cut_records());
    return records_->status();
  }

  void note(const BatchStream& rows) {
    add_new_findings(findings_, rows.findings());
    report_cut(rows.cut_records());
  }

  const QueryOptions& options_;
  ArchivePlace archive_;
  Reader reader_;
  Output out_;
  LogNames known_;
  Selection selection_;
  HistoryQuery query_;
  std::unique_ptr<MergedRecords> records_;  // whose ids the rows refer to
  std::uint64_t rows_ = 0;
  std::vector<Finding> findings_;
};

}  // namespace

ExitCode run_query(const QueryOptions& options) {
  auto reader = Reader::open(options.directory);
  if (!reader) return report(reader.error());
  return Query(options, std::move(*reader)).run();
}

}  // namespace factorwal::tool
