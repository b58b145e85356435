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
                              std::uint64_t ordinal, ByteView position, ByteView values) {
  const auto count = values.size() / sizeof(double);
  if (size_ == kBlockRecordsMax || value_count_ + updates_ + count > kBlockValuesMax) return false;
  // All rows of a chunk have as many columns.
  const bool known =
      layout.index < layout_groups_.size() && layout_groups_[layout.index].block == block_;
  if (known && groups_[layout_groups_[layout.index].index].columns != count) return false;
  const auto series =
      find_series(instrument.index, layout.index, static_cast<std::uint32_t>(count));
  ++series_[series].rows;
  ticks_.push_back({series, static_cast<std::uint32_t>(position.size()), time, ordinal,
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

std::uint32_t WaitingRecords::find_series(std::uint32_t instrument, std::uint32_t layout,
                                          std::uint32_t columns) {
  // As a rule instruments come in the same order again and again.
  if (!ticks_.empty()) {
    const auto next = series_[last_].followed_by;
    if (is_series(next, instrument, layout)) return last_ = next;
  }
  const auto found = look_up(instrument, layout, columns);
  if (!ticks_.empty()) series_[last_].followed_by = found;
  return last_ = found;
}

std::uint32_t WaitingRecords::look_up(std::uint32_t instrument, std::uint32_t layout,
                                      std::uint32_t columns) {
  auto& slot = slot_of(instrument, layout);
  if (slot.block == block_) return slot.index;
  const auto index = static_cast<std::uint32_t>(series_.size());
  slot = {block_, index};
  const auto group = find_group(layout, columns);
  ++groups_[group].series;
  series_.push_back({instrument, layout, group, 0, index});
  if (series_.size() * 2 > slots_.size()) grow_slots();
  return index;
}

WaitingRecords::Slot& WaitingRecords::slot_of(std::uint32_t instrument, std::uint32_t layout) {
  const auto name = (std::uint64_t{layout} << 32U) | instrument;
  for (auto place = (name * 0x9e3779b97f4a7c15U) >> 24U;; ++place) {
    auto& slot = slots_[place & (slots_.size() - 1)];
    if (slot.block != block_ || is_series(slot.index, instrument, layout)) return slot;
  }
}

void WaitingRecords::grow_slots() {
  slots_.assign(slots_.size() * 4, Slot{});
  for (std::uint32_t i = 0; i < series_.size(); ++i) {
    slot_of(series_[i].instrument, series_[i].layout) = {block_, i};
  }
}

std::uint32_t WaitingRecords::find_group(std::uint32_t layout, std::uint32_t columns) {
  if (layout >= layout_groups_.size()) layout_groups_.resize(std::size_t{layout} + 1);
  auto& slot = layout_groups_[layout];
  if (slot.block != block_) {
    slot = {block_, static_cast<std::uint32_t>(groups_.size())};
    groups_.push_back({columns, 0});
  }
  return slot.index;
}

}  // namespace factorwal::wal
