#include "recovery/replay.h"

#include <algorithm>
#include <limits>

#include "wal/corruption.h"
#include "wal/log_reader.h"

namespace factorwal::recovery {
namespace {

enum class Reach : std::uint8_t {
  kGeneration,  // begins where a generation did: what it lacks may lie before
  kAll,         // begins where the log does: nothing lies before
};

/// One pass over the log.
class Pass {
 public:
  Pass(const ReplaySource& source, const FactorSet& factors, OnCorruption on_corruption,
       Reach reach)
      : names_(source.names),
        factors_(factors),
        on_corruption_(on_corruption),
        reach_(reach),
        layouts_(source.names, factors) {}

  [[nodiscard]] Status run(wal::LogReader& reader);
  [[nodiscard]] Status take(const LogRecord& record);
  /// Whether every instrument could be rebuilt. If not, `result` says only what damage was met.
  [[nodiscard]] bool complete() const noexcept { return complete_; }
  [[nodiscard]] bool refused() const noexcept {
    return on_corruption_ == OnCorruption::kRefuse && !result.corrupt.empty();
  }

  Replayed result;
  LayoutHandle last_layout;  // of the ticks read; not valid if there were none

 private:
  [[nodiscard]] bool may_end() const { return refused() || !complete_; }
  void take_findings(const wal::LogReader& reader);
  [[nodiscard]] Status take_state(const LogRecord& record);
  [[nodiscard]] Status begin_with(const LogRecord& state);
  void take_tick(const LogRecord& tick);
  void meet_gap(const Instrument& instrument, const LogRecord& record);
  void settle(const wal::LogReader& reader);
  [[nodiscard]] const LayoutMap& map_of(const LogRecord& record) {
    return layouts_.of(record.layout_handle);
  }
  [[nodiscard]] std::unique_ptr<Instrument>& at(InstrumentHandle handle);
  void note_evidence(InstrumentHandle handle) { evidence_[handle.index] = result.lost_records; }
  void keep_position(ByteView position) {
    if (!position.empty()) result.position.assign(position.begin(), position.end());
  }

  wal::NameTable& names_;
  const FactorSet& factors_;
  const OnCorruption on_corruption_;
  const Reach reach_;
  bool complete_ = true;
  std::size_t findings_seen_ = 0;
  std::uint64_t lost_before_end_ = 0;    // lost records that something was read behind
  std::vector<bool> awaited_;            // by handle: had ticks before any state was met
  std::vector<std::uint64_t> evidence_;  // by handle: lost records up to its last sign of life
  LayoutMaps layouts_;
  std::vector<double> scratch_;
};

void Pass::take_findings(const wal::LogReader& reader) {
  const auto fresh = std::span(reader.findings()).subspan(findings_seen_);
  findings_seen_ += fresh.size();
  for (const auto& finding : fresh) {
    if (finding.damage == Damage::kCorrupt) result.corrupt.push_back(finding);
  }
  result.lost_records = reader.lost_records();
}

Status Pass::run(wal::LogReader& reader) {
  LogRecord record;
  for (;;) {
    const auto found = reader.next(record);
    if (!found) return found.error();
    // Before anything is concluded from what is missing: a place is a better message than a gap.
    take_findings(reader);
    if (may_end()) return {};
    if (!*found) break;
    if (auto done = take(record); !done) return done;
    // Without history for some of it, the rest of this pass would be thrown away.
    if (may_end()) return {};
  }
  settle(reader);
  if (const auto& mark = reader.generation()) {
    result.snapshots.generation = mark->generation;
    if (result.position.empty()) keep_position(mark->position);
  }
  return {};
}

Status Pass::take(const LogRecord& record) {
  if (record.sequence != 0) result.last_sequence = record.sequence;
  lost_before_end_ = result.lost_records;
  switch (record.type) {
    case RecordType::kTick:
      if (!map_of(record).ours) return {};
      last_layout = record.layout_handle;
      keep_position(record.position);
      take_tick(record);
      return {};
    case RecordType::kOperatorState: return map_of(record).ours ? take_state(record) : Status{};
    case RecordType::kPosition: keep_position(record.position); return {};
    default: return {};
  }
}

std::unique_ptr<Instrument>& Pass::at(InstrumentHandle handle) {
  auto& all = result.instruments;
  const auto count = std::max(all.size(), std::size_t{handle.index} + 1);
  if (count > evidence_.size()) {
    all.resize(count);
    awaited_.resize(count);
    evidence_.resize(count);
  }
  return all[handle.index];
}

void Pass::meet_gap(const Instrument& instrument, const LogRecord& record) {
  const auto last_lost = record.type == RecordType::kTick ? record.ordinal - 1 : record.ordinal;
  if (on_corruption_ == OnCorruption::kRefuse) {
    result.corrupt.push_back({Damage::kCorrupt,
                              {},
                              0,
                              0,
                              0,
                              0,
                              "instrument " + std::string(record.instrument_id) + ": ticks " +
                                  std::to_string(instrument.ordinal + 1) + " to " +
                                  std::to_string(last_lost) + " are missing from the log"});
    return;
  }
  result.hit.push_back({std::string(record.instrument_id), true, last_lost - instrument.ordinal,
                        result.last_sequence});
}

Status Pass::begin_with(const LogRecord& state) {
  auto made = std::make_unique<Instrument>(factors_.plan());
  const auto loaded = load_state(*made, state, map_of(state), result.last_sequence);
  if (!loaded) {
    // Its checksum holds and it is no state: in quarantine, as if it were not there.
    return on_corruption_ == OnCorruption::kRefuse ? loaded.error() : Status{};
  }
  if (loaded->cold > 0 && state.ordinal > 0 && reach_ != Reach::kAll) {
    // A factor that this state does not know: the ticks before can fill it, if they are there.
    complete_ = false;
    return {};
  }
  at(state.instrument) = std::move(made);
  ++result.snapshots.from_last;
  note_evidence(state.instrument);
  return {};
}

Status Pass::take_state(const LogRecord& record) {
  auto& instrument = at(record.instrument);
  if (!instrument) {
    if (reach_ == Reach::kAll && record.ordinal == 0) return {};
    return begin_with(record);
  }
  if (record.ordinal < instrument->ordinal) return {};
  if (record.ordinal > instrument->ordinal) {
    meet_gap(*instrument, record);
    if (refused()) return {};
  }
  note_evidence(record.instrument);
  auto healed = catch_up(*instrument, record, result.last_sequence);
  if (!healed && on_corruption_ == OnCorruption::kRefuse) return healed;
  return {};
}

void Pass::take_tick(const LogRecord& tick) {
  auto& instrument = at(tick.instrument);
  if (!instrument) {
    if (tick.ordinal != 1 && reach_ != Reach::kAll) {
      awaited_[tick.instrument.index] = true;  // its state comes later in this pass, or lies before
      return;
    }
    instrument = std::make_unique<Instrument>(factors_.plan());
    if (tick.ordinal != 1) {
      // Neither its first tick nor a state before this one is there. After damage that is a hit;
      // without any the log has been cut here, and its operators begin late.
      if (result.lost_records > 0 || !result.corrupt.empty()) {
        meet_gap(*instrument, tick);
        if (refused()) return;
      } else {
        (void)instrument->graph.load({}, tick.ordinal - 1, tick.sequence);
        instrument->ordinal = tick.ordinal - 1;
      }
    }
    ++result.snapshots.from_log;
  } else if (place_of(*instrument, tick) == Applied::kGap) {
    meet_gap(*instrument, tick);
    if (refused()) return;
  }
  const auto place = apply(*instrument, tick, map_of(tick), scratch_);
  if (place == Applied::kOld) return;
  ++result.snapshots.ticks_replayed;
  note_evidence(tick.instrument);
}

void Pass::settle(const wal::LogReader& reader) {
  for (std::size_t i = 0; i < awaited_.size(); ++i) {
    complete_ = complete_ && !(awaited_[i] && !result.instruments[i]);
  }
  const auto known_end = std::max(reader.view().frontier.sequence, reader.view().last_sequence);
  if (known_end > reader.last_sequence()) result.lost_records += known_end - reader.last_sequence();
  const auto lost_at_end = result.lost_records - lost_before_end_;
  // What was damaged before may have held an instrument's state, of which nothing is known then.
  if (reach_ != Reach::kAll && (!result.corrupt.empty() || lost_at_end > 0)) {
    for (std::uint32_t i = 0; i < names_.instruments.size(); ++i) {
      complete_ = complete_ && at({i}) != nullptr;
    }
  }
  if (reach_ != Reach::kAll && !complete_) return;
  result.last_sequence = std::max(result.last_sequence, known_end);
  result.refed_by_source = lost_at_end > 0 && !result.position.empty();
  const auto to_be_seen = result.refed_by_source ? lost_before_end_ : result.lost_records;
  if (to_be_seen == 0) return;
  for (std::uint32_t i = 0; i < names_.instruments.size(); ++i) {
    (void)at({i});
    if (evidence_[i] < to_be_seen) {
      const auto lost = to_be_seen - evidence_[i];
      auto& instrument = result.instruments[i];
      if (!instrument) instrument = std::make_unique<Instrument>(factors_.plan());
      instrument->skip(lost, result.last_sequence);
      result.hit.push_back(
          {std::string(*names_.instruments.name(i)), false, lost, result.last_sequence});
    }
  }
}

/// The line of a canonical text that defines a factor; empty if none does.
std::string_view definition_of(std::string_view text, std::string_view factor) {
  for (std::size_t at = 0; at < text.size();) {
    const auto end = std::min(text.find('\n', at), text.size());
    const auto line = text.substr(at, end - at);
    at = end + 1;
    // "factor a = ..." or "factor (a, _, b) = ..."
    for (auto word = line.substr(0, line.find('=')); !word.empty();) {
      const auto begin = word.find_first_not_of(" (),");
      if (begin == std::string_view::npos) break;
      word.remove_prefix(begin);
      const auto length = std::min(word.find_first_of(" (),"), word.size());
      if (word.substr(0, length) == factor && factor != "factor") return line;
      word.remove_prefix(length);
    }
  }
  return {};
}

/// Which factors the log's last factor set did not have, or defined otherwise.
std::vector<bool> new_factors(const TickLayout* last, const FactorSet& factors) {
  std::vector<bool> all(factors.size());
  if (last == nullptr) return all;
  const auto text = factors.canonical_text();
  for (std::size_t i = 0; i < all.size(); ++i) {
    const auto& name = factors.names()[i];
    all[i] = definition_of(last->factor_text, name) != definition_of(text, name);
  }
  return all;
}

/// The starts of the last two complete generations: what the last segment's header says, unless one
/// was completed in that segment.
Result<wal::ReplayStarts> find_starts(FileSystem& files, const wal::LogView& view) {
  wal::ReplayStarts starts;
  for (const auto& segment : view.segments) {
    if (segment.header_ok) starts = segment.header.replay;
  }
  if (view.segments.empty() || view.segments.back().missing) return starts;
  const auto& last = view.segments.back();
  auto file = files.open_read(last.path);
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
  if (decoder.generation()) starts = decoder.generation()->replay;
  return starts;
}

}  // namespace

Result<Replayed> replay(const ReplaySource& source, const FactorSet& factors,
                        OnCorruption on_corruption) {
  auto view = wal::open_log_view(source.files, source.directory, source.owner);
  if (!view) {
    if (view.error().code == Errc::kNotFound) return Replayed{};
    return view.error();
  }
  const auto starts = find_starts(source.files, *view);
  if (!starts) return starts.error();
  const auto first = view->manifest.segments.empty() ? 0 : view->manifest.segments.front().number;
  std::vector<std::uint64_t> begins = {starts->last};
  if (starts->before != 0 && starts->before < starts->last) begins.push_back(starts->before);
  std::erase_if(begins, [&](std::uint64_t begin) { return begin <= first; });
  begins.push_back(0);
  for (const auto begin : begins) {
    wal::LogReader reader(source.files, *view, source.names, begin);
    Pass pass(source, factors, on_corruption, begin == 0 ? Reach::kAll : Reach::kGeneration);
    if (auto done = pass.run(reader); !done) return done.error();
    auto& found = pass.result;
    if (!pass.refused() && begin != 0 && !pass.complete()) continue;
    found.back_filled = new_factors(source.names.layouts.get(pass.last_layout.index), factors);
    auto& use = found.snapshots;
    if (begin == 0 && begins.size() > 1) use.from_log += std::exchange(use.from_last, 0);
    if (begin != 0 && begin == starts->before) std::swap(use.from_last, use.from_previous);
    return std::move(found);
  }
  return Error{Errc::kCorruption, source.directory + ": state could not be rebuilt", 0};
}

Status replay_one(Replayed& replayed, const ReplaySource& source, const FactorSet& factors,
                  const LogRecord& record) {
  Pass pass(source, factors, OnCorruption::kQuarantine, Reach::kAll);
  pass.result = std::move(replayed);
  auto done = pass.take(record);
  replayed = std::move(pass.result);
  return done;
}

}  // namespace factorwal::recovery
