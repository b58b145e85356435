#include <nanobind/stl/optional.h>
#include <nanobind/stl/string.h>

#include <memory>
#include <optional>
#include <utility>

#include "archive/bind.h"
#include "base/errors.h"
#include "base/findings.h"
#include "base/gil.h"
#include "base/told_progress.h"
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

/// Tells the caller after each commit. Kept by the run, which may outlast the call.
class Told {
 public:
  explicit Told(nb::object tell) : tell_(std::move(tell)) {}
  /// False when that raises.
  bool tell(const ArchiveProgress& progress) {
    if (tell_.is_none()) return true;
    const WithGil held;
    try {
      tell_(progress.archived_sequence, progress.last_sequence);
      return true;
    } catch (nb::python_error& error) {
      raised_.emplace(std::move(error));
      return false;
    }
  }
  /// Needs the GIL.
  void raise_what_was_raised() {
    if (raised_) throw *std::exchange(raised_, std::nullopt);
  }

 private:
  nb::object tell_;
  std::optional<nb::python_error> raised_;
};

/// The last one who has it may be the thread of the run.
std::shared_ptr<Told> make_told(nb::object tell) {
  return {new Told(std::move(tell)), [](Told* told) {
            const WithGil held;
            delete told;
          }};
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
  const auto told = make_told(std::move(progress));
  auto report = run_told(nb::none(), [told, directory, options](Progress& run) {
    auto archiver = Archiver::open(directory, options);
    if (!archiver) return Result<ArchiveReport>(archiver.error());
    const auto tell = [&](const ArchiveProgress& now) {
      if (!run.gives_up && !told->tell(now)) run.gives_up = true;
    };
    return archiver->archive_once(tell, &run.gives_up);
  });
  told->raise_what_was_raised();
  return report_of(expect(std::move(report)));
}

nb::dict verify(const std::string& archive, const std::optional<std::string>& log) {
  const auto verified = expect(run_told(nb::none(), [archive, log](Progress& run) {
    return verify_archive(archive, log, &run.gives_up);
  }));
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
