#include "reading/state.h"

#include <unistd.h>

#include "graph/state_identity.h"
#include "reading/rebuilt.h"
#include "reading/table.h"
#include "reading/text.h"
#include "terminal.h"

namespace factorwal::tool {
namespace {

struct NodeLine {
  std::string text;
  std::string identity;
  std::size_t bytes = 0;
  std::string hash;  // of the bytes
  double value = 0;  // the first output
  bool exact = false;
};

std::vector<NodeLine> nodes_of(history::AsOf& found) {
  const auto& plan = *found.replay.factors().plan();
  std::vector<NodeLine> lines;
  for (const auto& saved : found.replay.node_states()) {
    const auto& state = plan.states()[saved.node];
    lines.push_back({state.text, graph::to_hex(state.identity), saved.bytes.size(),
                     graph::to_hex(graph::identity_of(as_text(saved.bytes))),
                     found.replay.graph().value(state.slot), saved.exact});
  }
  return lines;
}

void print_json(history::AsOf& found, const StateOptions& options, Output& out) {
  JsonWriter json(out.buffer());
  json.begin_object();
  write_head(json, found, options);
  json.key("nodes").begin_array();
  for (const auto& line : nodes_of(found)) {
    json.begin_object()
        .member("expression", line.text)
        .member("state_identity", line.identity)
        .member("state_bytes", line.bytes)
        .member("state_hash", line.hash)
        .member("value", line.value)
        .member("exact", line.exact)
        .end_object();
  }
  json.end_array();
  json.key("factors").begin_array();
  const auto& factors = found.replay.factors();
  for (std::size_t i = 0; i < factors.size(); ++i) {
    json.begin_object()
        .member("factor", factors.names()[i])
        .member("value", factor_value(found, i))
        .member("exact", found.exact(i))
        .end_object();
  }
  json.end_array().end_object();
  out << "\n";
}

void print_text(history::AsOf& found, const StateOptions& options, Output& out) {
  out << headline(found, options);
  const auto width = terminal_width(out.descriptor());
  const auto colour = takes_colour(out.descriptor());
  using Align = Table::Align;
  Table nodes({{"operator", Align::kLeft},
               {"state", Align::kLeft},
               {"bytes", Align::kRight},
               {"hash", Align::kLeft},
               {"value", Align::kRight},
               {"", Align::kLeft}});
  for (auto& line : nodes_of(found)) {
    nodes.add_row({printable(line.text), line.identity, std::to_string(line.bytes), line.hash,
                   value_text(line.value), line.exact ? "" : "in doubt"});
  }
  nodes.print(out, width, colour);
  out << "\n";
  Table table({{"factor", Align::kLeft}, {"value", Align::kRight}, {"", Align::kLeft}});
  const auto& factors = found.replay.factors();
  for (std::size_t i = 0; i < factors.size(); ++i) {
    table.add_row({printable(factors.names()[i]), value_text(factor_value(found, i)),
                   found.exact(i) ? "" : "in doubt"});
  }
  table.print(out, width, colour);
  if (found.doubtful()) {
    say("in doubt: not all ticks that it depends on are in the log");
  }
}

}  // namespace

ExitCode run_state(const StateOptions& options) {
  auto found = rebuild(options, 0);
  if (!found) return report(found.error());
  Output out(STDOUT_FILENO);
  options.json ? print_json(*found, options, out) : print_text(*found, options, out);
  out.flush();
  if (auto done = out.status(); !done) return report(done.error());
  return tell_findings(*found, options);
}

}  // namespace factorwal::tool
