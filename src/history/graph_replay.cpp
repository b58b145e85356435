#include "history/graph_replay.h"

#include <algorithm>

#include "graph/state_records.h"

namespace factorwal::history {
namespace {

/// Of rings the newest values that both have: one may begin later, and say so by its doubt.
bool same_state(const graph::StateNode& node, ByteView ours, ByteView theirs) {
  if (node.form == graph::StateNode::Form::kRing) {
    const auto bytes = std::min(ours.size(), theirs.size());
    ours = ours.last(bytes);
    theirs = theirs.last(bytes);
  }
  return std::ranges::equal(ours, theirs);
}

}  // namespace

GraphReplay::Step GraphReplay::tick(const LogRecord& record, const recovery::LayoutMap& map) {
  if (!started_ && record.tick_number.ordinal != 1) return Step::kWaiting;
  started_ = true;
  return apply(instrument_, record, map, scratch_) == recovery::Applied::kOld ? Step::kOld
                                                                              : Step::kApplied;
}

Status GraphReplay::state(const LogRecord& record, const recovery::LayoutMap& map,
                          Sequence last_sequence) {
  const auto ordinal = record.tick_number.ordinal;
  if (ordinal == 0 || ordinal < instrument_.ordinal) return {};
  if (!started_) {
    if (auto loaded = load_state(instrument_, record, map, last_sequence); !loaded) {
      return loaded.error();
    }
    started_ = true;
    return {};
  }
  return catch_up(instrument_, record, map, last_sequence);
}

std::vector<GraphReplay::NodeState> GraphReplay::node_states() {
  std::vector<std::byte> bytes;
  instrument_.graph.save(bytes);
  std::vector<NodeState> states;
  const auto records = graph::parse_state_records(bytes);
  const auto& nodes = factors_.plan()->states();
  for (std::size_t i = 0; i < nodes.size(); ++i) {
    if (nodes[i].state_bytes == 0) continue;
    const auto& saved = records->states.at(nodes[i].identity);
    states.push_back(
        {i, {saved.bytes.begin(), saved.bytes.end()}, saved.doubt.quality == Quality::kExact});
  }
  return states;
}

Status GraphReplay::share_doubts(const LogRecord& record) {
  if (!started_ || record.tick_number.ordinal != instrument_.ordinal) return {};
  return instrument_.graph.share_doubts(record.state);
}

Result<std::vector<std::size_t>> GraphReplay::compare(const LogRecord& record,
                                                      std::uint64_t& compared) {
  std::vector<std::size_t> different;
  if (!started_ || record.tick_number.ordinal != instrument_.ordinal) return different;
  const auto theirs = graph::parse_state_records(record.state);
  if (!theirs) return theirs.error();
  std::vector<std::byte> bytes;
  instrument_.graph.save(bytes);
  const auto ours = graph::parse_state_records(bytes);
  if (!ours) return ours.error();
  const auto& nodes = factors_.plan()->states();
  for (std::size_t i = 0; i < nodes.size(); ++i) {
    const auto here = ours->states.find(nodes[i].identity);
    const auto there = theirs->states.find(nodes[i].identity);
    if (here == ours->states.end() || there == theirs->states.end()) continue;
    if (here->second.doubt.quality != Quality::kExact) continue;
    if (there->second.doubt.quality != Quality::kExact) continue;
    ++compared;
    if (!same_state(nodes[i], here->second.bytes, there->second.bytes)) different.push_back(i);
  }
  return different;
}

}  // namespace factorwal::history
