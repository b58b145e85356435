#include "wal/chunk/waiting_records.h"

#include <algorithm>

namespace factorwal::wal {

void WaitingRecords::clear() noexcept {
  size_ = 0;
  updates_ = 0;
  if (ticks_.empty()) return;
  ticks_.clear();
  value_count_ = 0;
  positions_.clear();
  series_.clear();
  groups_.clear();
  last_ = 0;
  if (++block_ != 0) return;
  std::ranges::fill(slots_, Slot{});
  std::ranges::fill(layout_groups_, Slot{});
  block_ = 1;
}

void WaitingRecords::push_order(std::uint32_t series) {
  if (size_ == order_.size()) order_.resize(size_ * 2 + 64);
  order_[size_++] = series;
}

bool WaitingRecords::add_tick(InstrumentHandle instrument, LayoutHandle layout, TimestampNs time,
                              const TickNumber& number, ByteView position, ByteView values) {
  const auto count = values.size() / sizeof(double);
  if (size_ == kBlockRecordsMax || value_count_ + updates_ + count > kBlockValuesMax) return false;
  // All rows of a chunk have as many columns.
  const Key key{instrument.index, layout.index, number.counted};
  const auto group = group_slot(key);
  const bool known = group < layout_groups_.size() && layout_groups_[group].block == block_;
  if (known && groups_[layout_groups_[group].index].columns != count) return false;
  const auto series = find_series(key, static_cast<std::uint32_t>(count));
  ++series_[series].rows;
  ticks_.push_back({series, static_cast<std::uint32_t>(position.size()), time, number.ordinal,
                    value_count_, positions_.size()});
  put_bytes(positions_, position);
  if (count > 0) std::memcpy(reserve_values(count), values.data(), count * sizeof(double));
  push_order(series);
  return true;
}

bool WaitingRecords::add_update(InstrumentHandle instrument, FactorHandle factor, TimestampNs time,
                                double value) {
  if (size_ == kBlockRecordsMax || value_count_ + updates_ == kBlockValuesMax) return false;
  if (updates_ == update_values_.size()) grow_updates();
  update_instruments_[updates_] = instrument.index;
  update_factors_[updates_] = factor.index;
  update_times_[updates_] = static_cast<std::uint64_t>(time);
  update_values_[updates_] = value;
  ++updates_;
  push_order(kIsUpdate);
  return true;
}

void WaitingRecords::grow_updates() {
  const auto size = updates_ * 2 + 64;
  update_instruments_.resize(size);
  update_factors_.resize(size);
  update_times_.resize(size);
  update_values_.resize(size);
}

double* WaitingRecords::reserve_values(std::size_t count) {
  const auto begin = value_count_;
  value_count_ += count;
  if (values_.size() < value_count_) values_.resize(std::max(values_.size() * 2, value_count_));
  return values_.data() + begin;
}

std::uint32_t WaitingRecords::find_series(const Key& key, std::uint32_t columns) {
  // As a rule instruments come in the same order again and again.
  if (!ticks_.empty()) {
    const auto next = series_[last_].followed_by;
    if (is_series(next, key)) return last_ = next;
  }
  const auto found = look_up(key, columns);
  if (!ticks_.empty()) series_[last_].followed_by = found;
  return last_ = found;
}

std::uint32_t WaitingRecords::look_up(const Key& key, std::uint32_t columns) {
  auto& slot = slot_of(key);
  if (slot.block == block_) return slot.index;
  const auto index = static_cast<std::uint32_t>(series_.size());
  slot = {block_, index};
  const auto group = find_group(key, columns);
  ++groups_[group].series;
  series_.push_back({key.instrument, key.layout, group, 0, index, key.counted});
  if (series_.size() * 2 > slots_.size()) grow_slots();
  return index;
}

WaitingRecords::Slot& WaitingRecords::slot_of(const Key& key) {
  const auto name = (std::uint64_t{key.layout} << 32U) | key.instrument;
  for (auto place = (name * 0x9e3779b97f4a7c15U) >> 24U;; ++place) {
    auto& slot = slots_[place & (slots_.size() - 1)];
    if (slot.block != block_ || is_series(slot.index, key)) return slot;
  }
}

void WaitingRecords::grow_slots() {
  slots_.assign(slots_.size() * 4, Slot{});
  for (std::uint32_t i = 0; i < series_.size(); ++i) {
    slot_of(key_of(series_[i])) = {block_, i};
  }
}

std::uint32_t WaitingRecords::find_group(const Key& key, std::uint32_t columns) {
  const auto at = group_slot(key);
  if (at >= layout_groups_.size()) layout_groups_.resize(at + 1);
  auto& slot = layout_groups_[at];
  if (slot.block != block_) {
    slot = {block_, static_cast<std::uint32_t>(groups_.size())};
    groups_.push_back({columns, 0});
  }
  return slot.index;
}

}  // namespace factorwal::wal
