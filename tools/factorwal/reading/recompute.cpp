#include "reading/recompute.h"

#include <bit>
#include <chrono>
#include <cstdio>

#include "reading/text.h"

namespace factorwal::tool {
namespace {

double seconds_of(const Recomputed& report) {
  return std::chrono::duration<double>(report.duration).count();
}

std::string bits_of(double value) {
  char text[24];
  std::snprintf(text, sizeof text, "%016llx",
                static_cast<unsigned long long>(std::bit_cast<std::uint64_t>(value)));
  return text;
}

std::string with_bits(double value) {
  std::string text;
  append_number(text, value);
  return (text.empty() ? "missing" : text) + " (" + bits_of(value) + ")";
}

}  // namespace

void print_text(const Recomputed& report, Output& out) {
  for (const auto& found : report.mismatches) {
    out << "differs: instrument " << printable(found.instrument_id);
    if (found.is_state) {
      out << ", the saved state of " << printable(found.factor) << " as of its tick "
          << tick_number(found.tick_number) << " is not what its ticks give\n";
      continue;
    }
    out << ", factor " << printable(found.factor) << ", sequence " << std::to_string(found.sequence)
        << ": logged " << with_bits(found.logged) << ", computed " << with_bits(found.computed)
        << "\n";
  }
  const auto& counts = report.counts;
  if (counts.mismatches > report.mismatches.size()) {
    out << "differs: " << counted(counts.mismatches - report.mismatches.size(), "further place")
        << "\n";
  }
  for (const auto& set : report.unknown) {
    out << "not recomputable: the factors";
    for (std::size_t i = 0; i < set.factors.size() && i < 5; ++i) {
      out << (i == 0 ? " " : ", ") << printable(set.factors[i]);
    }
    out << (set.factors.size() > 5 ? ", ...: " : ": ") << printable(set.why) << "\n";
  }
  out << (counts.mismatches == 0 ? "recomputed: " : "RECOMPUTED, DIFFERS: ")
      << counted(counts.values_compared, "value") << " of " << counted(counts.ticks, "tick")
      << " compared bit for bit, " << counted(counts.states_compared, "operator state")
      << ", under " << counted(report.factor_sets, "factor set");
  if (counts.values_unknown > 0) {
    out << "; not compared: " << counted(counts.values_unknown, "value")
        << " that depend on ticks which are not in the log";
  }
  if (counts.foreign_ticks > 0) {
    out << "; not recomputable: " << counted(counts.foreign_ticks, "tick");
  }
  char speed[48];
  std::snprintf(speed, sizeof speed, "; %.2f s\n", seconds_of(report));
  out << speed;
}

void write_json(const Recomputed& report, JsonWriter& json) {
  const auto& counts = report.counts;
  json.begin_object()
      .member("ticks", counts.ticks)
      .member("values_compared", counts.values_compared)
      .member("values_unknown", counts.values_unknown)
      .member("states_compared", counts.states_compared)
      .member("ticks_not_recomputable", counts.foreign_ticks)
      .member("factor_sets", report.factor_sets)
      .member("mismatch_count", counts.mismatches)
      .member("seconds", seconds_of(report));
  json.key("mismatches").begin_array();
  for (const auto& found : report.mismatches) {
    json.begin_object()
        .member("instrument_id", found.instrument_id)
        .member(found.is_state ? "operator" : "factor", found.factor)
        .member("ordinal", found.tick_number.ordinal)
        .member("counted", found.tick_number.counted);
    if (!found.is_state) {
      json.member("sequence", found.sequence)
          .member("logged", found.logged)
          .member("logged_bits", bits_of(found.logged))
          .member("computed", found.computed)
          .member("computed_bits", bits_of(found.computed));
    }
    json.end_object();
  }
  json.end_array();
  json.key("not_recomputable").begin_array();
  for (const auto& set : report.unknown) {
    json.begin_object().member("why", set.why);
    json.key("factors").begin_array();
    for (const auto& name : set.factors) json.value(name);
    json.end_array().end_object();
  }
  json.end_array().end_object();
}

}  // namespace factorwal::tool
