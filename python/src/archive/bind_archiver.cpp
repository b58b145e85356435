#include <nanobind/stl/optional.h>
#include <nanobind/stl/string.h>

#include <atomic>
#include <memory>
#include <optional>
#include <utility>

#include "archive/bind.h"
#include "base/aside.h"
#include "base/errors.h"
#include "base/findings.h"
#include "base/gil.h"
#include "factorwal/archive.h"

namespace nb = nanobind;

namespace factorwal::python {
namespace {

Result<CompressionStrategy> strategy_of(const std::string& inputs, const std::string& factors,
                                        const std::string& bars, const std::string& states) {
  CompressionStrategy strategy;
  for (const auto& [text, place] :
       {std::pair{&inputs, &strategy.inputs}, std::pair{&factors, &strategy.factors},
        std::pair{&bars, &strategy.bars}, std::pair{&states, &strategy.states}}) {
    const auto parsed = parse_compression(*text);
    if (!parsed) return parsed.error();
    *place = *parsed;
  }
  return strategy;
}

/// What runs aside, and may be left by who waits for it: it ends then with the part or file that it
/// is at.
struct Run {
  explicit Run(nb::object called = nb::none()) : tell(std::move(called)) {}
  nb::object tell;
  std::optional<nb::python_error> raised;  // by `tell`
  std::atomic<bool> stop = false;

  /// Tells the caller after each commit, and ends the run where that raises.
  void operator()(const ArchiveProgress& progress) {
    if (tell.is_none() || stop) return;
    const WithGil held;
    try {
      tell(progress.archived_sequence, progress.last_sequence);
    } catch (nb::python_error& error) {
      raised.emplace(std::move(error));
      stop = true;
    }
  }
};

/// The last one who has it may be the thread of the run.
std::shared_ptr<Run> make_run(nb::object tell = nb::none()) {
  return {new Run(std::move(tell)), [](Run* run) {
            const WithGil held;
            delete run;
          }};
}

/// `work(*run)`, aside, so that Ctrl-C is heard at once.
template <class Work>
auto run_left_at_signals(const std::shared_ptr<Run>& run, Work work) {
  try {
    auto done = run_aside([run, work = std::move(work)] { return work(*run); }, [] {});
    if (run->raised) throw *std::exchange(run->raised, std::nullopt);
    return done;
  } catch (...) {
    run->stop = true;
    throw;
  }
}

nb::dict report_of(const ArchiveReport& report) {
  nb::dict all;
  all["first_sequence"] = report.first_sequence;
  all["archived_sequence"] = report.archived_sequence;
  all["rows"] = report.rows;
  all["parts"] = report.parts;
  all["bytes"] = report.bytes;
  all["compacted_days"] = report.compacted_days;
  all["cut_records"] = report.cut_records;
  all["findings"] = list_findings(report.findings);
  return all;
}

nb::dict archive_once(const std::string& directory, const std::string& archive,
                      const std::string& inputs, const std::string& factors,
                      const std::string& bars, const std::string& states,
                      const std::optional<std::string>& trading_day, std::size_t part_bytes,
                      nb::object progress) {
  ArchiveOptions options;
  options.archive_directory = archive;
  options.compression = expect(strategy_of(inputs, factors, bars, states));
  if (trading_day) options.days = expect(TradingDays::parse(*trading_day));
  options.part_bytes_max = part_bytes;
  auto report = run_left_at_signals(
      make_run(std::move(progress)), [directory, options](Run& run) -> Result<ArchiveReport> {
        auto archiver = Archiver::open(directory, options);
        if (!archiver) return archiver.error();
        return archiver->archive_once([&](const auto& now) { run(now); }, &run.stop);
      });
  return report_of(expect(std::move(report)));
}

nb::dict verify(const std::string& archive, const std::optional<std::string>& log) {
  const auto verified = expect(run_left_at_signals(
      make_run(), [archive, log](Run& run) { return verify_archive(archive, log, &run.stop); }));
  nb::list faults;
  for (const auto& fault : verified.faults)
    faults.append(nb::make_tuple(fault.place, fault.message));
  nb::dict all;
  all["first_sequence"] = verified.first_sequence;
  all["archived_sequence"] = verified.archived_sequence;
  all["files"] = verified.files;
  all["rows"] = verified.rows;
  all["bytes"] = verified.bytes;
  all["compared_rows"] = verified.compared_rows;
  all["faults"] = faults;
  return all;
}

}  // namespace

void bind_archiver(nb::module_& module) {
  module.def(
      "archive_once", &archive_once, nb::arg("directory"), nb::arg("archive"), nb::arg("inputs"),
      nb::arg("factors"), nb::arg("bars"), nb::arg("states"), nb::arg("trading_day").none(),
      nb::arg("part_bytes"), nb::arg("progress").none(),
      nb::sig("def archive_once(directory: str, archive: str, inputs: str, factors: str, "
              "bars: str, states: str, trading_day: str | None, part_bytes: int, progress: "
              "collections.abc.Callable[[int, int], object] | None) -> dict[str, typing.Any]"));
  module.def("verify_archive", &verify, nb::arg("archive"), nb::arg("log").none(),
             nb::sig("def verify_archive(archive: str, log: str | None) -> dict[str, typing.Any]"));
}

}  // namespace factorwal::python
