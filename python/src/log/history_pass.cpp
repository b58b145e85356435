#include "log/history_pass.h"

#include <algorithm>
#include <utility>

#include "base/errors.h"
#include "base/findings.h"
#include "factorwal/arrow.h"
#include "tables/arrow_capsules.h"
#include "tables/batch_arrays.h"

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

}  // namespace

nb::object HistoryPass::next() {
  auto batch = std::make_shared<ColumnBatch>();
  const auto found = [&] {
    nb::gil_scoped_release released;
    return rows_->next(*batch);
  }();
  if (!found.has_value()) raise(found.error());
  if (!found) return nb::none();
  return batch_arrays(batch);
}

nb::dict HistoryPass::no_rows() const {
  return batch_arrays(std::make_shared<ColumnBatch>(rows_->no_rows()));
}

void HistoryPass::check() const {
  const auto& findings = rows_->findings();
  const auto corrupt = [](const Finding& one) { return one.damage == Damage::kCorrupt; };
  if (std::none_of(findings.begin(), findings.end(), corrupt)) return;
  auto exception = make_exception(
      Error{Errc::kCorruption,
            "the log is damaged, and rows are missing; `findings` names the places", 0});
  exception.attr("findings") = list_findings(findings);
  raise(exception);
}

nb::object HistoryPass::capsule() {
  OwnedArrowStream stream(new ArrowArrayStream{});
  export_stream(std::move(rows_), *stream);
  return make_capsule(std::move(stream));
}

HistoryQuery make_query(const std::string& data_set, std::vector<std::string> instruments,
                        std::optional<std::vector<std::string>> inputs,
                        std::optional<std::vector<std::string>> factors,
                        std::optional<TimestampNs> start, std::optional<TimestampNs> end,
                        bool sequences, std::size_t batch_rows) {
  HistoryQuery query;
  query.data_set = data_set_of(data_set);
  query.instruments = std::move(instruments);
  query.inputs = std::move(inputs);
  query.factors = std::move(factors);
  query.from = start;
  query.to = end;
  query.sequences = sequences;
  query.batch_rows = batch_rows;
  return query;
}

}  // namespace factorwal::python
