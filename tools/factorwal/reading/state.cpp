#include "reading/state.h"

#include <unistd.h>

#include "reading/rebuilt.h"
#include "reading/table.h"
#include "reading/text.h"
#include "terminal.h"

namespace factorwal::tool {
namespace {

std::string hex_of(const StateIdentity& identity) {
  return to_hex(std::as_bytes(std::span(identity.bytes)));
}

void print_json(InstrumentAsOf& found, const StateOptions& options, Output& out) {
  JsonWriter json(out.buffer());
  json.begin_object();
  write_head(json, found, options);
  json.key("nodes").begin_array();
  for (const auto& state : found.operator_states()) {
    json.begin_object()
        .member("expression", state.expression)
        .member("state_identity", hex_of(state.identity))
        .member("state_bytes", state.bytes)
        .member("state_hash", hex_of(state.hash))
        .member("value", state.value)
        .member("exact", state.exact)
        .end_object();
  }
  json.end_array();
  json.key("factors").begin_array();
  const auto& factors = found.factors();
  for (std::size_t i = 0; i < factors.size(); ++i) {
    json.begin_object()
        .member("factor", factors.names()[i])
        .member("value", found.value(i))
        .member("exact", found.exact(i))
        .end_object();
  }
  json.end_array().end_object();
  out << "\n";
}

void print_text(InstrumentAsOf& found, const StateOptions& options, Output& out) {
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
  for (const auto& state : found.operator_states()) {
    nodes.add_row({printable(state.expression), hex_of(state.identity), std::to_string(state.bytes),
                   hex_of(state.hash), value_text(state.value), state.exact ? "" : "in doubt"});
  }
  nodes.print(out, width, colour);
  out << "\n";
  Table table({{"factor", Align::kLeft}, {"value", Align::kRight}, {"", Align::kLeft}});
  const auto& factors = found.factors();
  for (std::size_t i = 0; i < factors.size(); ++i) {
    table.add_row({printable(factors.names()[i]), value_text(found.value(i)),
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
