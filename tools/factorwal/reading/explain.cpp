#include <unistd.h>

#include "factorwal/nearest_name.h"
#include "reading/rebuilt.h"
#include "reading/table.h"
#include "reading/text.h"
#include "reading/time_text.h"
#include "terminal.h"

namespace factorwal::tool {
namespace {

class ShownExplanation {
 public:
  ShownExplanation(const ExplainOptions& options, const InstrumentAsOf& found, std::size_t factor)
      : options_(options),
        found_(found),
        factor_(factor),
        explanation_(found.explain(factor)),
        ticks_(found.ticks()) {
    if (const auto memory = explanation_.memory; memory && *memory < ticks_.size()) {
      ticks_ = ticks_.last(static_cast<std::size_t>(*memory));
    }
  }

  void print_text(Output& out) {
    out << headline(found_, options_.state) << options_.factor << " = "
        << value_text(found_.value(factor_))
        << (found_.exact(factor_) ? "\n\n" : ", in doubt: not all its ticks are in the log\n\n");
    print_tree(out, 0, 0);
    if (ticks_.empty()) return;
    out << "\n";
    std::vector<Table::Column> titles{{"tick", Table::Align::kRight},
                                      {"sequence", Table::Align::kRight},
                                      {"time (UTC)", Table::Align::kLeft}};
    for (const auto field : explanation_.fields) {
      titles.push_back({printable(name_of(field)), Table::Align::kRight});
    }
    Table table(std::move(titles), 3);
    for (const auto& tick : ticks_) {
      std::vector<std::string> cells{tick_number(tick.tick_number), std::to_string(tick.sequence),
                                     iso_time(tick.timestamp_ns)};
      for (const auto field : explanation_.fields) {
        cells.push_back(value_text(tick.fields[field]));
      }
      table.add_row(std::move(cells));
    }
    table.print(out, terminal_width(out.descriptor()), takes_colour(out.descriptor()));
  }

  void print_json(Output& out) {
    JsonWriter json(out.buffer());
    json.begin_object();
    write_head(json, found_, options_.state);
    json.member("factor", options_.factor)
        .member("value", found_.value(factor_))
        .member("factor_exact", found_.exact(factor_));
    json.key("tree");
    write_tree(json, 0);
    json.key("ticks").begin_array();
    for (const auto& tick : ticks_) {
      json.begin_object()
          .member("tick", tick.tick_number.ordinal)
          .member("tick_counted", tick.tick_number.counted)
          .member("sequence", tick.sequence)
          .member("timestamp_ns", tick.timestamp_ns);
      json.key("fields").begin_object();
      for (const auto field : explanation_.fields) json.member(name_of(field), tick.fields[field]);
      json.end_object().end_object();
    }
    json.end_array().end_object();
    out << "\n";
  }

 private:
  [[nodiscard]] const std::string& name_of(std::size_t field) const {
    return found_.factors().schema().names()[field];
  }
  /// A node that several others read is unfolded once.
  bool shown_before(std::size_t place) {
    if (shown_.size() <= place) shown_.resize(explanation_.nodes.size());
    const bool before = shown_[place];
    shown_[place] = true;
    return before;
  }
  void print_tree(Output& out, std::size_t place, std::size_t depth) {
    const auto& node = explanation_.nodes[place];
    const bool before = !node.inputs.empty() && shown_before(place);
    out << std::string(2 * depth, ' ') << "#" << std::to_string(node.number) << " "
        << printable(node.expression) << " = " << value_text(node.value)
        << (node.exact ? "" : "  (in doubt)") << (before ? "  (see above)\n" : "\n");
    if (before) return;
    for (const auto input : node.inputs) print_tree(out, input, depth + 1);
  }
  void write_tree(JsonWriter& json, std::size_t place) {
    const auto& node = explanation_.nodes[place];
    json.begin_object()
        .member("node", node.number)
        .member("expression", node.expression)
        .member("value", node.value)
        .member("exact", node.exact);
    if (!node.inputs.empty() && !shown_before(place)) {
      json.key("inputs").begin_array();
      for (const auto input : node.inputs) write_tree(json, input);
      json.end_array();
    }
    json.end_object();
  }

  const ExplainOptions& options_;
  const InstrumentAsOf& found_;
  std::size_t factor_;
  Explanation explanation_;
  std::span<const InputTick> ticks_;
  std::vector<bool> shown_;  // by place
};

}  // namespace

ExitCode run_explain(const ExplainOptions& options) {
  auto found = rebuild(options.state, options.ticks);
  if (!found) return report(found.error());
  const auto& factors = found->factors();
  const auto factor = factors.find(options.factor);
  if (!factor) {
    return report(Error{Errc::kNotFound,
                        "there was no factor `" + printable(options.factor) + "` as of sequence " +
                            std::to_string(options.state.at) +
                            did_you_mean(options.factor, factors.names()),
                        0});
  }
  if (found->ticks_replayed() == 0) {
    return report(Error{Errc::kNotFound,
                        "instrument " + printable(options.state.instrument) +
                            ": what made its tick at sequence " +
                            std::to_string(found->sequence()) +
                            " is not retained, only the state after it; see `factorwal state`",
                        0});
  }
  ShownExplanation shown(options, *found, *factor);
  Output out(STDOUT_FILENO);
  options.state.json ? shown.print_json(out) : shown.print_text(out);
  out.flush();
  if (auto done = out.status(); !done) return report(done.error());
  return tell_findings(*found, options.state);
}

}  // namespace factorwal::tool
