#include "archive/history_source.h"

#include <algorithm>
#include <utility>

#include "factorwal/history.h"
#include "factorwal/reader.h"

namespace factorwal::archive {

class HistorySource::Stream final : public RowStream {
 public:
  Stream(HistorySource& source, History history) : source_(source), history_(std::move(history)) {}
  ~Stream() override {
    for (const auto& finding : history_.findings()) source_.note(finding);
    source_.cut_records_ += history_.cut_records();
  }
  Result<bool> next(ColumnBatch& batch) override {
    const auto found = history_.next(batch);
    if (!found.has_value()) return found.error();
    return found.value();
  }

 private:
  HistorySource& source_;
  History history_;
};

void HistorySource::note(const Finding& finding) {
  sound_ = sound_ && finding.damage != Damage::kCorrupt;
  add_new_findings(findings_, {&finding, 1});
}

std::vector<Finding> HistorySource::take_findings() { return std::exchange(findings_, {}); }

Result<Sequence> HistorySource::settled_sequence() {
  const auto reader = Reader::open(directory_);
  if (!reader) return reader.error();
  return std::min(reader->durable_sequence(), reader->last_sequence());
}

Result<std::unique_ptr<RowStream>> HistorySource::read(DataSet data_set, Sequence first,
                                                       Sequence last) {
  HistoryQuery query;
  query.data_set = data_set;
  query.first_sequence = first;
  query.last_sequence = last;
  auto history = History::open(directory_, query);
  if (!history) return history.error();
  return std::unique_ptr<RowStream>(new Stream(*this, std::move(*history)));
}

Result<std::vector<Definition>> HistorySource::definitions(Sequence first, Sequence last) {
  const auto reader = Reader::open(directory_);
  if (!reader) return reader.error();
  const auto uses = reader->layout_uses(first, last);
  if (!uses) return uses.error();
  std::vector<Definition> all;
  for (const auto& use : *uses) all.push_back({use.first, use.last, use.layout.factor_text});
  return all;
}

}  // namespace factorwal::archive
