#include "reading/merged_records.h"

#include <algorithm>

#include "reading/findings.h"

namespace factorwal::tool {

void MergedRecords::Names::translate(const Dictionary& dictionary,
                                     std::vector<std::uint32_t>& handles) {
  handles.clear();
  if (dictionary == nullptr) return;
  for (const auto& text : *dictionary) handles.push_back(handle_of(text));
}

std::uint32_t MergedRecords::Names::handle_of(const std::string& text) {
  if (const auto known = handles_.find(text); known != handles_.end()) return known->second;
  const auto handle = static_cast<std::uint32_t>(texts_.size());
  texts_.push_back(text);
  handles_.emplace(texts_.back(), handle);
  return handle;
}

Result<std::unique_ptr<MergedRecords>> MergedRecords::open(
    const std::vector<DataSet>& data_sets, const HistoryQuery& query,
    const std::vector<std::string>& instruments, const OpenHistory& open_history) {
  std::unique_ptr<MergedRecords> merged(new MergedRecords);
  for (const auto& id : instruments) (void)merged->instruments_.handle_of(id);
  merged->lanes_.resize(data_sets.size());
  for (std::size_t i = 0; i < data_sets.size(); ++i) {
    auto own = query;
    own.data_set = data_sets[i];
    // What stands between two updates tells rows apart, whether it is shown or not.
    if (own.data_set != DataSet::kTicks) own.factors.reset();
    auto stream = open_history(own);
    if (!stream) return stream.error();
    auto& lane = merged->lanes_[i];
    lane.stream = std::move(*stream);
    if (own.data_set == DataSet::kTicks) {
      for (const auto& column : lane.stream->no_rows().columns)
        (column.is_factor ? merged->layout_.factors : merged->layout_.fields)
            .push_back(column.id());
    }
    if (!merged->load(lane)) return merged->status_.error();
  }
  return merged;
}

/// False at an error.
bool MergedRecords::load(Lane& lane) {
  lane.row = 0;
  if (lane.stream->next(lane.batch)) {
    instruments_.translate(lane.batch.instrument_ids, lane.instruments);
    factors_.translate(lane.batch.factor_ids, lane.factors);
    return true;
  }
  lane.batch = {};
  status_ = lane.stream->status();
  return static_cast<bool>(status_);
}

bool MergedRecords::next(LogRecord& record) {
  if (!status_) return false;
  if (given_ != nullptr && ++given_->row == given_->batch.row_count() && !load(*given_))
    return false;
  given_ = nullptr;
  for (auto& lane : lanes_) {
    if (!lane.ended() && (given_ == nullptr || lane.sequence() < given_->sequence()))
      given_ = &lane;
  }
  if (given_ == nullptr) return false;
  give(*given_, record);
  return true;
}

void MergedRecords::give(const Lane& lane, LogRecord& record) {
  const auto& batch = lane.batch;
  const auto row = lane.row;
  record = {};
  record.sequence = lane.sequence();
  record.instrument.index = lane.instruments[batch.instruments[row]];
  record.instrument_id = instruments_.text(record.instrument.index);
  record.timestamp_ns = batch.timestamps[row];
  if (batch.data_set == DataSet::kTicks) return give_tick(lane, record);
  if (batch.data_set == DataSet::kSnapshots) return give_snapshot(lane, record);
  record.factor.index = lane.factors[batch.factors[row]];
  record.factor_id = factors_.text(record.factor.index);
  if (batch.data_set == DataSet::kUpdates) {
    record.type = RecordType::kUpdate;
    record.value = batch.values[row];
    return;
  }
  record.type = RecordType::kVectorUpdate;
  record.values = std::span(batch.values)
                      .subspan(batch.offsets[row], batch.offsets[row + 1] - batch.offsets[row]);
}

void MergedRecords::give_tick(const Lane& lane, LogRecord& record) {
  record.type = RecordType::kTick;
  record.layout_handle.index = 0;
  record.layout = &layout_;
  numbers_.clear();
  for (const auto& column : lane.batch.columns) numbers_.push_back(column.values[lane.row]);
  record.fields = std::span(numbers_).first(layout_.fields.size());
  record.values = std::span(numbers_).subspan(layout_.fields.size());
}

void MergedRecords::give_snapshot(const Lane& lane, LogRecord& record) {
  const auto& batch = lane.batch;
  record.type = RecordType::kSnapshot;
  record.checkpoint_id = batch.checkpoint_ids[lane.row];
  items_.clear();
  for (auto i = batch.offsets[lane.row]; i < batch.offsets[lane.row + 1]; ++i) {
    const FactorHandle factor{lane.factors[batch.factors[i]], 0};
    items_.push_back({factor, factors_.text(factor.index), batch.values[i]});
  }
  record.factors = items_;
}

std::vector<Finding> MergedRecords::findings() const {
  std::vector<Finding> all;
  for (const auto& lane : lanes_) add_new_findings(all, lane.stream->findings());
  return all;
}

/// Each stream of one log tells of the same segments.
std::uint64_t MergedRecords::cut_records() const {
  std::uint64_t most = 0;
  for (const auto& lane : lanes_) most = std::max(most, lane.stream->cut_records());
  return most;
}

}  // namespace factorwal::tool
