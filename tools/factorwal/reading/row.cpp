#include "reading/row.h"

namespace factorwal::tool {

bool RowBuilder::add(const LogRecord& record) {
  switch (record.type) {
    case RecordType::kTick: return add_tick(record);
    case RecordType::kUpdate:
    case RecordType::kVectorUpdate: return add_update(record);
    case RecordType::kSnapshot: return finish();  // values after it are new ones
    default: return true;
  }
}

void RowBuilder::begin(const LogRecord& record) {
  row_.clear(columns_.size());
  row_.instrument = record.instrument;
  row_.instrument_id = record.instrument_id;
  row_.timestamp_ns = record.timestamp_ns;
  row_.sequence = record.sequence;
  cells_ = 0;
  ++count_;
}

bool RowBuilder::finish() {
  if (!pending_) return true;
  pending_ = false;
  if (cells_ == 0) return true;
  row_.fit(columns_.size());
  return sink_(row_);
}

bool RowBuilder::add_tick(const LogRecord& record) {
  if (!finish()) return false;
  begin(record);
  const auto& columns = columns_.of(record.layout_handle, *record.layout);
  const auto put = [&](std::span<const double> values, const std::vector<std::uint32_t>& targets) {
    for (std::size_t i = 0; i < values.size(); ++i) {
      if (targets[i] != Columns::kNone) row_.values[targets[i]] = values[i];
    }
  };
  put(record.fields, columns.fields);
  put(record.values, columns.factors);
  return sink_(row_);
}

bool RowBuilder::add_update(const LogRecord& record) {
  const auto factor = record.factor.index;
  if (factor >= set_in_.size()) set_in_.resize(std::size_t{factor} + 1);
  const bool joins = pending_ && row_.sequence + 1 == record.sequence &&
                     row_.instrument == record.instrument &&
                     row_.timestamp_ns == record.timestamp_ns && set_in_[factor] != count_;
  if (!joins) {
    if (!finish()) return false;
    begin(record);
    pending_ = true;
  }
  set_in_[factor] = count_;
  row_.sequence = record.sequence;
  const auto column = columns_.of(record.factor, record.factor_id);
  if (column == Columns::kNone) return true;
  ++cells_;
  row_.fit(columns_.size());
  if (record.type == RecordType::kUpdate) {
    row_.values[column] = record.value;
  } else {
    row_.vectors.emplace_back(column,
                              std::vector<double>(record.values.begin(), record.values.end()));
  }
  return true;
}

}  // namespace factorwal::tool
