#include "recovery/replay.h"

#include <algorithm>
#include <limits>
#include <set>

#include "wal/corruption.h"
#include "wal/log_reader.h"

namespace factorwal::recovery {
namespace {

constexpr std::size_t kAbsent = std::numeric_limits<std::size_t>::max();

/// Where the columns of a logged layout lie in today's schema and factor set.
struct LayoutMap {
  bool ours = false;  // made by a factor set, not by operators that a user registered
  bool same_fields = false;
  std::vector<std::size_t> fields;   // per schema field: column of the layout, or kAbsent
  std::vector<std::size_t> factors;  // per factor: column of the layout, or kAbsent
};

LayoutMap map_layout(const TickLayout& layout, const FactorSet& factors) {
  LayoutMap map;
  map.ours = !layout.factor_text.empty();
  const auto locate = [](const std::vector<std::string>& names, const std::string& name) {
    const auto it = std::find(names.begin(), names.end(), name);
    return it == names.end() ? kAbsent : static_cast<std::size_t>(it - names.begin());
  };
  map.same_fields = layout.fields == factors.schema().names();
  for (const auto& name : factors.schema().names())
    map.fields.push_back(locate(layout.fields, name));
  for (const auto& name : factors.names()) map.factors.push_back(locate(layout.factors, name));
  return map;
}

/// One pass over the log. `complete` says afterwards whether every instrument could be rebuilt.
class Pass {
 public:
  Pass(wal::Log& log, const FactorSet& factors, bool from_start)
      : log_(log), factors_(factors), from_start_(from_start) {
    fields_.resize(factors.schema().size());
  }

  [[nodiscard]] Status run(wal::LogReader& reader);
  [[nodiscard]] Status take(const LogRecord& record);
  [[nodiscard]] bool complete() const noexcept { return !needs_more_; }

  Replayed result;

 private:
  [[nodiscard]] Status check_findings(const wal::LogReader& reader);
  [[nodiscard]] Status take_state(const LogRecord& record);
  [[nodiscard]] Status take_tick(const LogRecord& record);
  [[nodiscard]] const LayoutMap& map_of(const LogRecord& record);
  [[nodiscard]] std::unique_ptr<Instrument>& at(InstrumentHandle handle);
  void keep_position(ByteView position) {
    if (!position.empty()) result.position.assign(position.begin(), position.end());
  }

  wal::Log& log_;
  const FactorSet& factors_;
  const bool from_start_;
  bool needs_more_ = false;
  std::size_t findings_seen_ = 0;
  std::set<std::uint32_t> awaited_;  // had ticks before any state was met
  std::vector<LayoutMap> layouts_;
  std::vector<double> fields_;
};

Status Pass::check_findings(const wal::LogReader& reader) {
  const auto fresh = std::span(reader.findings()).subspan(findings_seen_);
  findings_seen_ += fresh.size();
  if (const auto* finding = wal::first_corrupt(fresh)) {
    return wal::corruption_error(*finding, wal::kNothingChanged);
  }
  return {};
}

Status Pass::run(wal::LogReader& reader) {
  LogRecord record;
  for (;;) {
    const auto found = reader.next(record);
    if (!found) return found.error();
    // Before anything is concluded from what is missing: a place is a better message than a gap.
    if (auto done = check_findings(reader); !done) return done;
    if (!*found) break;
    if (auto done = take(record); !done) return done;
    // Without history for some of it, the rest of this pass would be thrown away.
    if (needs_more_ && !from_start_) return {};
  }
  for (const auto index : awaited_) needs_more_ = needs_more_ || !at({index});
  if (const auto& mark = reader.generation()) {
    result.generation = mark->generation;
    if (result.position.empty()) keep_position(mark->position);
  }
  return {};
}

Status Pass::take(const LogRecord& record) {
  switch (record.type) {
    case RecordType::kTick:
      if (!map_of(record).ours) return {};
      keep_position(record.position);
      return take_tick(record);
    case RecordType::kOperatorState: return map_of(record).ours ? take_state(record) : Status{};
    case RecordType::kPosition: keep_position(record.position); return {};
    default: return {};
  }
}

const LayoutMap& Pass::map_of(const LogRecord& record) {
  const auto index = record.layout_handle.index;
  while (layouts_.size() <= index) {
    layouts_.push_back(
        map_layout(*log_.names.layouts.get(static_cast<std::uint32_t>(layouts_.size())), factors_));
  }
  return layouts_[index];
}

std::unique_ptr<Instrument>& Pass::at(InstrumentHandle handle) {
  auto& all = result.instruments;
  if (handle.index >= all.size()) all.resize(std::size_t{handle.index} + 1);
  return all[handle.index];
}

Status Pass::take_state(const LogRecord& record) {
  auto& instrument = at(record.instrument);
  if (instrument) return {};  // its ticks have been replayed up to here
  if (from_start_ && record.ordinal == 0) return {};
  auto made = std::make_unique<Instrument>(factors_.plan());
  const auto loaded = made->graph.load(record.state);
  if (!loaded) return loaded.error();
  if (loaded->cold > 0) {
    // A factor that this state does not know: only the ticks since the start can fill it.
    needs_more_ = true;
    if (!from_start_) return {};
  }
  made->ordinal = record.ordinal;
  made->timestamp_ns = record.timestamp_ns;
  const auto& map = map_of(record);
  for (const auto column : map.factors) {
    made->values.push_back(column == kAbsent ? std::numeric_limits<double>::quiet_NaN()
                                             : record.values[column]);
  }
  instrument = std::move(made);
  ++result.states_loaded;
  return {};
}

Status Pass::take_tick(const LogRecord& record) {
  auto& instrument = at(record.instrument);
  if (!instrument) {
    if (record.ordinal != 1) {
      // Its state comes later in this pass, or lies before its start.
      awaited_.insert(record.instrument.index);
      return {};
    }
    instrument = std::make_unique<Instrument>(factors_.plan());
    instrument->values.resize(factors_.size());
  }
  if (record.ordinal <= instrument->ordinal) return {};
  if (record.ordinal != instrument->ordinal + 1) {
    return Error{Errc::kCorruption,
                 "instrument " + std::string(record.instrument_id) + ": ticks " +
                     std::to_string(instrument->ordinal + 1) + " to " +
                     std::to_string(record.ordinal - 1) + " are missing from the log",
                 0};
  }
  const auto& map = map_of(record);
  std::span<const double> fields = record.fields;
  if (!map.same_fields) {
    for (std::size_t i = 0; i < fields_.size(); ++i) {
      fields_[i] = map.fields[i] == kAbsent ? std::numeric_limits<double>::quiet_NaN()
                                            : record.fields[map.fields[i]];
    }
    fields = fields_;
  }
  instrument->graph.evaluate(fields, instrument->values);
  ++instrument->ordinal;
  instrument->timestamp_ns = std::max(instrument->timestamp_ns, record.timestamp_ns);
  ++result.ticks_replayed;
  return {};
}

/// The segment from which state can be rebuilt: what the last segment's header says, unless a
/// generation was completed in that segment.
Result<std::uint64_t> find_start(wal::Log& log, const wal::LogView& view) {
  if (view.segments.empty()) return std::uint64_t{0};
  const auto& last = view.segments.back();
  auto start = last.header.replay.last;
  auto file = log.files().open_read(last.path);
  if (!file) return file.error();
  wal::SegmentReader reader(**file, last.entry.identity, wal::kSegmentHeaderBytes, last.end);
  wal::NameTable names;
  wal::FrameDecoder decoder(names);
  for (;;) {
    const auto step = reader.next();
    if (!step) return step.error();
    if (*step != wal::SegmentReader::Step::kFrame) break;  // damage is told by the pass itself
    if (!reader.header().has_state() && !reader.header().has_definitions()) continue;
    decoder.start(reader.frame(), reader.header());
    LogRecord record;
    for (auto found = decoder.next(record); found && *found;) found = decoder.next(record);
  }
  if (decoder.generation()) start = decoder.generation()->replay.last;
  return start;
}

}  // namespace

Result<Replayed> replay(wal::Log& log, const FactorSet& factors) {
  auto view = wal::open_log_view(log.files(), log.directory, wal::LockOwner::kUs);
  if (!view) {
    if (view.error().code == Errc::kNotFound) return Replayed{};
    return view.error();
  }
  const auto start = find_start(log, *view);
  if (!start) return start.error();
  const auto first = view->manifest.segments.empty() ? 0 : view->manifest.segments.front().number;
  for (const bool from_start : {*start <= first, true}) {
    wal::LogReader reader(log.files(), *view, log.names, from_start ? 0 : *start);
    Pass pass(log, factors, from_start);
    if (auto done = pass.run(reader); !done) return done.error();
    if (from_start || pass.complete()) return std::move(pass.result);
  }
  return Error{Errc::kCorruption, log.directory + ": state could not be rebuilt", 0};
}

Status replay_one(Replayed& replayed, wal::Log& log, const FactorSet& factors,
                  const LogRecord& record) {
  Pass pass(log, factors, true);
  pass.result = std::move(replayed);
  auto done = pass.take(record);
  replayed = std::move(pass.result);
  return done;
}

}  // namespace factorwal::recovery
