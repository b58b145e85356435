#include "recovery/replay.h"

#include <algorithm>
#include <limits>

#include "recovery/deferred_ticks.h"
#include "recovery/pass_progress.h"
#include "wal/reading/corruption.h"
#include "wal/reading/log_reader.h"

namespace factorwal::recovery {
namespace {

constexpr std::size_t kInstrumentsAhead = 8;

/// The starts of the last two complete generations: what the last segment's header says, unless one
/// was completed in that segment. Behind a bad place none is believed to be the last: the pass
/// tells of the place, which it would not meet.
wal::ReplayStarts find_starts(const wal::LogView& view, const wal::SegmentContents& last_segment) {
  wal::ReplayStarts starts;
  for (const auto& segment : view.segments) {
    if (segment.header_ok) starts = segment.header.replay;
  }
  if (const auto& mark = last_segment.sound_generation()) starts = mark->replay;
  return starts;
}

}  // namespace

/// One pass over the log.
class Replay::Pass {
 public:
  enum class Reach : std::uint8_t {
    kGeneration,  // begins where a generation did: what it lacks may lie before
    kAll,         // begins where the log does: nothing lies before
  };

  Pass(wal::NameTable& names, const FactorSet& factors, OnCorruption on_corruption, Reach reach)
      : names_(names),
        factors_(factors),
        on_corruption_(on_corruption),
        reach_(reach),
        layouts_(names, factors),
        deferred_(*factors.plan()) {}

  [[nodiscard]] Status run(wal::LogReader& reader, PassProgress& progress);
  /// Until `settle`, graphs and values may be behind their instruments' ticks.
  [[nodiscard]] Status take(const LogRecord& record);
  /// Nothing lies before or behind the log: what comes now is the channel's.
  void leave_log() {
    on_corruption_ = OnCorruption::kQuarantine;
    reach_ = Reach::kAll;
    result.losses.end_log(unused_bytes_);
  }
  void settle();
  /// Whether every instrument could be rebuilt. If not, `result` says only what damage was met.
  [[nodiscard]] bool complete() const noexcept { return complete_; }
  [[nodiscard]] bool refused() const noexcept {
    return on_corruption_ == OnCorruption::kRefuse && !result.corrupt.empty();
  }

  Replayed result;
  LayoutHandle last_layout;  // of the ticks and states read; not valid if there were none

 private:
  /// A state behind lost records that nothing has come after yet.
  struct HeldState {
    LogRecord record;  // of what follows
    Bytes state;
    std::vector<double> values;
    std::uint64_t lost_before = 0;
  };

  [[nodiscard]] bool may_end() const { return refused() || !complete_; }
  [[nodiscard]] Status source_moved(ByteView position, std::uint64_t lost_before);
  void take_findings(const wal::LogReader& reader);
  [[nodiscard]] Status take_state(const LogRecord& record, std::uint64_t lost_before);
  [[nodiscard]] Status begin_with(const LogRecord& state);
  void take_tick(const LogRecord& tick);
  [[nodiscard]] bool apply_or_defer(Instrument& instrument, const LogRecord& tick);
  void refuse_gap(std::uint64_t had, const LogRecord& record);
  void note_gap(const LogRecord& record, std::uint64_t ticks);
  void end_log(const wal::LogReader& reader);
  [[nodiscard]] const LayoutMap& map_of(const LogRecord& record) {
    return layouts_.of(record.layout_handle);
  }
  void fetch(InstrumentHandle handle) const noexcept {
    const auto& all = result.instruments;
    if (handle.index < all.size()) __builtin_prefetch(all[handle.index].get());
  }
  [[nodiscard]] std::unique_ptr<Instrument>& at(InstrumentHandle handle);

  wal::NameTable& names_;
  const FactorSet& factors_;
  OnCorruption on_corruption_;
  Reach reach_;
  bool complete_ = true;
  std::size_t findings_seen_ = 0;
  std::uint64_t generation_seen_ = 0;
  std::vector<HeldState> held_;
  std::vector<bool> awaited_;        // by handle: had ticks before any state was met
  std::vector<bool> without_value_;  // by handle: some factor has none before the next tick
  std::uint64_t unused_bytes_ = 0;   // of the last segment, behind its frames
  std::size_t known_at_end_ = 0;     // instruments that the log has defined
  LayoutMaps layouts_;
  DeferredTicks deferred_;
  std::vector<double> scratch_;
};

void Replay::Pass::take_findings(const wal::LogReader& reader) {
  const auto fresh = std::span(reader.findings()).subspan(findings_seen_);
  findings_seen_ += fresh.size();
  for (const auto& finding : fresh) {
    if (finding.damage == Damage::kCorrupt) result.corrupt.push_back(finding);
  }
  result.losses.lost_so_far(reader.lost_records());
}

Status Replay::Pass::run(wal::LogReader& reader, PassProgress& progress) {
  LogRecord record;
  result.last_sequence = reader.last_sequence();  // a state may come before any record
  for (;;) {
    const auto found = reader.next(record);
    if (!found) return found.error();
    // Before anything is concluded from what is missing: a place is a better message than a gap.
    take_findings(reader);
    if (may_end()) return {};
    if (!progress.goes_on(reader)) {
      return Error{Errc::kTimeout, reader.view().directory + ": the replay was given up", 0};
    }
    if (const auto& mark = reader.generation();
        mark && std::exchange(generation_seen_, mark->generation) != mark->generation) {
      const auto lost = reader.lost_before_generation();
      if (auto done = source_moved(mark->position, lost); !done) return done;
    }
    if (!*found) break;
    fetch(reader.instrument_ahead(kInstrumentsAhead));
    if (auto done = take(record); !done) return done;
    // Without history for some of it, the rest of this pass would be thrown away.
    if (may_end()) return {};
  }
  end_log(reader);
  result.snapshots.generation = generation_seen_;
  return {};
}

Status Replay::Pass::take(const LogRecord& record) {
  if (record.sequence != 0) result.last_sequence = record.sequence;
  switch (record.type) {
    case RecordType::kTick:
      if (!map_of(record).ours) return {};
      last_layout = record.layout_handle;
      if (auto done = source_moved(record.position, result.losses.lost_records()); !done) {
        return done;
      }
      take_tick(record);
      return {};
    case RecordType::kOperatorState:
      if (!map_of(record).ours) return {};
      last_layout = record.layout_handle;
      // The source may give the lost records again: ticks in this state would then count twice.
      if (!result.losses.refed_by_source()) {
        return take_state(record, result.losses.lost_records());
      }
      held_.push_back({record,
                       Bytes(record.state.begin(), record.state.end()),
                       {record.values.begin(), record.values.end()},
                       result.losses.lost_records()});
      return {};
    case RecordType::kPosition: return source_moved(record.position, result.losses.lost_records());
    default: return {};
  }
}

/// What tells where the source was lies behind the ticks and states before it, exactly.
Status Replay::Pass::source_moved(ByteView position, std::uint64_t lost_before) {
  // Where it was before: an open has gone on there, and what is in later states came again.
  const bool again = !position.empty() && std::ranges::equal(position, result.position);
  if (!position.empty()) result.position.assign(position.begin(), position.end());
  result.losses.source_went_on(lost_before, !result.position.empty());
  for (auto& held : std::exchange(held_, {})) {
    const auto& known = at(held.record.instrument);
    if (again && known && held.record.tick_number.ordinal > known->ordinal) continue;
    held.record.state = held.state;
    held.record.values = held.values;
    if (auto done = take_state(held.record, held.lost_before); !done) return done;
  }
  return {};
}

std::unique_ptr<Instrument>& Replay::Pass::at(InstrumentHandle handle) {
  auto& all = result.instruments;
  const auto count = std::max(all.size(), std::size_t{handle.index} + 1);
  if (count > awaited_.size()) {
    all.resize(count);
    awaited_.resize(count);
    without_value_.resize(count);
  }
  return all[handle.index];
}

void Replay::Pass::refuse_gap(std::uint64_t had, const LogRecord& record) {
  const auto& [ordinal, counted] = record.tick_number;
  const auto last_lost = record.type == RecordType::kTick ? ordinal - 1 : ordinal;
  result.corrupt.push_back({Damage::kCorrupt,
                            {},
                            0,
                            0,
                            0,
                            0,
                            "instrument " + std::string(record.instrument_id) + ": ticks " +
                                std::to_string(had + 1) + " to " + std::to_string(last_lost) +
                                (counted ? "" : ", or fewer,") + " are missing from the log"});
}

void Replay::Pass::note_gap(const LogRecord& record, std::uint64_t ticks) {
  result.losses.gap(record.instrument, {ticks, record.tick_number.counted}, result.last_sequence);
}

Status Replay::Pass::begin_with(const LogRecord& state) {
  auto made = std::make_unique<Instrument>(factors_.plan());
  const auto loaded = load_state(*made, state, map_of(state), result.last_sequence);
  if (!loaded) {
    // Its checksum holds and it is no state: in quarantine, as if it were not there.
    return on_corruption_ == OnCorruption::kRefuse ? loaded.error() : Status{};
  }
  if (loaded->cold > 0 && state.tick_number.ordinal > 0 && reach_ != Reach::kAll) {
    // A factor that this state does not know: the ticks before can fill it, if they are there.
    complete_ = false;
    return {};
  }
  at(state.instrument) = std::move(made);
  without_value_[state.instrument.index] =
      std::ranges::find(map_of(state).factors, kNoColumn) != map_of(state).factors.end();
  ++result.snapshots.from_last;
  return {};
}

Status Replay::Pass::take_state(const LogRecord& record, std::uint64_t lost_before) {
  auto& instrument = at(record.instrument);
  if (!instrument) {
    if (reach_ == Reach::kAll && record.tick_number.ordinal == 0) return {};
    auto done = begin_with(record);
    if (instrument) result.losses.seen(record.instrument, lost_before);
    return done;
  }
  const auto ordinal = record.tick_number.ordinal;
  if (ordinal < instrument->ordinal) return {};
  const auto missing = ordinal - instrument->ordinal;
  if (missing > 0 && on_corruption_ == OnCorruption::kRefuse) {
    refuse_gap(instrument->ordinal, record);
    return {};
  }
  deferred_.run(record.instrument);
  auto healed = catch_up(*instrument, record, map_of(record), result.last_sequence);
  if (missing > 0) note_gap(record, missing);
  result.losses.seen(record.instrument, lost_before);
  if (!healed && on_corruption_ == OnCorruption::kRefuse) return healed;
  return {};
}

void Replay::Pass::take_tick(const LogRecord& tick) {
  auto& instrument = at(tick.instrument);
  const auto& [ordinal, counted] = tick.tick_number;
  if (!instrument && ordinal != 1 && reach_ != Reach::kAll) {
    awaited_[tick.instrument.index] = true;  // its state comes later in this pass, or lies before
    return;
  }
  const auto had = instrument ? instrument->ordinal : 0;
  const bool gap = place_of(had, tick) == Applied::kGap;
  const auto missing = gap ? ordinal - 1 - had : 0;
  result.losses.in_channel(tick.instrument, missing, !tick.position.empty());
  // Without its first tick, a state or damage the log has been cut here: operators begin late.
  const bool cut = !instrument && result.losses.lost_records() == 0 && result.corrupt.empty();
  if (gap && !cut) {
    if (on_corruption_ == OnCorruption::kRefuse) return refuse_gap(had, tick);
    note_gap(tick, missing);
  }
  if (!instrument) {
    instrument = std::make_unique<Instrument>(factors_.plan());
    if (gap && cut) instrument->begin_late({missing, counted}, tick.sequence);
    ++result.snapshots.from_log;
  }
  if (!apply_or_defer(*instrument, tick)) return;
  without_value_[tick.instrument.index] = false;
  ++result.snapshots.ticks_replayed;
  result.losses.seen(tick.instrument, result.losses.lost_records());
}

/// False if the tick is in already.
bool Replay::Pass::apply_or_defer(Instrument& instrument, const LogRecord& tick) {
  const auto& map = map_of(tick);
  const auto place = place_of(instrument.ordinal, tick);
  const bool learns = !tick.tick_number.counted && instrument.graph.counted();
  if (place == Applied::kNext && map.qualities.empty() && !learns) {
    deferred_.add(tick.instrument, instrument, tick, fields_of(tick, map, scratch_));
    return true;
  }
  deferred_.run(tick.instrument);
  return apply(instrument, tick, map, scratch_) != Applied::kOld;
}

void Replay::Pass::end_log(const wal::LogReader& reader) {
  for (std::size_t i = 0; i < awaited_.size(); ++i) {
    complete_ = complete_ && !(awaited_[i] && !result.instruments[i]);
    // Its last tick, which lies before its state, can give it.
    complete_ = complete_ && !(without_value_[i] && reach_ != Reach::kAll);
  }
  result.losses.lose(reader.view().lost_behind(reader.last_sequence()));
  const auto& segments = reader.view().segments;
  if (!segments.empty() && !reader.view().clean()) {
    const auto& last = segments.back();
    unused_bytes_ = std::max(last.file_bytes, last.end) - last.end;
  }
  // What was damaged before may have held an instrument's state, of which nothing is known then.
  known_at_end_ = names_.instruments.size();
  if (reach_ != Reach::kAll && (!result.corrupt.empty() || result.losses.end_is_lost())) {
    for (std::uint32_t i = 0; i < known_at_end_; ++i) {
      complete_ = complete_ && at({i}) != nullptr;
    }
  }
  if (complete_) result.last_sequence = std::max(result.last_sequence, reader.view().known_end());
}

void Replay::Pass::settle() {
  deferred_.run_all();
  for (const auto& hit : result.losses.finish(known_at_end_, result.last_sequence)) {
    auto& instrument = at(hit.instrument);
    if (!instrument) instrument = std::make_unique<Instrument>(factors_.plan());
    instrument->skip(hit.loss, result.last_sequence);
  }
}

Replay::Replay(FileSystem& files, wal::NameTable& names, const FactorSet& factors,
               OnCorruption on_corruption)
    : files_(files),
      names_(names),
      factors_(factors),
      on_corruption_(on_corruption),
      pass_(std::make_unique<Pass>(names, factors, on_corruption, Pass::Reach::kAll)) {}
Replay::~Replay() = default;

Status Replay::read_log(const wal::LogView& view, const wal::SegmentContents& last_segment,
                        const TellLogProgress& progress) {
  const auto found = find_starts(view, last_segment);
  const auto first = view.manifest.segments.empty() ? 0 : view.manifest.segments.front().number;
  std::vector<wal::ReplayStart> starts;
  for (const auto& start : {found.last, found.before}) {
    if (start.segment != 0 && start.segment >= first) starts.push_back(start);
  }
  for (const auto& start : starts) {
    if (auto done = run_pass(view, start, progress); !done) return done;
    // What of names is damaged there stands at the segment's beginning as well.
    if (!pass_->result.corrupt.empty()) {
      if (auto done = run_pass(view, {start.segment}, progress); !done) return done;
    }
    if (!pass_->refused() && !pass_->complete()) continue;
    auto& use = pass_->result.snapshots;
    if (start == found.before) std::swap(use.from_last, use.from_previous);
    leave_log();
    return {};
  }
  if (auto done = run_pass(view, {}, progress); !done) return done;
  auto& use = pass_->result.snapshots;
  if (!starts.empty()) use.from_log += std::exchange(use.from_last, 0);
  leave_log();
  return {};
}

Status Replay::run_pass(const wal::LogView& view, const wal::ReplayStart& start,
                        const TellLogProgress& progress) {
  const auto reach = start.segment == 0 ? Pass::Reach::kAll : Pass::Reach::kGeneration;
  wal::LogReader reader(files_, view, names_, start);
  pass_ = std::make_unique<Pass>(names_, factors_, on_corruption_, reach);
  PassProgress told(progress, view, start);
  return pass_->run(reader, told);
}

void Replay::leave_log() {
  const auto* layout = names_.layouts.get(pass_->last_layout.index);
  pass_->result.back_filled = new_factors(layout, factors_);
  pass_->leave_log();
}

void Replay::lost_at_end(std::uint64_t records) {
  pass_->result.losses.lost_behind_source(records);
}
void Replay::given_up(std::uint64_t records) { pass_->result.losses.lose(records); }
Status Replay::take(const LogRecord& record) { return pass_->take(record); }
void Replay::settle() { pass_->settle(); }
Replayed& Replay::result() noexcept { return pass_->result; }

}  // namespace factorwal::recovery
