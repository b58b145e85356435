#include <nanobind/stl/string.h>
#include <nanobind/stl/vector.h>

#include <array>
#include <chrono>
#include <utility>

#include "base/aside.h"
#include "base/bind.h"
#include "base/errors.h"
#include "base/findings.h"
#include "base/gil.h"
#include "base/told_progress.h"
#include "factorwal/archived.h"
#include "factorwal/backup.h"
#include "factorwal/reader.h"
#include "factorwal/recovery_certificate.h"
#include "factorwal/retention.h"
#include "factorwal/rings.h"
#include "factorwal/verify.h"

namespace nb = nanobind;

namespace factorwal::python {
namespace {

double seconds(std::chrono::nanoseconds time) {
  return std::chrono::duration<double>(time).count();
}

std::string hex(const std::array<std::byte, 16>& bytes) {
  static constexpr char kDigits[] = "0123456789abcdef";
  std::string text;
  for (const auto byte : bytes) {
    text += kDigits[std::to_integer<unsigned>(byte) >> 4U];
    text += kDigits[std::to_integer<unsigned>(byte) & 15U];
  }
  return text;
}

nb::list list_segments(const std::vector<LogSegment>& segments) {
  nb::list all;
  for (const auto& segment : segments) {
    nb::dict one;
    one["number"] = segment.number;
    one["path"] = segment.path;
    one["missing"] = segment.missing;
    one["first_sequence"] = segment.first_sequence;
    one["last_sequence"] = segment.last_sequence;
    one["bytes"] = segment.end;
    one["allocated_bytes"] = segment.allocated_bytes;
    one["created_ns"] = segment.created_ns;
    all.append(one);
  }
  return all;
}

nb::list list_rings(const std::vector<RingRecovery>& rings) {
  nb::list all;
  for (const auto& ring : rings) {
    nb::dict one;
    one["verdict"] = std::string(to_string(ring.verdict));
    one["kind"] = std::string(to_string(ring.kind));
    one["path"] = ring.path;
    one["counted"] = ring.counted;
    one["accepted"] = ring.accepted;
    one["logged"] = ring.logged;
    one["drained"] = ring.drained;
    one["lost"] = ring.lost;
    one["may_have_lost"] = ring.may_have_lost();
    all.append(one);
  }
  return all;
}

nb::dict status(const std::string& directory) {
  auto reader = expect(without_gil([&] { return Reader::open(directory); }));
  const auto archived = expect(without_gil([&] { return archived_sequence(directory); }));
  nb::dict all;
  all["directory"] = reader.directory();
  all["identity"] = hex(reader.identity());
  all["live"] = reader.live();
  all["writer_pid"] = reader.writer_pid();
  all["clean"] = reader.clean();
  all["epoch"] = reader.epoch();
  all["first_sequence"] = reader.first_sequence();
  all["last_sequence"] = reader.last_sequence();
  all["durable_sequence"] = reader.durable_sequence();
  all["archived_sequence"] = archived ? nb::object(nb::int_(*archived)) : nb::none();
  all["segments"] = list_segments(reader.segments());
  all["findings"] = list_findings(reader.findings());
  return all;
}

nb::tuple examine(const std::string& directory, bool quarantine) {
  const auto found = expect(run_aside([directory, quarantine] {
    return examine_recovery(directory,
                            quarantine ? OnCorruption::kQuarantine : OnCorruption::kRefuse);
  }));
  return nb::make_tuple(found.perfect(), found.to_text(), found.to_json());
}

nb::dict dict_of(const Recomputed& found) {
  nb::list mismatches;
  for (const auto& mismatch : found.mismatches) {
    nb::dict one;
    one["instrument_id"] = mismatch.instrument_id;
    one["factor"] = mismatch.factor;
    one["sequence"] = mismatch.sequence;
    one["tick_number"] = mismatch.tick_number.ordinal;
    one["logged"] = mismatch.logged;
    one["computed"] = mismatch.computed;
    one["is_state"] = mismatch.is_state;
    mismatches.append(one);
  }
  nb::list unknown;
  for (const auto& set : found.unknown) {
    nb::dict one;
    one["why"] = set.why;
    one["factors"] = nb::cast(set.factors);
    unknown.append(one);
  }
  nb::dict all;
  all["ticks"] = found.counts.ticks;
  all["values_compared"] = found.counts.values_compared;
  all["values_unknown"] = found.counts.values_unknown;
  all["states_compared"] = found.counts.states_compared;
  all["foreign_ticks"] = found.counts.foreign_ticks;
  all["mismatch_count"] = found.counts.mismatches;
  all["mismatches"] = mismatches;
  all["unknown"] = unknown;
  all["factor_sets"] = found.factor_sets;
  all["seconds"] = seconds(found.duration);
  return all;
}

nb::dict verify(const std::string& directory, bool recompute, nb::object tell) {
  const auto result =
      run_told(std::move(tell), [directory, recompute](Progress& progress) -> Result<Verification> {
        VerifyOptions options;
        options.recompute = recompute;
        options.progress = [&](const VerifyProgress& at) {
          const bool reading = at.part == VerifyProgress::Part::kReading;
          return progress.note(reading ? "reading" : "recomputing", at.done_bytes, at.all_bytes);
        };
        auto reader = Reader::open(directory);
        if (!reader) return reader.error();
        return reader->verify(options);
      });
  if (!result) raise(result.error());
  const auto& found = *result;
  nb::list gaps;
  for (const auto& gap : found.gaps) {
    nb::dict one;
    one["instrument_id"] = gap.instrument_id;
    one["expected"] = gap.expected;
    one["found"] = gap.found.ordinal;
    one["sequence"] = gap.sequence;
    gaps.append(one);
  }
  nb::dict all;
  all["directory"] = directory;
  all["corrupt"] = found.corrupt();
  all["differs"] = found.differs();
  all["segments"] = found.segments;
  all["frames"] = found.frames;
  all["bytes"] = found.bytes;
  all["records"] = found.records;
  all["operator_states"] = found.operator_states;
  all["last_sequence"] = found.last_sequence;
  all["cut_records"] = found.cut.records;
  all["gaps"] = gaps;
  all["findings"] = list_findings(found.findings);
  all["refusal"] = found.refusal;
  all["rings"] = list_rings(found.rings);
  all["recomputed"] = found.recomputed ? nb::object(dict_of(*found.recomputed)) : nb::none();
  all["seconds"] = seconds(found.duration);
  return all;
}

nb::dict backup(const std::string& source, const std::string& target, nb::object tell) {
  const auto result = run_told(std::move(tell), [source, target](Progress& progress) {
    return back_up(source, target, [&](std::uint64_t done, std::uint64_t bytes) {
      return progress.note("copying", done, bytes);
    });
  });
  if (!result) {
    if (result.error().code == Errc::kCorruption) raise_open(result.error(), source);
    raise(result.error());
  }
  const auto& found = *result;
  nb::dict all;
  all["source"] = source;
  all["target"] = target;
  all["identity"] = hex(found.target);
  all["source_clean"] = found.source_clean;
  all["writer_pid"] = found.writer_pid;
  all["segments"] = found.segments;
  all["frames"] = found.frames;
  all["bytes"] = found.bytes;
  all["first_sequence"] = found.first_sequence;
  all["last_sequence"] = found.last_sequence;
  all["left_out"] = list_findings(found.left_out);
  return all;
}

const char* word_of(CutBarrier barrier) {
  switch (barrier) {
    case CutBarrier::kNone: return "";
    case CutBarrier::kGenerations: return "the last two complete snapshot generations need it";
    case CutBarrier::kNoGenerations: return "there are not two complete snapshot generations yet";
    case CutBarrier::kHandMade:
      return "it has ticks of operators that were registered by hand, which no snapshot holds";
    case CutBarrier::kNotArchived: return "the archive does not have all of it yet";
  }
  return "";
}

nb::dict retention(const std::string& directory, double age_s, std::uint64_t bytes, bool apply) {
  constexpr double kMost = 9e9;  // in nanoseconds, an int64
  if (!(age_s >= 0 && age_s < kMost)) throw nb::value_error("keep_age: seconds, from 0 on");
  RetentionLimits limits;
  limits.age = std::chrono::nanoseconds(static_cast<std::int64_t>(age_s * 1e9));
  limits.bytes = bytes;
  const auto found = expect(without_gil([&] {
    return apply ? apply_retention(directory, limits) : survey_retention(directory, limits);
  }));
  nb::dict all;
  all["directory"] = directory;
  all["applied"] = apply;
  all["cut"] = found.plan.cut;
  all["beyond"] = found.plan.beyond;
  all["kept_because"] = word_of(found.plan.barrier);
  all["writer_pid"] = found.writer_pid;
  all["segments"] = list_segments(found.segments);
  return all;
}

nb::list rings(const std::vector<std::string>& directories) {
  const auto found = expect(without_gil([&] { return survey_rings(directories); }));
  nb::list all;
  for (const auto& ring : found) {
    nb::dict one;
    one["path"] = ring.path;
    one["kind"] = std::string(to_string(ring.kind));
    one["bytes"] = ring.file_bytes;
    one["directory"] = ring.directory;
    one["pid"] = ring.pid;
    one["process_lives"] = ring.process_lives;
    one["held"] = ring.held ? nb::object(nb::int_(*ring.held)) : nb::none();
    one["not_logged"] = ring.not_logged ? nb::object(nb::int_(*ring.not_logged)) : nb::none();
    one["use"] = std::string(to_string(ring.verdict));
    one["why"] = ring.why;
    all.append(one);
  }
  return all;
}

}  // namespace

void bind_directory(nb::module_& module) {
  module.def("status", &status, nb::arg("directory"),
             nb::sig("def status(directory: str) -> dict[str, typing.Any]"));
  module.def("examine", &examine, nb::arg("directory"), nb::arg("quarantine"),
             nb::sig("def examine(directory: str, quarantine: bool) -> tuple[bool, str, str]"));
  module.def("verify", &verify, nb::arg("directory"), nb::arg("recompute"), nb::arg("tell").none(),
             nb::sig("def verify(directory: str, recompute: bool, tell: object) -> "
                     "dict[str, typing.Any]"));
  module.def("backup", &backup, nb::arg("source"), nb::arg("target"), nb::arg("tell").none(),
             nb::sig("def backup(source: str, target: str, tell: object) -> "
                     "dict[str, typing.Any]"));
  module.def("retention", &retention, nb::arg("directory"), nb::arg("keep_age"),
             nb::arg("keep_bytes"), nb::arg("apply"),
             nb::sig("def retention(directory: str, keep_age: float, keep_bytes: int, "
                     "apply: bool) -> dict[str, typing.Any]"));
  module.def("rings", &rings, nb::arg("directories"),
             nb::sig("def rings(directories: collections.abc.Sequence[str]) -> "
                     "list[dict[str, typing.Any]]"));
}

}  // namespace factorwal::python
