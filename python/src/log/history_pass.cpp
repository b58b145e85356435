#include "log/history_pass.h"

#include <algorithm>
#include <utility>

#include "base/errors.h"
#include "base/findings.h"
#include "factorwal/arrow.h"
#include "tables/arrow_capsules.h"
#include "tables/batch_arrays.h"
#include "tables/heard_stream.h"

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

HistoryPass::HistoryPass(std::unique_ptr<BatchStream> rows)
    : rows_(std::make_shared<Rows>(std::move(rows))), reads_([own = rows_] {
        auto batch = std::make_shared<ColumnBatch>();
        auto found = (*own)->next(*batch);
        return Read{std::move(found), std::move(batch)};
      }) {}

BatchStream& HistoryPass::rows() const {
  if (!rows_) raise(Error{Errc::kClosed, "the pass over the history has ended: begin another", 0});
  return **rows_;
}

nb::object HistoryPass::next() {
  (void)rows();
  auto own = std::exchange(rows_, nullptr);
  const auto read = reads_.next([] {
    if (PyErr_CheckSignals() != 0) throw nb::python_error();
  });
  rows_ = std::move(own);
  if (!read.found.has_value()) raise(read.found.error());
  if (!read.found) return nb::none();
  return batch_arrays(read.batch);
}

nb::dict HistoryPass::no_rows() const {
  return batch_arrays(std::make_shared<ColumnBatch>(rows().no_rows()));
}

void HistoryPass::check() const {
  const auto& findings = rows().findings();
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
  (void)rows();
  export_stream(std::move(*std::exchange(rows_, nullptr)), *stream);
  return make_capsule(hear_signals(std::move(stream), StreamPace::kSlow));
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
  query.known_names = true;
  return query;
}

}  // namespace factorwal::python
