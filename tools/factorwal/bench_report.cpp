#include "bench_report.h"

#include <fmt/core.h>

#include "reading/json_writer.h"
#include "reading/table.h"
#include "reading/text.h"
#include "terminal.h"

namespace factorwal::tool {
namespace {

using measure::Figures;
using measure::Spread;

constexpr double kBusy = 0.15;  // other programs' share of the processors

std::string whole(double value) { return fmt::format("{:.0f}", value); }
std::string a_second(double value) { return grouped(static_cast<std::uint64_t>(value)); }

/// For a program, and for `run --config`.
std::string cpp_of(const measure::Recommendation& advice) {
  return fmt::format(
      "auto config = factorwal::FactorWalConfig::{}();\n"
      "config.channel_bytes = std::size_t{{{}}} << 20;\n",
      advice.preset, advice.channel_bytes >> 20);
}
std::string toml_of(const measure::Recommendation& advice) {
  return fmt::format("channel_bytes = {}\n", advice.channel_bytes);
}

// ---- JSON

/// `unit`: "us", "ns".
void write_spread(JsonWriter& json, const Spread& spread, std::string_view unit) {
  const auto named = [&](std::string_view what) { return fmt::format("{}_{}", what, unit); };
  json.member("count", spread.count)
      .member(named("p50"), spread.p50)
      .member(named("p99"), spread.p99)
      .member(named("p999"), spread.p999)
      .member(named("max"), spread.max);
}

void write_place(JsonWriter& json, const Figures& figures) {
  json.member("directory", figures.directory);
  json.key("file_system")
      .begin_object()
      .member("type", figures.mount.type)
      .member("kind", doctor::to_string(figures.mount.kind))
      .member("in_memory", figures.mount.kind == doctor::FileSystemKind::kMemory)
      .end_object();
  json.key("device")
      .begin_object()
      .member("name", figures.disk.name)
      .member("model", figures.disk.model)
      .end_object();
}

void write_syncs(JsonWriter& json, const Figures& figures) {
  json.key("syncs").begin_array();
  for (const auto& step : figures.syncs) {
    json.begin_object().member("bytes", step.bytes);
    write_spread(json, step.time_us, "us");
    json.end_object();
  }
  json.end_array();
  json.key("sync_judgement")
      .begin_object()
      .member("verdict", doctor::to_string(figures.sync_judgement.verdict))
      .member("reason", figures.sync_judgement.reason)
      .end_object();
}

void write_presets(JsonWriter& json, const Figures& figures) {
  json.key("presets").begin_array();
  for (const auto& preset : figures.presets) {
    json.begin_object()
        .member("name", preset.name)
        .member("batch_size", preset.batch_size)
        .member("max_delay_ms", preset.max_delay_ms)
        .member("power_safe", preset.power_safe)
        .member("durable_updates_per_second", preset.updates_per_second)
        .member("bytes_per_update", preset.bytes_per_update)
        .member("updates_per_commit", preset.updates_per_commit);
    json.key("send_to_durable").begin_object();
    write_spread(json, preset.durable_us, "us");
    json.end_object().end_object();
  }
  json.end_array();
}

void write_ticks(JsonWriter& json, const Figures& figures) {
  const auto& ticks = figures.ticks;
  json.key("ticks")
      .begin_object()
      .member("factors", ticks.factors)
      .member("columns", ticks.columns)
      .member("instruments", ticks.instruments);
  json.key("computed").begin_object();
  write_spread(json, ticks.computed_ns, "ns");
  json.end_object().key("logged").begin_object();
  write_spread(json, ticks.logged_ns, "ns");
  json.end_object()
      .member("durable_ticks_per_second", ticks.durable_per_second)
      .member("bytes_per_tick", ticks.bytes_per_tick)
      .end_object();
  json.key("recovery")
      .begin_object()
      .member("ticks_replayed", figures.recovery.ticks)
      .member("open_ms", figures.recovery.ms)
      .end_object();
}

void write_recommendation(JsonWriter& json, const measure::Recommendation& advice) {
  json.key("recommendation")
      .begin_object()
      .member("preset", advice.preset)
      .member("channel_bytes", advice.channel_bytes)
      .member("cpp", cpp_of(advice))
      .member("toml", toml_of(advice));
  json.key("reasons").begin_array();
  for (const auto& reason : advice.reasons) json.value(reason);
  json.end_array().end_object();
}

// ---- Text

void print_syncs(const Figures& figures, Output& out, bool colour) {
  Table table({{"write + fdatasync"},
               {"p50 us", Table::Align::kRight},
               {"p99 us", Table::Align::kRight},
               {"max us", Table::Align::kRight}});
  for (const auto& step : figures.syncs) {
    table.add_row({fmt::format("{} KiB", step.bytes >> 10), whole(step.time_us.p50),
                   whole(step.time_us.p99), whole(step.time_us.max)});
  }
  table.print(out, 0, colour);
  out << fmt::format("{}: {}\n\n", doctor::to_string(figures.sync_judgement.verdict),
                     figures.sync_judgement.reason);
}

void print_presets(const Figures& figures, Output& out, bool colour) {
  Table table({{"preset"},
               {"durable updates/s", Table::Align::kRight},
               {"bytes each", Table::Align::kRight},
               {"a commit", Table::Align::kRight},
               {"send to durable p50 us", Table::Align::kRight},
               {"p99 us", Table::Align::kRight}});
  for (const auto& preset : figures.presets) {
    table.add_row({fmt::format("{}{}", preset.name, preset.power_safe ? "" : " *"),
                   a_second(preset.updates_per_second),
                   fmt::format("{:.1f}", preset.bytes_per_update), whole(preset.updates_per_commit),
                   whole(preset.durable_us.p50), whole(preset.durable_us.p99)});
  }
  table.print(out, 0, colour);
  out << "* synced once a second, or when somebody waits as here: a power failure may cost that\n"
         "  second\n\n";
}

void print_ticks(const Figures& figures, Output& out, bool colour) {
  const auto& ticks = figures.ticks;
  Table table({{fmt::format("a tick, {} factors", ticks.factors)},
               {"p50 ns", Table::Align::kRight},
               {"p99 ns", Table::Align::kRight},
               {"p99.9 ns", Table::Align::kRight}});
  const auto add = [&](const char* name, const Spread& time) {
    table.add_row({name, whole(time.p50), whole(time.p99), whole(time.p999)});
  };
  add("computed only", ticks.computed_ns);
  add("process_tick, logged", ticks.logged_ns);
  table.print(out, 0, colour);
  const auto& recovery = figures.recovery;
  out << fmt::format(
      "{} instruments, clock included; {} ticks/s until all are durable, {:.0f} bytes each\n"
      "opened again behind kill -9 in {:.1f} ms, with {} ticks replayed\n\n",
      ticks.instruments, a_second(ticks.durable_per_second), ticks.bytes_per_tick, recovery.ms,
      grouped(recovery.ticks));
}

void print_recommendation(const measure::Recommendation& advice, Output& out) {
  out << fmt::format("recommended: {}, channel_bytes = {} MiB\n", advice.preset,
                     advice.channel_bytes >> 20);
  for (const auto& reason : advice.reasons) out << fmt::format("  {}\n", reason);
  out << fmt::format(
      "in a program:\n\n{}\nwith the tool: --preset {} --config FILE, FILE holding\n\n{}",
      cpp_of(advice), advice.preset, toml_of(advice));
}

}  // namespace

void print_bench(const Figures& figures, Output& out) {
  const auto colour = takes_colour(out.descriptor());
  out << fmt::format("{}: {}{}{}, measured in {:.0f} s\n\n", printable(figures.directory),
                     figures.mount.type.empty() ? "unknown file system" : figures.mount.type,
                     figures.disk.name.empty() ? "" : " on ", printable(figures.disk.name),
                     figures.seconds);
  if (figures.other_programs > kBusy) {
    out << fmt::format(
        "Other programs took {:.0f} % of the processors meanwhile: a quiet machine is quicker.\n\n",
        *figures.other_programs * 100);
  }
  print_syncs(figures, out, colour);
  print_presets(figures, out, colour);
  print_ticks(figures, out, colour);
  print_recommendation(figures.recommendation, out);
}

void print_bench_json(const Figures& figures, Output& out) {
  JsonWriter json(out.buffer());
  json.begin_object();
  write_place(json, figures);
  write_syncs(json, figures);
  write_presets(json, figures);
  write_ticks(json, figures);
  write_recommendation(json, figures.recommendation);
  json.member("seconds", figures.seconds).key("other_programs_cpu_share");
  figures.other_programs ? json.value(*figures.other_programs) : json.null();
  json.end_object();
  out << "\n";
}

}  // namespace factorwal::tool
