#include "run_config.h"

#include <fmt/core.h>

#include <toml++/toml.h>
#include <functional>
#include <map>
#include <utility>

#include "limit_text.h"
#include "text_file.h"

namespace factorwal::tool {
namespace {

struct Setter {
  std::function<bool(const toml::node&)> set;  // false: the value is none that it takes
  std::string takes;
};
using Setters = std::map<std::string, Setter, std::less<>>;

template <class T>
Setter whole_number(T& target, std::int64_t least) {
  const auto set = [&target, least](const toml::node& node) {
    const auto value = node.value_exact<std::int64_t>();
    if (!value || *value < least || !std::in_range<T>(*value)) return false;
    target = static_cast<T>(*value);
    return true;
  };
  return {set, fmt::format("a whole number, at least {}", least)};
}

Setter flag(bool& target) {
  const auto set = [&target](const toml::node& node) {
    const auto value = node.value_exact<bool>();
    if (value) target = *value;
    return value.has_value();
  };
  return {set, "true or false"};
}

template <class E>
Setter one_of(E& target, std::map<std::string, E> values) {
  std::string names;
  for (const auto& [name, value] : values) {
    names += fmt::format("{}\"{}\"", names.empty() ? "" : " or ", name);
  }
  const auto set = [&target, values = std::move(values)](const toml::node& node) {
    const auto text = node.value_exact<std::string>();
    const auto it = text ? values.find(*text) : values.end();
    if (it == values.end()) return false;
    target = it->second;
    return true;
  };
  return {set, names};
}

std::map<std::string, FactorWalConfig::OnStorageFailure> storage_failure_values() {
  return {{"stop", FactorWalConfig::OnStorageFailure::kStop},
          {"degrade", FactorWalConfig::OnStorageFailure::kDegrade}};
}

/// As on the command line.
template <class T>
Setter limit(T& target, Result<T> (*parse)(std::string_view), const std::string& example) {
  const auto set = [&target, parse](const toml::node& node) {
    const auto text = node.value_exact<std::string>();
    if (!text) return false;
    const auto parsed = parse(*text);
    if (parsed) target = *parsed;
    return parsed.has_value();
  };
  return {set, fmt::format("a text like \"{}\"", example)};
}

Setters setters_of(EngineOptions& options) {
  auto& persist = options.persist;
  return {
      {"batch_size", whole_number(persist.batch_size, 1)},
      {"max_delay_ms", whole_number(persist.max_delay_ms, 0)},
      {"enable_group_commit", flag(persist.enable_group_commit)},
      {"adaptive", flag(persist.adaptive)},
      {"allow_any_timestamp", flag(persist.allow_any_timestamp)},
      {"sync_interval_ms", whole_number(persist.sync_interval_ms, 1)},
      {"channel", one_of<ChannelKind>(persist.channel, {{"shm", ChannelKind::kShm},
                                                        {"file", ChannelKind::kFile},
                                                        {"heap", ChannelKind::kHeap}})},
      {"channel_bytes", whole_number(persist.channel_bytes, 65536)},
      {"when_full", one_of<FactorWalConfig::WhenFull>(
                        persist.when_full, {{"wait", FactorWalConfig::WhenFull::kWait},
                                            {"refuse", FactorWalConfig::WhenFull::kRefuse}})},
      {"persister_wait",
       one_of<FactorWalConfig::PersisterWait>(persist.persister_wait,
                                              {{"block", FactorWalConfig::PersisterWait::kBlock},
                                               {"spin", FactorWalConfig::PersisterWait::kSpin}})},
      {"on_storage_failure", one_of(persist.on_storage_failure, storage_failure_values())},
      {"on_corruption", one_of<OnCorruption>(options.log.on_corruption,
                                             {{"refuse", OnCorruption::kRefuse},
                                              {"quarantine", OnCorruption::kQuarantine}})},
      {"log_inputs", one_of<EngineOptions::LogInputs>(options.log_inputs,
                                                      {{"all", EngineOptions::LogInputs::kAll},
                                                       {"used", EngineOptions::LogInputs::kUsed}})},
      {"keep_age", limit(options.log.keep_age, parse_age, "30d")},
      {"keep_bytes", limit(options.log.keep_bytes, parse_bytes, "10GB")},
      {"segment_bytes", whole_number(options.log.segment_bytes, 65536)},
      {"free_space_reserve", whole_number(options.log.free_space_reserve, 0)},
      {"snapshot_every", whole_number(options.snapshot_every, 0)},
  };
}

Error config_error(const std::string& path, const toml::source_position& at, std::string what) {
  return Error{Errc::kInvalidArgument, fmt::format("{}:{}: {}", path, at.line, what), 0};
}

Status apply_file(const std::string& path, EngineOptions& options) {
  const auto text = read_text_file(path);
  if (!text) return text.error();
  toml::table table;
  try {
    table = toml::parse(*text, path);
  } catch (const toml::parse_error& error) {
    return config_error(path, error.source().begin, std::string(error.description()));
  }
  const auto setters = setters_of(options);
  for (const auto& [key, node] : table) {
    const auto it = setters.find(key.str());
    if (it == setters.end()) {
      std::string known;
      for (const auto& [name, setter] : setters) known += (known.empty() ? "" : ", ") + name;
      return config_error(path, node.source().begin,
                          fmt::format("unknown key \"{}\"; known are {}", key.str(), known));
    }
    if (!it->second.set(node)) {
      return config_error(
          path, node.source().begin,
          fmt::format("the value of \"{}\" has to be {}", key.str(), it->second.takes));
    }
  }
  return {};
}

}  // namespace

Result<EngineOptions> load_run_config(const std::string& preset, const std::string& path) {
  EngineOptions options;
  if (preset == "high_throughput") options.persist = FactorWalConfig::high_throughput();
  if (preset == "low_latency") options.persist = FactorWalConfig::low_latency();
  if (!path.empty()) {
    if (auto done = apply_file(path, options); !done) return done.error();
  }
  return options;
}

}  // namespace factorwal::tool
