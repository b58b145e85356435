#include "graph/instrument_graph.h"

#include <algorithm>
#include <bit>
#include <cstring>
#include <limits>

#include "base/check.h"
#include "base/floating_point_guard.h"
#include "factorwal/operators/missing.h"
#include "graph/state_records.h"

namespace factorwal::graph {

using operators::at;
using operators::BlockHeader;
using operators::kFirstTick;
using operators::tick_of;

InstrumentGraph::InstrumentGraph(std::shared_ptr<const Plan> plan) : plan_(std::move(plan)) {
  const auto fresh = plan_->fresh_block();
  block_.reset(static_cast<std::byte*>(
      ::operator new[](fresh.size(), std::align_val_t{operators::kCacheLineBytes})));
  std::memcpy(block_.get(), fresh.data(), fresh.size());
  for (const auto& prototype : plan_->prototypes()) objects_.push_back(prototype->clone_fresh());
  for (const auto& step : plan_->steps()) {
    if (step.object == operators::kNoObject) continue;
    at<IncrementalOperator*>(block_.get(), step.state) = objects_[step.object].get();
  }
}

void InstrumentGraph::evaluate_as(std::span<const double> fields,
                                  std::span<const Quality> qualities, Sequence sequence,
                                  std::span<double> outputs) noexcept {
  FACTORWAL_CHECK(fields.size() == plan_->field_count());
  FACTORWAL_CHECK(outputs.size() == plan_->factor_count());
  std::byte* const block = block_.get();
  auto& header = at<BlockHeader>(block, 0);
  const auto tick = ++header.tick;
  for (const FieldLoad& load : plan_->field_loads()) {
    double value = fields[load.column];
    if (!is_present(value)) [[unlikely]] {
      header.unsteady = tick;
      value = kMissing;
    }
    at<double>(block, load.value) = value;
  }
  if (doubtful_ || !qualities.empty()) [[unlikely]] {
    run_doubtful_steps(qualities, sequence);
    const auto& slots = plan_->factor_slots();
    for (std::size_t i = 0; i < outputs.size(); ++i) {
      outputs[i] = qualities_[slots[i]] == Quality::kHit ? kMissing : value(slots[i]);
    }
    return;
  }
  const bool steady = tick - header.unsteady > plan_->steady_after();
  for (const auto& run : steady ? plan_->steady_runs() : plan_->runs()) {
    run.kernel(run.first, run.last, block);
  }
  // Values are copied one by one: a wider load would wait for the stores that kernels have just
  // made.
  const auto* value = plan_->factor_values().data();
#pragma GCC unroll 4
  for (double& output : outputs) output = at<double>(block, *value++);
}

void InstrumentGraph::run_doubtful_steps(std::span<const Quality> qualities,
                                         Sequence sequence) noexcept {
  make_room_for_doubts();
  for (const FieldLoad& load : plan_->field_loads()) {
    qualities_[load.slot] = qualities.empty() ? Quality::kExact : qualities[load.column];
  }
  for (std::size_t i = 0; i < plan_->steps().size(); ++i) {
    const auto& step = plan_->steps()[i];
    step.kernel.any(&step, &step + 1, block_.get());
    const auto& sources = plan_->sources()[i];
    const auto result = update_doubts(sources, sequence);
    std::fill_n(qualities_.begin() + sources.out, sources.output_count, result);
  }
  note_doubts();
}

Quality InstrumentGraph::update_doubts(const StepSources& sources, Sequence sequence) noexcept {
  auto result = Quality::kExact;
  for (const auto input : sources.inputs) result = std::max(result, qualities_[input]);
  if (sources.state) {
    const auto& state = plan_->states()[*sources.state];
    auto& doubt = doubts_[*sources.state];
    if (state.form == StateNode::Form::kRing) {
      update_ring_doubt(state, doubt, result, sequence);
    } else {
      update_own_doubt(state, doubt, result, sequence);
    }
    result = std::max(result, doubt.quality);
  }
  for (const auto& look : sources.looks) {
    const auto& doubt = doubts_[look.state];
    if (doubt.exact_updates < look.slots) result = std::max(result, doubt.quality);
  }
  return result;
}

void InstrumentGraph::update_ring_doubt(const StateNode& state, Doubt& doubt, Quality input,
                                        Sequence sequence) noexcept {
  if (input != Quality::kExact) {
    if (doubt.quality == Quality::kExact) doubt.since = sequence;
    doubt.quality = std::max(doubt.quality, input);
    doubt.exact_updates = 0;
  } else if (doubt.quality != Quality::kExact && ++doubt.exact_updates >= state.series->slots) {
    doubt = {};
  }
}

void InstrumentGraph::update_own_doubt(const StateNode& state, Doubt& doubt, Quality input,
                                       Sequence sequence) noexcept {
  // Without the count nothing becomes exact; what is hit becomes approximate.
  const auto best = counted_ ? Quality::kExact : Quality::kApproximate;
  if (input > std::min(best, doubt.quality)) {
    if (doubt.quality == Quality::kExact) doubt.since = sequence;
    doubt.quality = std::max(doubt.quality, input);
    doubt.exact_updates = 0;
  } else if (doubt.quality > best && state.form == StateNode::Form::kObject) {
    const auto memory = objects_[state.object]->memory();
    // After `memory` of them the state is exact; that update's output still came from the state
    // before it, as a delay's does.
    if (memory && ++doubt.exact_updates > *memory) doubt = {best, 0, counted_ ? 0 : doubt.since};
  }
}

void InstrumentGraph::skip(std::uint64_t count, Sequence sequence, bool counted) {
  const FloatingPointGuard guard;
  counted_ = counted_ && counted;
  // Where nobody counted, what each would add means nothing.
  count = std::min(count, counted ? distinct_losses() : 1);
  const auto fields = plan_->field_count();
  const std::vector<double> nothing(fields, kMissing);
  const std::vector<Quality> lost(fields, Quality::kHit);
  std::vector<double> outputs(plan_->factor_count());
  for (; count > 0; --count) evaluate_as(nothing, lost, sequence, outputs);
}

std::uint64_t InstrumentGraph::distinct_losses() const noexcept {
  if (!objects_.empty()) return std::numeric_limits<std::uint64_t>::max();  // these may count them
  std::uint64_t longest = 1;
  for (const auto& state : plan_->states()) {
    if (state.form != StateNode::Form::kRing) continue;
    longest = std::max<std::uint64_t>(longest, state.series->slots);
  }
  return longest;
}

std::uint64_t InstrumentGraph::ticks_seen() const noexcept {
  return tick_of(block_.get()) - kFirstTick;
}

ByteView InstrumentGraph::saved_bytes(const StateNode& state, std::uint64_t ticks,
                                      Bytes& room) const {
  std::byte* const block = block_.get();
  room.clear();
  switch (state.form) {
    case StateNode::Form::kState: return {block + state.state, state.state_bytes};
    case StateNode::Form::kObject: save_state(*objects_[state.object], room); break;
    case StateNode::Form::kRing: {
      const auto& ring = state.series->ring;
      const auto count = std::min<std::uint64_t>(ticks, state.series->slots - 1);
      const auto first = (tick_of(block) - count + 1) & ring.mask;
      const auto to_end = std::min<std::uint64_t>(count, ring.mask + 1 - first);
      room.resize(count * sizeof(double));
      if (count == 0) break;
      std::memcpy(room.data(), &ring.slot(block, first), to_end * sizeof(double));
      std::memcpy(room.data() + to_end * sizeof(double), &ring.slot(block, 0),
                  (count - to_end) * sizeof(double));
      break;
    }
  }
  return room;
}

void InstrumentGraph::save(std::vector<std::byte>& out) const {
  Bytes room;
  for (std::size_t i = 0; i < plan_->states().size(); ++i) {
    const auto& state = plan_->states()[i];
    if (state.state_bytes == 0) continue;
    append_state_record(state.identity, saved_bytes(state, ticks_seen(), room), out,
                        doubtful_ ? doubts_[i] : Doubt{});
  }
  if (!counted_) append_uncounted_mark(out);
}

namespace {

Error unsound(const StateNode& state) {
  return Error{Errc::kCorruption, "state of " + state.text + " cannot have been saved by it", 0};
}

std::uint64_t value_count(const SavedState& saved) { return saved.bytes.size() / sizeof(double); }

}  // namespace

Status InstrumentGraph::check_bytes(const StateNode& state, ByteView bytes) const {
  if (state.form == StateNode::Form::kRing) {
    Cursor values(bytes);
    while (values.remaining() >= sizeof(double)) {
      const auto value = values.get<double>();
      const auto bits = std::bit_cast<std::uint64_t>(value);
      if (!is_present(value) && bits != detail::kMissingBits) return unsound(state);
    }
    return values.remaining() == 0 ? Status{} : unsound(state);
  }
  if (bytes.size() != state.state_bytes) {
    return Error{Errc::kCorruption,
                 "state of " + state.text + " has " + std::to_string(bytes.size()) +
                     " bytes instead of " + std::to_string(state.state_bytes),
                 0};
  }
  if (state.form == StateNode::Form::kObject || state.call->kind->sound == nullptr) return {};
  alignas(operators::kCacheLineBytes) std::byte copy[operators::kStateBytesMax];
  std::memcpy(copy, bytes.data(), bytes.size());
  return state.call->kind->sound(state.call->numbers, copy) ? Status{} : unsound(state);
}

// A longer ring's newest values are ours.
void InstrumentGraph::load_ring(const StateNode& state, ByteView bytes) {
  std::byte* const block = block_.get();
  const auto tick = tick_of(block);
  const auto& ring = state.series->ring;
  const auto count = bytes.size() / sizeof(double);
  for (std::uint64_t age = 0; age < state.series->slots; ++age) {
    ring.slot(block, tick - age) =
        age < count ? factorwal::load<double>(bytes.data() + (count - 1 - age) * sizeof(double))
                    : kMissing;
  }
}

// Sums and the like are of the values before: they make themselves anew at the next tick.
void InstrumentGraph::forget_derived() noexcept {
  auto& header = at<BlockHeader>(block_.get(), 0);
  header.unsteady = header.tick;
  const auto fresh = plan_->fresh_block();
  for (const auto& [begin, end] : plan_->derived()) {
    std::memcpy(block_.get() + begin, fresh.data() + begin, end - begin);
  }
}

Status InstrumentGraph::load_bytes(const StateNode& state, ByteView bytes) {
  if (Status sound = check_bytes(state, bytes); !sound) return sound;
  switch (state.form) {
    case StateNode::Form::kRing: load_ring(state, bytes); return {};
    case StateNode::Form::kObject: return load_state(*objects_[state.object], bytes);
    case StateNode::Form::kState: break;
  }
  std::memcpy(block_.get() + state.state, bytes.data(), bytes.size());
  return {};
}

void InstrumentGraph::save_plain(std::vector<std::byte>& out) const {
  Bytes room;
  for (const auto& state : plan_->states()) {
    put_bytes(out, saved_bytes(state, std::numeric_limits<std::uint64_t>::max(), room));
  }
}

Status InstrumentGraph::load_plain(std::span<const std::byte> bytes) {
  Cursor check(bytes);
  for (const auto& state : plan_->states()) {
    if (Status sound = check_bytes(state, check.bytes(state.state_bytes)); !sound) return sound;
  }
  Cursor cursor(bytes);
  for (const auto& state : plan_->states()) {
    if (Status loaded = load_bytes(state, cursor.bytes(state.state_bytes)); !loaded) return loaded;
  }
  forget_derived();
  return {};
}

// Of a ring that was shorter where it was saved, only so many of the newest values are known.
Doubt InstrumentGraph::doubt_of(const StateNode& state, const SavedState& saved,
                                std::uint64_t tick_count, Sequence sequence) const {
  if (state.form != StateNode::Form::kRing) return saved.doubt;
  const auto count = value_count(saved);
  if (count >= std::min<std::uint64_t>(tick_count, state.series->slots - 1)) return saved.doubt;
  if (saved.doubt.quality == Quality::kExact) return {Quality::kApproximate, count, sequence};
  return {saved.doubt.quality, std::min(saved.doubt.exact_updates, count), saved.doubt.since};
}

Result<LoadReport> InstrumentGraph::load(std::span<const std::byte> bytes, std::uint64_t tick_count,
                                         Sequence sequence) {
  auto records = parse_state_records(bytes);
  if (!records) return std::move(records).error();
  LoadReport report;
  counted_ = records->counted;
  doubts_.clear();
  make_room_for_doubts();
  const auto& states = plan_->states();
  auto ticks = tick_count;
  std::size_t found = 0;
  for (const auto& state : states) {
    const auto record = records->states.find(state.identity);
    if (record == records->states.end() || state.form != StateNode::Form::kRing) continue;
    ticks = std::max(ticks, value_count(record->second));
  }
  at<BlockHeader>(block_.get(), 0).tick = kFirstTick + ticks;
  for (std::size_t i = 0; i < states.size(); ++i) {
    const auto& state = states[i];
    if (state.state_bytes == 0) continue;
    const auto record = records->states.find(state.identity);
    if (record == records->states.end()) {
      ++report.cold;
      if (tick_count > 0) doubts_[i] = {Quality::kApproximate, 0, sequence};
      begin_late(state, tick_count);
      continue;
    }
    ++found;
    if (Status loaded = load_bytes(state, record->second.bytes); !loaded) {
      return std::move(loaded).error();
    }
    doubts_[i] = doubt_of(state, record->second, tick_count, sequence);
    if (doubts_[i] == record->second.doubt) {
      ++report.loaded;
    } else {
      ++report.cold;
    }
  }
  forget_derived();
  note_doubts();
  report.unused = records->states.size() - found;
  return report;
}

// A user's operator that remembers finitely many updates may count them: it is made to count those
// that it has not seen. Beyond twice its memory the count matters only modulo that.
void InstrumentGraph::begin_late(const StateNode& state, std::uint64_t tick_count) {
  if (state.form != StateNode::Form::kObject) return;
  auto& op = *objects_[state.object];
  const auto memory = op.memory();
  if (!memory || *memory == 0) return;
  const auto count = tick_count < 2 * *memory ? tick_count : *memory + tick_count % *memory;
  const FloatingPointGuard guard;
  const std::vector<double> nothing(op.default_inputs().size(), kMissing);
  std::vector<double> outputs(op.output_count());
  for (std::uint64_t i = 0; i < count; ++i) op.update(nothing, outputs);
}

Status InstrumentGraph::heal(std::span<const std::byte> bytes) {
  auto records = parse_state_records(bytes);
  if (!records) return std::move(records).error();
  counted_ = counted_ && records->counted;
  for (std::size_t i = 0; i < plan_->states().size() && doubtful_; ++i) {
    if (doubts_[i].quality == Quality::kExact) continue;
    const auto& state = plan_->states()[i];
    const auto record = records->states.find(state.identity);
    if (record == records->states.end()) continue;
    const auto doubt = doubt_of(state, record->second, ticks_seen(), doubts_[i].since);
    if (is_worse(doubt, doubts_[i])) continue;
    if (Status loaded = load_bytes(state, record->second.bytes); !loaded) {
      return std::move(loaded).error();
    }
    doubts_[i] = doubt;
  }
  forget_derived();
  note_doubts();
  return {};
}

Status InstrumentGraph::share_doubts(std::span<const std::byte> bytes) {
  auto records = parse_state_records(bytes);
  if (!records) return std::move(records).error();
  counted_ = counted_ && records->counted;
  make_room_for_doubts();
  for (std::size_t i = 0; i < plan_->states().size(); ++i) {
    const auto record = records->states.find(plan_->states()[i].identity);
    if (record == records->states.end()) continue;
    doubts_[i] = worst_of(doubts_[i], record->second.doubt);
  }
  note_doubts();
  return {};
}

void InstrumentGraph::make_room_for_doubts() {
  qualities_.resize(plan_->slot_count());
  doubts_.resize(plan_->states().size());
}

void InstrumentGraph::note_doubts() noexcept {
  doubtful_ = std::ranges::any_of(
      doubts_, [](const Doubt& doubt) { return doubt.quality != Quality::kExact; });
}

// Walks from the slot to the states that it depends on.
Quality InstrumentGraph::slot_quality(Slot slot, Sequence* since) const {
  if (since != nullptr) *since = 0;
  if (!doubtful_) return Quality::kExact;
  std::vector<bool> needed(plan_->slot_count());
  needed[slot] = true;
  auto worst = Quality::kExact;
  const auto take = [&](const Doubt& doubt) {
    if (doubt.quality <= worst) return;
    worst = doubt.quality;
    if (since != nullptr) *since = doubt.since;
  };
  const auto& all = plan_->sources();
  for (auto sources = all.rbegin(); sources != all.rend(); ++sources) {
    const auto outputs = needed.begin() + sources->out;
    if (std::none_of(outputs, outputs + sources->output_count, [](bool is) { return is; }))
      continue;
    for (const auto input : sources->inputs) needed[input] = true;
    if (sources->state) take(doubts_[*sources->state]);
    for (const auto& look : sources->looks) {
      const auto& doubt = doubts_[look.state];
      if (doubt.exact_updates < look.slots) take(doubt);
    }
  }
  return worst;
}

void InstrumentGraph::prefetch_state() const noexcept {
  std::byte* const block = block_.get();
  for (std::size_t i = 0; i < plan_->hot_bytes(); i += operators::kCacheLineBytes) {
    __builtin_prefetch(block + i, 1);
  }
  for (const auto offset : plan_->derived_looks()) __builtin_prefetch(block + offset, 1);
}

void InstrumentGraph::prefetch_history() const noexcept {
  std::byte* const block = block_.get();
  const auto next = tick_of(block) + 1;
  for (const auto& [ring, age] : plan_->ring_looks()) {
    __builtin_prefetch(&ring.slot(block, next - age), 1);
  }
}

}  // namespace factorwal::graph
