#include "history/recomputation.h"

#include <bit>

#include "factorwal/tick.h"

namespace factorwal::history {

void Recomputation::add_layout(std::uint32_t index, const TickLayout& layout) {
  if (index >= layouts_.size()) layouts_.resize(std::size_t{index} + 1);
  auto& known = layouts_[index];
  if (known.known) return;
  known.known = true;
  known.layout = layout;
  if (layout.factor_text.empty()) {
    unknown_.push_back({"its operators were registered by hand", layout.factors});
    return;
  }
  if (!recovery::same_arithmetic(layout)) {
    unknown_.push_back(
        {"an earlier release computed its values, and their last bits differ", layout.factors});
    return;
  }
  auto set = recovery::factors_of(layout);
  if (!set) {
    unknown_.push_back({set.error().message, layout.factors});
    return;
  }
  if (set->names() != layout.factors) {
    unknown_.push_back({"its text does not give the factors that were logged", layout.factors});
    return;
  }
  known.set = sets_.size();
  sets_.push_back(std::move(*set));
}

const recovery::LayoutMap& Recomputation::map_of(Layout& layout, std::size_t set) {
  while (layout.maps.size() <= set) {
    layout.maps.push_back(recovery::map_layout(layout.layout, sets_[layout.maps.size()]));
  }
  return layout.maps[set];
}

std::vector<GraphReplay>& Recomputation::at(InstrumentHandle instrument) {
  if (instrument.index >= replays_.size()) replays_.resize(std::size_t{instrument.index} + 1);
  auto& replays = replays_[instrument.index];
  while (replays.size() < sets_.size()) replays.emplace_back(sets_[replays.size()]);
  return replays;
}

Status Recomputation::take(const LogRecord& record) {
  if (record.sequence > 0) last_sequence_ = record.sequence;
  if (record.type != RecordType::kTick && record.type != RecordType::kOperatorState) return {};
  add_layout(record.layout_handle.index, *record.layout);
  const bool foreign = layouts_[record.layout_handle.index].layout.factor_text.empty();
  if (record.type == RecordType::kOperatorState) return foreign ? Status{} : take_state(record);
  if (foreign) {
    ++counts_.foreign_ticks;
  } else {
    take_tick(record);
  }
  return {};
}

void Recomputation::take_tick(const LogRecord& record) {
  auto& layout = layouts_[record.layout_handle.index];
  if (layout.set == kNoSet) {
    ++counts_.foreign_ticks;  // its ticks count for the other sets nevertheless
  } else {
    ++counts_.ticks;
  }
  auto& replays = at(record.instrument);
  for (std::size_t set = 0; set < replays.size(); ++set) {
    auto& replay = replays[set];
    const auto step = replay.tick(record, map_of(layout, set));
    if (set != layout.set) continue;
    if (step != GraphReplay::Step::kApplied) {
      counts_.values_unknown += record.values.size();
      continue;
    }
    const bool doubtful = replay.doubtful();
    for (std::size_t i = 0; i < record.values.size(); ++i) {
      if (doubtful && !replay.exact(i)) {
        ++counts_.values_unknown;
        continue;
      }
      ++counts_.values_compared;
      const double computed = replay.values()[i];
      if (std::bit_cast<std::uint64_t>(computed) == std::bit_cast<std::uint64_t>(record.values[i]))
        continue;
      ++counts_.mismatches;
      sink_({std::string(record.instrument_id), layout.layout.factors[i], record.sequence,
             record.tick_number, record.values[i], computed, false});
    }
  }
}

Status Recomputation::take_state(const LogRecord& record) {
  auto& layout = layouts_[record.layout_handle.index];
  auto& replays = at(record.instrument);
  for (std::size_t set = 0; set < replays.size(); ++set) {
    auto& replay = replays[set];
    if (set == layout.set) {
      const auto different = replay.compare(record, counts_.states_compared);
      if (!different) return different.error();
      for (const auto node : *different) {
        ++counts_.mismatches;
        ValueMismatch found;
        found.instrument_id = record.instrument_id;
        found.tick_number = record.tick_number;
        found.is_state = true;
        found.factor = replay.factors().plan()->states()[node].text;
        sink_(found);
      }
    }
    if (auto done = replay.state(record, map_of(layout, set), last_sequence_); !done) return done;
    // The values behind it were logged by an engine that knew no better than its state: damage that
    // it met may not be there any more.
    if (auto done = replay.share_doubts(record); !done) return done;
  }
  return {};
}

}  // namespace factorwal::history
