#include <unistd.h>

#include <algorithm>

#include "base/nearest_name.h"
#include "reading/rebuilt.h"
#include "reading/table.h"
#include "reading/text.h"
#include "reading/time_text.h"
#include "terminal.h"

namespace factorwal::tool {
namespace {

const graph::NodeDescription& node_at(const graph::Plan& plan, graph::Slot slot) {
  const auto& nodes = plan.nodes();
  const auto after =
      std::upper_bound(nodes.begin(), nodes.end(), slot,
                       [](graph::Slot at, const auto& node) { return at < node.slot; });
  return *std::prev(after);
}

std::string text_of(const graph::NodeDescription& node, graph::Slot slot) {
  return slot == node.slot ? node.text : node.text + "." + std::to_string(slot - node.slot);
}

/// How many of the last ticks a value can depend on; nothing when on all of them.
std::optional<std::uint64_t> memory_of(const graph::Plan& plan, graph::Slot slot) {
  const auto& node = node_at(plan, slot);
  std::uint64_t below = 1;
  for (const auto input : node.inputs) {
    const auto memory = memory_of(plan, input);
    if (!memory) return {};
    below = std::max(below, *memory);
  }
  if (!node.earlier_ticks) return {};
  return below + *node.earlier_ticks;
}

class Explanation {
 public:
  Explanation(const ExplainOptions& options, history::AsOf& found, std::size_t factor)
      : options_(options),
        found_(found),
        factor_(factor),
        plan_(*found.replay.factors().plan()),
        root_(plan_.factor_slots()[factor]) {
    const auto memory = memory_of(plan_, root_);
    if (memory && *memory < found_.ticks.size()) {
      found_.ticks.erase(found_.ticks.begin(),
                         found_.ticks.end() - static_cast<std::ptrdiff_t>(*memory));
    }
    find_fields(root_);
    std::ranges::sort(columns_);
  }

  void print_text(Output& out) {
    out << headline(found_, options_.state) << options_.factor << " = "
        << value_text(factor_value(found_, factor_))
        << (found_.exact(factor_) ? "\n\n" : ", in doubt: not all its ticks are in the log\n\n");
    print_tree(out, root_, 0);
    if (found_.ticks.empty()) return;
    out << "\n";
    std::vector<Table::Column> titles{{"tick", Table::Align::kRight},
                                      {"sequence", Table::Align::kRight},
                                      {"time (UTC)", Table::Align::kLeft}};
    for (const auto column : columns_) {
      titles.push_back({printable(plan_.schema().names()[column]), Table::Align::kRight});
    }
    Table table(std::move(titles), 3);
    for (const auto& tick : found_.ticks) {
      std::vector<std::string> cells{tick_number(tick.ordinal), std::to_string(tick.sequence),
                                     iso_time(tick.timestamp_ns)};
      for (const auto column : columns_) cells.push_back(value_text(tick.fields[column]));
      table.add_row(std::move(cells));
    }
    table.print(out, terminal_width(out.descriptor()), takes_colour(out.descriptor()));
  }

  void print_json(Output& out) {
    JsonWriter json(out.buffer());
    json.begin_object();
    write_head(json, found_, options_.state);
    json.member("factor", options_.factor)
        .member("value", factor_value(found_, factor_))
        .member("factor_exact", found_.exact(factor_));
    json.key("tree");
    write_tree(json, root_);
    json.key("ticks").begin_array();
    for (const auto& tick : found_.ticks) {
      json.begin_object()
          .member("tick", tick.ordinal)
          .member("sequence", tick.sequence)
          .member("timestamp_ns", tick.timestamp_ns);
      json.key("fields").begin_object();
      for (const auto column : columns_) {
        json.member(plan_.schema().names()[column], tick.fields[column]);
      }
      json.end_object().end_object();
    }
    json.end_array().end_object();
    out << "\n";
  }

 private:
  void find_fields(graph::Slot slot) {
    if (std::ranges::find(seen_, slot) != seen_.end()) return;
    seen_.push_back(slot);
    for (const auto& load : plan_.field_loads()) {
      if (load.slot == slot) columns_.push_back(load.column);
    }
    for (const auto input : node_at(plan_, slot).inputs) find_fields(input);
  }
  /// Whether everything that a node depends on is beyond doubt.
  [[nodiscard]] bool exact(graph::Slot slot) const {
    return found_.replay.graph().slot_quality(slot) == Quality::kExact;
  }
  /// A node that several others read is unfolded once.
  bool shown_before(graph::Slot slot) {
    if (std::ranges::find(shown_, slot) != shown_.end()) return true;
    shown_.push_back(slot);
    return false;
  }
  void print_tree(Output& out, graph::Slot slot, std::size_t depth) {
    const auto& node = node_at(plan_, slot);
    const bool before = !node.inputs.empty() && shown_before(slot);
    out << std::string(2 * depth, ' ') << "#" << std::to_string(slot) << " "
        << printable(text_of(node, slot)) << " = " << value_text(found_.replay.graph().value(slot))
        << (exact(slot) ? "" : "  (in doubt)") << (before ? "  (see above)\n" : "\n");
    if (before) return;
    for (const auto input : node.inputs) print_tree(out, input, depth + 1);
  }
  void write_tree(JsonWriter& json, graph::Slot slot) {
    const auto& node = node_at(plan_, slot);
    json.begin_object()
        .member("node", slot)
        .member("expression", text_of(node, slot))
        .member("value", found_.replay.graph().value(slot))
        .member("exact", exact(slot));
    if (!node.inputs.empty() && !shown_before(slot)) {
      json.key("inputs").begin_array();
      for (const auto input : node.inputs) write_tree(json, input);
      json.end_array();
    }
    json.end_object();
  }

  const ExplainOptions& options_;
  history::AsOf& found_;
  std::size_t factor_;
  const graph::Plan& plan_;
  graph::Slot root_;
  std::vector<std::uint32_t> columns_;  // of the fields that the factor reads
  std::vector<graph::Slot> seen_;
  std::vector<graph::Slot> shown_;
};

}  // namespace

ExitCode run_explain(const ExplainOptions& options) {
  auto found = rebuild(options.state, options.ticks);
  if (!found) return report(found.error());
  const auto& factors = found->replay.factors();
  const auto factor = factors.find(options.factor);
  if (!factor) {
    return report(Error{Errc::kNotFound,
                        "there was no factor `" + printable(options.factor) + "` as of sequence " +
                            std::to_string(options.state.at) +
                            did_you_mean(options.factor, factors.names()),
                        0});
  }
  if (found->ticks_replayed == 0) {
    return report(Error{Errc::kNotFound,
                        "instrument " + printable(options.state.instrument) +
                            ": what made its tick at sequence " + std::to_string(found->sequence) +
                            " is not retained, only the state after it; see `factorwal state`",
                        0});
  }
  Explanation explanation(options, *found, *factor);
  Output out(STDOUT_FILENO);
  options.state.json ? explanation.print_json(out) : explanation.print_text(out);
  out.flush();
  if (auto done = out.status(); !done) return report(done.error());
  return tell_findings(*found, options.state);
}

}  // namespace factorwal::tool
