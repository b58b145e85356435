#include "history/history_scan.h"

namespace factorwal::history {
namespace {

/// Names of the segments from `start` on; whether all of it holds.
Result<bool> learn_from(FileSystem& files, const wal::LogView& view, const wal::ReplayStart& start,
                        wal::NameTable& names) {
  wal::LogReader reader(files, view, names, start);
  wal::FrameDecoder decoder(names);
  const auto before = reader.findings().size();
  for (;;) {
    const auto found = reader.next_frame();
    if (!found) return found.error();
    if (!*found) return reader.findings().size() == before;
    if (!reader.frame_header().has_definitions()) continue;
    decoder.start(reader.frame(), reader.frame_header());
    if (const auto learned = decoder.learn(); !learned) {
      if (learned.error().code != Errc::kCorruption) return learned.error();
      return false;
    }
  }
}

}  // namespace

Status learn_names(FileSystem& files, const wal::LogView& view, wal::NameTable& names) {
  if (view.segments.empty()) return {};
  wal::ReplayStart last;
  last.segment = view.segments.back().entry.number;
  const auto whole = learn_from(files, view, last, names);
  if (!whole) return whole.error();
  if (*whole) return {};
  const auto all = learn_from(files, view, {}, names);
  return all ? Status{} : all.error();
}

Result<std::unique_ptr<HistoryScan>> HistoryScan::open(FileSystem& files, wal::LogView view,
                                                       const HistoryQuery& query) {
  if (query.batch_rows == 0) {
    return Error{Errc::kInvalidArgument, "batch_rows is 0: a batch has one row at least", 0};
  }
  // Not the table that the rows are read with: a record that its own segment does not define is
  // lost, as for every reader, although a later one may define it.
  wal::NameTable known;
  if (query.data_set == DataSet::kTicks && !(query.inputs && query.factors)) {
    if (auto done = learn_names(files, view, known); !done) return done.error();
  }
  return std::unique_ptr<HistoryScan>(new HistoryScan(files, std::move(view), known, query));
}

Result<bool> HistoryScan::next(ColumnBatch& batch) {
  builder_.begin(batch);
  auto done = fill(batch);
  builder_.finish();
  if (!done) status_ = done.error();
  return done;
}

Result<bool> HistoryScan::fill(ColumnBatch& batch) {
  LogRecord record;
  while (!at_end_ && !builder_.full()) {
    const auto found = reader_.next(record);
    if (!found) return found.error();
    at_end_ = !*found || record.sequence > last_sequence_;
    if (!at_end_) builder_.add(record);
  }
  return batch.row_count() > 0;
}

}  // namespace factorwal::history
