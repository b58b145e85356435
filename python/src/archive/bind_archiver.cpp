#include <nanobind/stl/optional.h>
#include <nanobind/stl/string.h>

#include <atomic>
#include <chrono>
#include <future>
#include <optional>
#include <utility>

#include "archive/bind.h"
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

/// Runs `work`, which looks at `stop`, in a thread of its own, so that Ctrl-C is heard meanwhile:
/// it ends with the part or file that `work` is at.
template <class Work>
auto run_watched(std::atomic<bool>& stop, Work work) {
  constexpr std::chrono::milliseconds kEvery{20};
  WithoutGil released;
  auto done = std::async(std::launch::async, std::move(work));
  while (done.wait_for(kEvery) != std::future_status::ready) {
    WithGil held;
    if (PyErr_CheckSignals() == 0) continue;
    nb::python_error raised;
    stop = true;
    {
      WithoutGil waiting;
      done.wait();
    }
    throw raised;
  }
  return done.get();
}

/// Tells the caller after each commit, and ends the run where that raises.
class Progress {
 public:
  explicit Progress(nb::object tell) : tell_(std::move(tell)) {}
  void operator()(const ArchiveProgress& progress) {
    if (tell_.is_none()) return;
    WithGil held;
    try {
      tell_(progress.archived_sequence, progress.last_sequence);
    } catch (nb::python_error& error) {
      raised_.emplace(std::move(error));
      stop_ = true;
    }
  }
  [[nodiscard]] std::atomic<bool>& stop() { return stop_; }
  /// Needs the GIL.
  void raise_what_was_raised() {
    if (raised_) throw *std::exchange(raised_, std::nullopt);
  }

 private:
  nb::object tell_;
  std::optional<nb::python_error> raised_;
  std::atomic<bool> stop_ = false;
};

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
  Progress told(std::move(progress));
  auto report = run_watched(told.stop(), [&]() -> Result<ArchiveReport> {
    auto archiver = Archiver::open(directory, options);
    if (!archiver) return archiver.error();
    return archiver->archive_once([&](const auto& now) { told(now); }, &told.stop());
  });
  told.raise_what_was_raised();
  return report_of(expect(std::move(report)));
}

nb::dict verify(const std::string& archive, const std::optional<std::string>& log) {
  std::atomic<bool> stop = false;
  const auto verified =
      expect(run_watched(stop, [&] { return verify_archive(archive, log, &stop); }));
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
