#include "doctor.h"

#include <unistd.h>

#include "doctor/judgement.h"
#include "interrupt.h"
#include "reading/json_writer.h"
#include "reading/output.h"
#include "reading/table.h"
#include "terminal.h"

namespace factorwal::tool {
namespace {

using doctor::Judgement;
using doctor::Machine;

template <class Value>
void optional_member(JsonWriter& json, std::string_view name, const std::optional<Value>& value) {
  json.key(name);
  value ? json.value(*value) : json.null();
}

void write_facts(JsonWriter& json, const Machine& machine) {
  const auto& sync = machine.probe.sync;
  json.key("file_system")
      .begin_object()
      .member("type", machine.mount.type)
      .member("kind", to_string(machine.mount.kind))
      .member("mount_point", machine.mount.point)
      .member("source", machine.mount.source)
      .member("options", machine.mount.options)
      .member("free_bytes", machine.space.free_bytes)
      .end_object();
  json.key("device").begin_object();
  json.member("name", machine.disk.name)
      .member("model", machine.disk.model)
      .member("virtual", machine.disk.is_virtual);
  optional_member(json, "rotational", machine.disk.rotational);
  optional_member(json, "volatile_cache", machine.disk.volatile_cache);
  json.end_object();
  json.key("sync")
      .begin_object()
      .member("count", sync.count)
      .member("per_second", sync.rate)
      .member("p50_us", sync.p50_us)
      .member("p99_us", sync.p99_us)
      .member("max_us", sync.max_us);
}

void print_json(const Machine& machine, const Judgement& judgement, Output& out) {
  JsonWriter json(out.buffer());
  json.begin_object().member("directory", machine.directory).member("exists", machine.exists);
  write_facts(json, machine);
  json.member("verdict", to_string(judgement.sync.verdict))
      .member("reason", judgement.sync.reason)
      .end_object();
  json.key("checks").begin_array();
  for (const auto& check : judgement.checks) {
    json.begin_object()
        .member("name", check.name)
        .member("grade", to_string(check.grade))
        .member("text", check.text)
        .end_object();
  }
  json.end_array().key("promises").begin_array();
  for (const auto& promise : judgement.promises) {
    json.begin_object()
        .member("event", promise.event)
        .member("kept", to_string(promise.kept))
        .member("why", promise.why)
        .end_object();
  }
  json.end_array().member("broken", judgement.broken()).end_object();
  out << "\n";
}

void print_text(const Machine& machine, const Judgement& judgement, Output& out) {
  out << printable(machine.directory)
      << (machine.exists ? "\n\n" : " (the data directory itself is not there yet)\n\n");
  const auto colour = takes_colour(out.descriptor());
  Table checks({{"check"}, {"grade"}, {"found"}});
  for (const auto& check : judgement.checks) {
    checks.add_row({check.name, std::string(to_string(check.grade)), printable(check.text)});
  }
  checks.print(out, 0, colour);
  out << "\n";
  Table promises({{"event"}, {"promise"}, {"because"}});
  for (const auto& promise : judgement.promises) {
    promises.add_row({promise.event, std::string(to_string(promise.kept)), printable(promise.why)});
  }
  promises.print(out, 0, colour);
}

}  // namespace

ExitCode run_doctor(const DoctorOptions& options) {
  catch_interrupts();
  Result<Machine> machine = [&] {
    ProgressLine progress;
    progress.show("doctor: measuring syncs");
    return doctor::examine(
        options.directory,
        std::chrono::milliseconds(static_cast<std::int64_t>(options.seconds * 1000)),
        interrupt_flag());
  }();
  if (!machine) return report(machine.error());
  const auto judgement = doctor::judge(*machine);
  Output out(STDOUT_FILENO);
  options.json ? print_json(*machine, judgement, out) : print_text(*machine, judgement, out);
  out.flush();
  if (auto done = out.status(); !done) return report(done.error());
  return judgement.broken() ? ExitCode::kDegraded : ExitCode::kOk;
}

}  // namespace factorwal::tool
