#include "reading/operator_list.h"

#include <unistd.h>

#include <algorithm>

#include "factorwal/factor_set.h"
#include "factorwal/nearest_name.h"
#include "reading/json_writer.h"
#include "reading/operator_example.h"
#include "reading/output.h"
#include "terminal.h"

namespace factorwal::tool {
namespace {

std::string joined(const std::vector<std::string>& names) {
  std::string text;
  for (const auto& name : names) text += (text.empty() ? "" : ", ") + name;
  return text;
}

std::string bold(const std::string& text, const Output& out) {
  return takes_colour(out.descriptor()) ? "\x1b[1;36m" + text + "\x1b[0m" : text;
}

void write_names(JsonWriter& json, std::string_view key, const std::vector<std::string>& names) {
  json.key(key).begin_array();
  for (const auto& name : names) json.value(name);
  json.end_array();
}

void print_json(const std::vector<OperatorInfo>& list, Output& out) {
  JsonWriter json(out.buffer());
  json.begin_array();
  for (const auto& info : list) {
    json.begin_object().member("name", info.name);
    write_names(json, "aliases", info.aliases);
    json.member("signature", info.signature);
    write_names(json, "outputs", info.outputs);
    json.member("first_value", info.first_value)
        .member("definition", info.definition)
        .member("source", info.source)
        .member("example", operator_example(info))
        .end_object();
  }
  json.end_array();
  out << "\n";
}

void print_list(const std::vector<OperatorInfo>& list, Output& out) {
  for (const auto& info : list) {
    out << bold(info.signature, out);
    if (info.outputs.size() > 1) out << " -> (" << joined(info.outputs) << ")";
    if (!info.aliases.empty()) out << "  also " << joined(info.aliases);
    out << "\n    " << info.definition << "\n    first value: " << info.first_value
        << "; source: " << info.source << "\n";
  }
}

void print_one(const OperatorInfo& info, Output& out) {
  const auto line = [&](std::string_view name, const std::string& text) {
    std::string start(name);
    start.resize(13, ' ');
    out << start << text << "\n";
  };
  line("name", bold(info.name, out));
  if (!info.aliases.empty()) line("also", joined(info.aliases));
  line("call", info.signature);
  line("gives", joined(info.outputs));
  line("first value", info.first_value);
  line("definition", info.definition);
  line("source", info.source);
  line("example", operator_example(info));
}

bool is_called(const OperatorInfo& info, std::string_view name) {
  return info.name == name ||
         std::find(info.aliases.begin(), info.aliases.end(), name) != info.aliases.end();
}

}  // namespace

ExitCode run_operators(const OperatorListOptions& options) {
  auto list = list_operators();
  if (!options.name.empty()) {
    std::vector<std::string> names;
    for (const auto& info : list) {
      names.push_back(info.name);
      names.insert(names.end(), info.aliases.begin(), info.aliases.end());
    }
    std::erase_if(list, [&](const auto& info) { return !is_called(info, options.name); });
    if (list.empty()) {
      const auto hint = did_you_mean(options.name, names);
      return report(Error{Errc::kNotFound,
                          "there is no operator `" + options.name + "`" +
                              (hint.empty() ? "; `factorwal operators` lists them" : hint),
                          0});
    }
  }
  Output out(STDOUT_FILENO);
  if (options.json) {
    print_json(list, out);
  } else if (options.name.empty()) {
    print_list(list, out);
  } else {
    print_one(list.front(), out);
  }
  out.flush();
  if (auto done = out.status(); !done) return report(done.error());
  return ExitCode::kOk;
}

}  // namespace factorwal::tool
