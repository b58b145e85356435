#include "history/as_of.h"

#include <algorithm>
#include <deque>
#include <map>

#include "factorwal/operators/missing.h"
#include "graph/state_records.h"
#include "recovery/loss_ledger.h"
#include "wal/reading/log_reader.h"

namespace factorwal::history {
namespace {

Error not_found(std::string what) { return Error{Errc::kNotFound, std::move(what), 0}; }

/// What the log has of one instrument up to a sequence.
struct Outline {
  struct State {
    std::uint64_t segment = 0;
    std::uint64_t ordinal = 0;
    std::map<StateIdentity, std::size_t> nodes;  // bytes of each
  };
  std::optional<InstrumentHandle> instrument;
  Sequence first_tick = 0;  ///< even above the sequence
  std::vector<State> states;
  LayoutHandle layout;         ///< of the last tick
  InputTick last;              ///< its fields in the layout's order
  std::vector<double> logged;  ///< its factor values
  std::deque<std::pair<LayoutHandle, InputTick>> ticks;
  std::vector<Finding> findings;
  bool may_lack_ticks = false;  ///< see AsOf
};

InputTick copy_of(const LogRecord& record) {
  return {record.sequence,
          record.tick_number,
          record.timestamp_ns,
          {record.fields.begin(), record.fields.end()}};
}

Result<Outline> find_outline(FileSystem& files, const wal::LogView& view, wal::NameTable& names,
                             const AsOfRequest& request) {
  Outline outline;
  wal::LogReader reader(files, view, names);
  LogRecord record;
  recovery::LossLedger losses;
  Sequence reached = 0;
  std::uint64_t next_ordinal = 0;
  bool above = false;
  for (;;) {
    const auto found = reader.next(record);
    if (!found) return found.error();
    if (!*found) break;
    if (!above && record.sequence > request.sequence) {
      above = true;
      losses.lose(request.sequence - reached);
    }
    if (!above && record.sequence > 0) {
      reached = record.sequence;
      losses.lost_so_far(reader.lost_records());
    }
    // Where records are lost between its last tick and there, its next one tells whether of it.
    if (above && outline.instrument && losses.lost_since_seen(*outline.instrument) == 0) break;
    if (record.instrument_id != request.instrument) continue;
    if (record.type == RecordType::kTick) {
      if (outline.first_tick == 0) outline.first_tick = record.sequence;
      next_ordinal = record.tick_number.ordinal;
      if (above) break;
      losses.seen(record.instrument, losses.lost_records());
      outline.instrument = record.instrument;
      outline.layout = record.layout_handle;
      outline.last = copy_of(record);
      outline.logged.assign(record.values.begin(), record.values.end());
      if (request.tick_count == 0) continue;
      if (outline.ticks.size() == request.tick_count) outline.ticks.pop_front();
      outline.ticks.emplace_back(record.layout_handle, outline.last);
    } else if (record.type == RecordType::kOperatorState && !above) {
      // It lies behind its tick.
      const auto records = graph::parse_state_records(record.state);
      if (!records) return records.error();
      Outline::State state{reader.state_segment(), record.tick_number.ordinal, {}};
      for (const auto& [identity, saved] : records->states) {
        state.nodes.emplace(identity, saved.bytes.size());
      }
      outline.states.push_back(std::move(state));
    }
  }
  outline.findings = reader.findings();
  if (!above) losses.lose(request.sequence - reached);
  if (!outline.instrument) return outline;
  const bool follows = next_ordinal == outline.last.tick_number.ordinal + 1;
  outline.may_lack_ticks = !follows && losses.lost_since_seen(*outline.instrument) > 0;
  return outline;
}

Result<FactorSet> wanted_factors(const TickLayout& layout, const AsOfRequest& request) {
  if (request.factor_text) {
    auto schema = TickSchema::make(layout.fields);
    if (!schema) return schema.error();
    return FactorSet::parse(*request.factor_text, *schema, request.factor_origin, request.options);
  }
  if (layout.factor_text.empty()) {
    return Error{Errc::kInvalidArgument,
                 "instrument " + request.instrument + ": the operators behind sequence " +
                     std::to_string(request.sequence) +
                     " were registered by hand, so that the log does not say what they compute; "
                     "--factors FILE computes others over its ticks",
                 0};
  }
  return recovery::factors_of(layout, request.options);
}

/// Whether so many bytes are all of a state. A ring may be shorter where it was saved: no window
/// needed more there.
bool suffices(const graph::StateNode& node, std::size_t bytes, std::uint64_t ticks) {
  return node.form != graph::StateNode::Form::kRing ||
         bytes / sizeof(double) >= std::min<std::uint64_t>(ticks, node.series->slots - 1);
}

/// The latest segment from which every node can be had; 0, the log's beginning, when there is none.
std::uint64_t start_of(const Outline& outline, const FactorSet& factors) {
  for (auto state = outline.states.rbegin(); state != outline.states.rend(); ++state) {
    // The last tick itself is to be computed, or nodes without state would have no value.
    if (state->ordinal >= outline.last.tick_number.ordinal) continue;
    const bool complete = std::ranges::all_of(factors.plan()->states(), [&](const auto& node) {
      const auto saved = state->nodes.find(node.identity);
      return node.state_bytes == 0 ||
             (saved != state->nodes.end() && suffices(node, saved->second, state->ordinal));
    });
    if (complete) return state->segment;
  }
  return 0;
}

/// In the order of the factor set's schema.
std::vector<double> arranged(const std::vector<double>& fields, const recovery::LayoutMap& map) {
  std::vector<double> result;
  for (const auto column : map.fields) {
    result.push_back(column == recovery::kNoColumn ? kMissing : fields[column]);
  }
  return result;
}

}  // namespace

RetainedRange retained_range(const wal::LogView& view) {
  if (view.segments.empty() || view.last_sequence == 0) return {};
  for (const auto& segment : view.segments) {
    if (segment.header_ok) return {segment.header.first_sequence, view.last_sequence};
  }
  return {1, view.last_sequence};
}

Status check_retained(const wal::LogView& view, Sequence sequence) {
  const auto range = retained_range(view);
  if (range.last == 0) return not_found(view.directory + ": the log holds no records");
  const bool early = sequence < range.first;
  if (!early && sequence <= range.last) return {};
  return not_found(view.directory + ": sequence " + std::to_string(sequence) +
                   (early ? " is not retained" : " is not reached") + ": the log holds " +
                   std::to_string(range.first) + " to " + std::to_string(range.last));
}

Result<AsOf> rebuild_as_of(FileSystem& files, const wal::LogView& view, wal::NameTable& names,
                           const AsOfRequest& request) {
  if (auto there = check_retained(view, request.sequence); !there) return there.error();
  auto outline = find_outline(files, view, names, request);
  if (!outline) return outline.error();
  if (outline->last.sequence == 0) {
    return not_found("instrument " + request.instrument + ": " +
                     (outline->first_tick == 0
                          ? std::string("the log holds no tick of it")
                          : "its first tick in the log is sequence " +
                                std::to_string(outline->first_tick) + ", above " +
                                std::to_string(request.sequence)));
  }
  auto factors = wanted_factors(*names.layouts.get(outline->layout.index), request);
  if (!factors) return factors.error();
  AsOf result{
      GraphReplay(*factors),        outline->last.sequence, outline->last.timestamp_ns, 0, {}, {},
      std::move(outline->findings), outline->may_lack_ticks};
  if (!request.factor_text) result.logged = std::move(outline->logged);
  recovery::LayoutMaps maps(names, *factors);
  for (const auto& [layout, tick] : outline->ticks) {
    result.ticks.push_back(tick);
    result.ticks.back().fields = arranged(tick.fields, maps.of(layout));
  }
  // Operators registered by hand count their ticks on their own.
  const bool ours = maps.of(outline->layout).ours;
  // Names of its own: what the first pass could not read for want of a definition stays lost.
  wal::NameTable known;
  wal::LogReader reader(files, view, known, {start_of(*outline, *factors)});
  LogRecord record;
  Sequence last_sequence = 0;
  for (;;) {
    const auto found = reader.next(record);
    if (!found) return found.error();
    if (!*found || record.sequence > outline->last.sequence) break;
    if (record.sequence > 0) last_sequence = record.sequence;
    if (!(record.instrument == *outline->instrument)) continue;
    if (record.type == RecordType::kTick && maps.of(record.layout_handle).ours == ours) {
      const auto step = result.replay.tick(record, maps.of(record.layout_handle));
      if (step == GraphReplay::Step::kApplied) ++result.ticks_replayed;
    } else if (record.type == RecordType::kOperatorState && ours &&
               maps.of(record.layout_handle).ours &&
               (record.tick_number.ordinal < outline->last.tick_number.ordinal ||
                !result.replay.started())) {
      if (auto loaded = result.replay.state(record, maps.of(record.layout_handle), last_sequence);
          !loaded)
        return loaded.error();
    }
  }
  if (!result.replay.started()) {
    return not_found("instrument " + request.instrument + ": its state as of sequence " +
                     std::to_string(request.sequence) +
                     " cannot be rebuilt: its first ticks are not retained, and no saved state of "
                     "it lies between sequences " +
                     std::to_string(retained_range(view).first) + " and " +
                     std::to_string(request.sequence));
  }
  return result;
}

}  // namespace factorwal::history
