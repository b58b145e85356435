#include <nanobind/stl/optional.h>
#include <nanobind/stl/string.h>
#include <nanobind/stl/vector.h>

#include <utility>

#include "arrow_capsules.h"
#include "batch_arrays.h"
#include "bind.h"
#include "errors.h"
#include "factorwal/arrow.h"
#include "factorwal/history.h"
#include "findings.h"

namespace nb = nanobind;

namespace factorwal::python {
namespace {

DataSet data_set_of(const std::string& word) {
  if (word == "ticks") return DataSet::kTicks;
  if (word == "updates") return DataSet::kUpdates;
  if (word == "vectors") return DataSet::kVectors;
  if (word == "snapshots") return DataSet::kSnapshots;
  throw nb::value_error(
      "data_set: \"ticks\", \"updates\", \"vectors\" or \"snapshots\" is asked for");
}

/// One pass.
class Pass {
 public:
  Pass(const std::string& directory, const HistoryQuery& query)
      : history_(open(directory, query)) {}

  /// The next batch as arrays; None at the end.
  nb::object next() {
    auto batch = std::make_shared<ColumnBatch>();
    const auto found = [&] {
      nb::gil_scoped_release released;
      return history_.next(*batch);
    }();
    if (!found.has_value()) raise(found.error());
    if (!found) return nb::none();
    return batch_arrays(batch);
  }
  nb::dict no_rows() { return batch_arrays(std::make_shared<ColumnBatch>(history_.no_rows())); }
  /// Corruption, with the findings, where something durable is damaged; call it at the end.
  void check() const {
    if (!history_.corrupt()) return;
    auto exception = make_exception(
        Error{Errc::kCorruption,
              "the log is damaged, and rows are missing; `findings` names the places", 0});
    exception.attr("findings") = list_findings(history_.findings());
    raise(exception);
  }
  nb::object capsule() {
    OwnedArrowStream stream(new ArrowArrayStream{});
    export_stream(std::move(history_), *stream);
    return make_capsule(std::move(stream));
  }

 private:
  static History open(const std::string& directory, const HistoryQuery& query) {
    auto history = [&] {
      nb::gil_scoped_release released;
      return History::open(directory, query);
    }();
    return expect(std::move(history));
  }
  History history_;
};

void make_pass(Pass* place, const std::string& directory, const std::string& data_set,
               std::vector<std::string> instruments, std::optional<std::vector<std::string>> inputs,
               std::optional<std::vector<std::string>> factors, std::optional<TimestampNs> start,
               std::optional<TimestampNs> end, bool sequences, std::size_t batch_rows) {
  HistoryQuery query;
  query.data_set = data_set_of(data_set);
  query.instruments = std::move(instruments);
  query.inputs = std::move(inputs);
  query.factors = std::move(factors);
  query.from = start;
  query.to = end;
  query.sequences = sequences;
  query.batch_rows = batch_rows;
  new (place) Pass(directory, query);
}

}  // namespace

void bind_history(nb::module_& module) {
  nb::class_<Pass>(module, "HistoryPass")
      .def("__init__", &make_pass, nb::arg("directory"), nb::arg("data_set"),
           nb::arg("instruments"), nb::arg("inputs").none(), nb::arg("factors").none(),
           nb::arg("start").none(), nb::arg("end").none(), nb::arg("sequences"),
           nb::arg("batch_rows"))
      .def("next", &Pass::next, nb::sig("def next(self) -> dict[str, typing.Any] | None"))
      .def("no_rows", &Pass::no_rows, nb::sig("def no_rows(self) -> dict[str, typing.Any]"))
      .def("check", &Pass::check)
      .def("capsule", &Pass::capsule);
}

}  // namespace factorwal::python
