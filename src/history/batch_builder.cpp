#include "history/batch_builder.h"

#include <limits>

namespace factorwal::history {
namespace {

/// Items of vectors and snapshots that a batch has at most, unless one row alone has more: the
/// longest vector's 500,000 fit.
constexpr std::size_t kItemsMax = std::size_t{1} << 20;
constexpr double kMissing = std::numeric_limits<double>::quiet_NaN();

constexpr RecordType type_of(DataSet set) noexcept {
  switch (set) {
    case DataSet::kTicks: return RecordType::kTick;
    case DataSet::kUpdates: return RecordType::kUpdate;
    case DataSet::kVectors: return RecordType::kVectorUpdate;
    case DataSet::kSnapshots: break;
  }
  return RecordType::kSnapshot;
}

bool has_items(DataSet set) noexcept {
  return set == DataSet::kVectors || set == DataSet::kSnapshots;
}

}  // namespace

std::uint32_t IdDictionary::place(std::uint32_t handle, std::string_view id) {
  if (handle >= places_.size()) places_.resize(std::size_t{handle} + 1, kNone);
  auto& place = places_[handle];
  if (place == kNone) {
    place = static_cast<std::uint32_t>(ids_.size());
    ids_.emplace_back(id);
  }
  return place;
}

const Dictionary& IdDictionary::share() {
  if (shared_->size() != ids_.size()) {
    shared_ = std::make_shared<const std::vector<std::string>>(ids_);
  }
  return shared_;
}

BatchBuilder::BatchBuilder(const HistoryQuery& query, const wal::LayoutTable& layouts)
    : query_(query), type_(type_of(query.data_set)), times_(query) {
  if (!query.instruments.empty()) instruments_ = IdSelection(query.instruments);
  if (query.data_set == DataSet::kTicks) {
    columns_ = TickColumns(query, layouts);
  } else if (query.factors) {
    factors_ = IdSelection(*query.factors);
  }
}

void BatchBuilder::begin(ColumnBatch& batch) {
  batch_ = &batch;
  batch.data_set = query_.data_set;
  batch.instrument_ids = nullptr;
  batch.factor_ids = nullptr;
  if (!columns_.fit(batch.columns)) batch.columns = columns_.make();
  for (auto& column : batch.columns) column.values.clear();
  batch.instruments.clear();
  batch.timestamps.clear();
  batch.sequences.clear();
  batch.ordinals.clear();
  batch.factors.clear();
  batch.values.clear();
  batch.checkpoint_ids.clear();
  batch.offsets.clear();
  if (has_items(query_.data_set)) batch.offsets.push_back(0);
}

void BatchBuilder::finish() {
  batch_->instrument_ids = instrument_ids_.share();
  if (query_.data_set != DataSet::kTicks) batch_->factor_ids = factor_ids_.share();
  batch_ = nullptr;
}

ColumnBatch BatchBuilder::no_rows() {
  ColumnBatch batch;
  begin(batch);
  finish();
  return batch;
}

bool BatchBuilder::full() const noexcept {
  return batch_->row_count() >= query_.batch_rows ||
         (has_items(query_.data_set) && batch_->values.size() >= kItemsMax);
}

void BatchBuilder::add(const LogRecord& record) {
  if (takes(record)) add_row(record);
}

bool BatchBuilder::takes(const LogRecord& record) {
  return record.type == type_ && record.sequence >= query_.first_sequence &&
         record.sequence <= query_.last_sequence && times_.takes(record.timestamp_ns) &&
         instruments_.takes(record.instrument.index, record.instrument_id);
}

void BatchBuilder::add_row(const LogRecord& record) {
  switch (type_) {
    case RecordType::kTick: add_tick(record); break;
    case RecordType::kUpdate:
      if (!factors_.takes(record.factor.index, record.factor_id)) return;
      add_update(record);
      break;
    case RecordType::kVectorUpdate:
      if (!factors_.takes(record.factor.index, record.factor_id)) return;
      add_vector(record);
      break;
    default: {
      const auto before = batch_->values.size();
      add_snapshot(record);
      if (batch_->values.size() == before && !factors_.all()) return;
      batch_->offsets.push_back(batch_->values.size());
      batch_->checkpoint_ids.push_back(record.checkpoint_id);
      break;
    }
  }
  batch_->instruments.push_back(
      instrument_ids_.place(record.instrument.index, record.instrument_id));
  batch_->timestamps.push_back(record.timestamp_ns);
  batch_->sequences.push_back(record.sequence);
}

void BatchBuilder::add_tick(const LogRecord& record) {
  const auto& places = columns_.of(record.layout_handle, *record.layout);
  const auto put = [&](std::uint32_t column, double value) {
    if (column != TickColumns::kNone) batch_->columns[column].values.push_back(value);
  };
  const auto* column = places.columns.data();
  for (const auto value : record.fields) put(*column++, value);
  for (const auto value : record.values) put(*column++, value);
  for (const auto missing : places.missing) put(missing, kMissing);
  batch_->ordinals.push_back(record.ordinal);
}

void BatchBuilder::add_update(const LogRecord& record) {
  batch_->factors.push_back(factor_ids_.place(record.factor.index, record.factor_id));
  batch_->values.push_back(record.value);
}

void BatchBuilder::add_vector(const LogRecord& record) {
  batch_->factors.push_back(factor_ids_.place(record.factor.index, record.factor_id));
  batch_->values.insert(batch_->values.end(), record.values.begin(), record.values.end());
  batch_->offsets.push_back(batch_->values.size());
}

void BatchBuilder::add_snapshot(const LogRecord& record) {
  for (const auto& item : record.factors) {
    if (!factors_.takes(item.factor.index, item.factor_id)) continue;
    batch_->factors.push_back(factor_ids_.place(item.factor.index, item.factor_id));
    batch_->values.push_back(item.value);
  }
}

}  // namespace factorwal::history
