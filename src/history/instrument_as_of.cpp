#include <algorithm>
#include <unordered_map>

#include "factorwal/as_of.h"
#include "graph/state_identity.h"
#include "history/as_of.h"

namespace factorwal {

InstrumentAsOf::InstrumentAsOf(std::unique_ptr<history::AsOf> found) : found_(std::move(found)) {}
InstrumentAsOf::InstrumentAsOf(InstrumentAsOf&&) noexcept = default;
InstrumentAsOf& InstrumentAsOf::operator=(InstrumentAsOf&&) noexcept = default;
InstrumentAsOf::~InstrumentAsOf() = default;

Sequence InstrumentAsOf::sequence() const noexcept { return found_->sequence; }

TickNumber InstrumentAsOf::tick_number() const noexcept { return found_->replay.tick_number(); }

TimestampNs InstrumentAsOf::timestamp_ns() const noexcept { return found_->timestamp_ns; }

const FactorSet& InstrumentAsOf::factors() const noexcept { return found_->replay.factors(); }

double InstrumentAsOf::value(std::size_t factor) const {
  return found_->ticks_replayed == 0 && factor < found_->logged.size()
             ? found_->logged[factor]
             : found_->replay.values()[factor];
}

bool InstrumentAsOf::exact(std::size_t factor) const { return found_->exact(factor); }

bool InstrumentAsOf::doubtful() const { return found_->doubtful(); }

bool InstrumentAsOf::may_lack_ticks() const noexcept { return found_->may_lack_ticks; }

std::uint64_t InstrumentAsOf::ticks_replayed() const noexcept { return found_->ticks_replayed; }

std::span<const InputTick> InstrumentAsOf::ticks() const noexcept { return found_->ticks; }

const std::vector<Finding>& InstrumentAsOf::findings() const noexcept { return found_->findings; }

std::vector<OperatorState> InstrumentAsOf::operator_states() {
  const auto& plan = *found_->replay.factors().plan();
  std::vector<OperatorState> result;
  for (const auto& saved : found_->replay.node_states()) {
    const auto& state = plan.states()[saved.node];
    result.push_back({state.text, state.identity, graph::identity_of(as_text(saved.bytes)),
                      saved.bytes.size(), found_->replay.graph().value(state.slot), saved.exact});
  }
  return result;
}

namespace {

const graph::NodeDescription& node_at(const graph::Plan& plan, graph::Slot slot) {
  const auto& nodes = plan.nodes();
  const auto after =
      std::upper_bound(nodes.begin(), nodes.end(), slot,
                       [](graph::Slot at, const auto& node) { return at < node.slot; });
  return *std::prev(after);
}

/// How many of the last ticks a value can depend on; nothing when on all of them.
std::optional<std::uint64_t> memory_of(const graph::Plan& plan, graph::Slot slot) {
  // Inputs come before what reads them, so that a node that many read is looked at once.
  std::unordered_map<graph::Slot, std::optional<std::uint64_t>> known;
  const auto& last = node_at(plan, slot);
  for (const auto& node : plan.nodes()) {
    std::optional<std::uint64_t> below = 1;
    for (const auto input : node.inputs) {
      const auto& memory = known.at(node_at(plan, input).slot);
      below = below && memory ? std::optional(std::max(*below, *memory)) : std::nullopt;
    }
    if (below && node.earlier_ticks) {
      *below += *node.earlier_ticks;
    } else {
      below.reset();
    }
    known[node.slot] = below;
    if (node.slot == last.slot) break;
  }
  return known.at(last.slot);
}

class Explainer {
 public:
  explicit Explainer(const graph::InstrumentGraph& graph) : graph_(graph), plan_(graph.plan()) {}

  /// Depth first, without recursion: a factor may be thousands of steps deep.
  Explanation run(graph::Slot root) {
    struct Edge {
      graph::Slot slot = 0;
      std::size_t reader = 0;  // place in nodes
      std::size_t input = 0;   // of it
    };
    std::unordered_map<graph::Slot, std::size_t> places;
    std::vector<Edge> open{{root, kNoReader, 0}};
    while (!open.empty()) {
      const auto edge = open.back();
      open.pop_back();
      const auto [known, is_new] = places.emplace(edge.slot, result_.nodes.size());
      if (edge.reader != kNoReader) result_.nodes[edge.reader].inputs[edge.input] = known->second;
      if (!is_new) continue;
      const auto& inputs = add(edge.slot);
      for (std::size_t i = inputs.size(); i-- > 0;) open.push_back({inputs[i], known->second, i});
    }
    std::ranges::sort(result_.fields);
    result_.memory = memory_of(plan_, root);
    return std::move(result_);
  }

 private:
  static constexpr auto kNoReader = static_cast<std::size_t>(-1);

  const std::vector<graph::Slot>& add(graph::Slot slot) {
    const auto& node = node_at(plan_, slot);
    const bool first = slot == node.slot;
    result_.nodes.push_back({slot,
                             first ? node.text : node.text + "." + std::to_string(slot - node.slot),
                             graph_.value(slot), graph_.slot_quality(slot) == Quality::kExact,
                             std::vector<std::size_t>(node.inputs.size())});
    for (const auto& load : plan_.field_loads()) {
      if (load.slot == slot) result_.fields.push_back(load.column);
    }
    return node.inputs;
  }

  const graph::InstrumentGraph& graph_;
  const graph::Plan& plan_;
  Explanation result_;
};

}  // namespace

Explanation InstrumentAsOf::explain(std::size_t factor) const {
  const history::GraphReplay& replay = found_->replay;
  return Explainer(replay.graph()).run(replay.factors().plan()->factor_slots()[factor]);
}

}  // namespace factorwal
