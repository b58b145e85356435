#include "history/history_scan.h"

#include <algorithm>
#include <set>
#include <string>

#include "factorwal/nearest_name.h"
#include "wal/reading/log_segments.h"

namespace factorwal::history {
namespace {

/// A writer that cuts all that was looked at before it is read, so often, is too quick for a
/// reader.
constexpr int kLooks = 20;

Status pass_parts(wal::FrameDecoder& decoder) {
  LogRecord record;
  for (;;) {
    const auto part = decoder.next_part(record);
    if (!part) return part.error();
    if (*part == wal::FrameDecoder::Part::kEnd) return {};
  }
}

enum class Learned : std::uint8_t { kAll, kDamaged, kCut };

/// Names of the segments from `start` on.
Result<Learned> learn_from(FileSystem& files, const wal::LogView& view,
                           const wal::ReplayStart& start, wal::NameTable& names) {
  wal::LogReader reader(files, view, names, start);
  reader.read_heads_only();
  wal::FrameDecoder decoder(names);
  const auto before = reader.findings().size();
  for (;;) {
    const auto found = reader.next_frame();
    if (!found) return found.error();
    if (!*found) break;
    if (!reader.frame_header().has_definitions()) continue;
    decoder.start_parts(reader.frame(), reader.frame_header());
    const auto learned = pass_parts(decoder);
    if (learned) continue;
    if (learned.error().code != Errc::kCorruption) return learned.error();
    return Learned::kDamaged;
  }
  if (reader.cut().any()) return Learned::kCut;
  return reader.findings().size() == before ? Learned::kAll : Learned::kDamaged;
}

Status expect_known(std::string_view what, const std::vector<std::string>& wanted,
                    const std::set<std::string>& known, const std::string& directory) {
  for (const auto& name : wanted) {
    if (known.contains(name)) continue;
    const std::vector<std::string> all(known.begin(), known.end());
    std::string message(directory);
    message.append(": the log has no ").append(what).append(" `").append(name).append("`");
    return Error{Errc::kNotFound, message.append(did_you_mean(name, all)), 0};
  }
  return {};
}

Status expect_known(const HistoryQuery& query, const wal::NameTable& names,
                    const std::string& directory) {
  std::set<std::string> inputs;
  std::set<std::string> factors;
  for (std::uint32_t i = 0; i < names.layouts.size(); ++i) {
    const auto& layout = *names.layouts.get(i);
    inputs.insert(layout.fields.begin(), layout.fields.end());
    factors.insert(layout.factors.begin(), layout.factors.end());
  }
  if (names.layouts.size() == 0) return {};
  if (query.inputs) {
    if (auto done = expect_known("input", *query.inputs, inputs, directory); !done) return done;
  }
  return query.factors ? expect_known("factor", *query.factors, factors, directory) : Status{};
}

}  // namespace

Status learn_names(FileSystem& files, const wal::LogView& view, wal::NameTable& names) {
  if (view.segments.empty()) return {};
  // The last one with a record: another may have been begun just now, without its definitions yet.
  auto learned = learn_from(files, view, wal::start_at(view, view.last_sequence), names);
  // What retention has cut since the look is defined again in each later segment.
  for (int i = 0; learned && *learned == Learned::kCut && i < kLooks; ++i) {
    const auto now = wal::open_log_view(files, view.directory);
    if (!now) return now.error();
    learned = learn_from(files, *now, wal::start_at(*now, now->last_sequence), names);
  }
  if (learned && *learned == Learned::kDamaged) learned = learn_from(files, view, {}, names);
  return learned ? Status{} : learned.error();
}

Result<std::unique_ptr<HistoryScan>> HistoryScan::open(FileSystem& files, wal::LogView view,
                                                       const HistoryQuery& query) {
  if (query.batch_rows == 0) {
    return Error{Errc::kInvalidArgument, "batch_rows is 0: a batch has one row at least", 0};
  }
  // Not the table that the rows are read with: a record that its own segment does not define is
  // lost, as for every reader, although a later one may define it.
  wal::NameTable known;
  const bool all_named = query.inputs && query.factors && !query.known_names;
  if (query.data_set == DataSet::kTicks && !all_named) {
    if (auto done = learn_names(files, view, known); !done) return done.error();
    if (query.known_names) {
      if (auto done = expect_known(query, known, view.directory); !done) return done.error();
    }
  }
  const auto start = wal::start_at(view, query.first_sequence);
  return std::unique_ptr<HistoryScan>(new HistoryScan(files, std::move(view), known, query, start));
}

bool HistoryScan::wants(const wal::FrameGroup& group, Sequence behind) const {
  if (group.definitions) return true;
  const auto& query = projection_.query;
  if (behind <= query.first_sequence || group.first_sequence > query.last_sequence) return false;
  if (query.from || query.to) {
    if (!group.has_times()) return false;
    if (query.from && group.last_time < *query.from) return false;
    if (query.to && group.first_time >= *query.to) return false;
  }
  if (query.instruments.empty()) return true;
  return std::ranges::any_of(query.instruments, [&](const auto& id) {
    const auto handle = names_.instruments.find(id);
    return handle && group.has(*handle);
  });
}

ColumnBatch HistoryScan::no_rows() {
  ColumnBatch batch;
  builder_.begin(batch);
  builder_.finish();
  return batch;
}

Result<bool> HistoryScan::next(ColumnBatch& batch) {
  builder_.begin(batch);
  status_ = fill();
  const bool found = status_ && builder_.rows() > 0;
  if (!status_) builder_.drop_rows(builder_.rows());
  builder_.finish();
  if (!status_) return status_.error();
  return found;
}

Status HistoryScan::fill() {
  add_late();
  LogRecord record;
  while (!at_end_ && builder_.room() > 0) {
    const auto part = reader_.next_part(record);
    if (!part) return part.error();
    const bool is_block = *part == wal::FrameDecoder::Part::kBlock;
    const auto sequence = is_block ? reader_.block().first_sequence : record.sequence;
    at_end_ = *part == wal::FrameDecoder::Part::kEnd || sequence > projection_.query.last_sequence;
    if (at_end_) break;
    if (!is_block) {
      builder_.add(record);
    } else if (auto done = add_block(); !done) {
      return done;
    }
  }
  return {};
}

Status HistoryScan::add_block() {
  const auto count = block_.start(reader_);
  if (!count) return count.error();
  if (*count == 0) return {};
  const bool fits = *count <= builder_.room();
  auto& builder = fits ? builder_ : late_builder_;
  if (!fits) builder.begin(late_);
  const auto filled = block_.fill(reader_, builder.batch(), builder.add_rows(*count));
  if (!filled) return filled.error();
  if (!*filled) {
    builder.drop_rows(*count);
  } else if (!fits) {
    late_next_ = 0;
    late_end_ = *count;
    add_late();
  }
  return {};
}

void HistoryScan::add_late() {
  const auto count = std::min(late_end_ - late_next_, builder_.room());
  if (count == 0) return;
  builder_.copy_rows(late_, late_next_, count);
  late_next_ += count;
}

}  // namespace factorwal::history
