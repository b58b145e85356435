#pragma once
/// Ticks and scalar updates that wait for their block. Ticks belong to series, of one instrument
/// with one layout whose ticks are counted or not; updates stay in the order in which they came.

#include "factorwal/record.h"
#include "wal/chunk/block_format.h"

namespace factorwal::wal {

struct WaitingTick {
  std::uint32_t series = 0;
  std::uint32_t position_bytes = 0;
  TimestampNs time = 0;
  std::uint64_t ordinal = 0;
  std::size_t values = 0;  ///< where they begin
  std::size_t position = 0;
};

struct TickSeries {
  std::uint32_t instrument = 0;
  std::uint32_t layout = 0;
  std::uint32_t group = 0;
  std::uint32_t rows = 0;
  std::uint32_t followed_by = 0;  ///< the series that came next, the last time
  bool counted = true;            ///< of its ticks' numbers
};

/// Series of one layout, with or without a count.
struct SeriesGroup {
  std::uint32_t columns = 0;
  std::uint32_t series = 0;
};

/// Where a record of `order()` is an update.
inline constexpr std::uint32_t kIsUpdate = 0xffffffff;

class WaitingRecords {
 public:
  /// False when it does not fit; what waits is to be stored, then.
  [[nodiscard]] bool add_tick(InstrumentHandle, LayoutHandle, TimestampNs, const TickNumber&,
                              ByteView position, ByteView values);
  [[nodiscard]] bool add_update(InstrumentHandle, FactorHandle, TimestampNs, double value);
  void clear() noexcept;

  [[nodiscard]] bool empty() const noexcept { return size_ == 0; }
  [[nodiscard]] std::size_t size() const noexcept { return size_; }
  /// Of each record, in the order in which they came: its series, or kIsUpdate.
  [[nodiscard]] std::span<const std::uint32_t> order() const noexcept {
    return std::span(order_).first(size_);
  }
  [[nodiscard]] std::span<const WaitingTick> ticks() const noexcept { return ticks_; }
  /// In the order of their first ticks.
  [[nodiscard]] std::span<const TickSeries> series() const noexcept { return series_; }
  [[nodiscard]] std::span<const SeriesGroup> groups() const noexcept { return groups_; }
  [[nodiscard]] bool has_positions() const noexcept { return !positions_.empty(); }
  [[nodiscard]] ByteView position(const WaitingTick& tick) const noexcept {
    return ByteView(positions_).subspan(tick.position, tick.position_bytes);
  }
  [[nodiscard]] std::span<const double> values(const WaitingTick& tick) const noexcept {
    return std::span(values_).subspan(tick.values, groups_[series_[tick.series].group].columns);
  }

  [[nodiscard]] std::size_t updates() const noexcept { return updates_; }
  [[nodiscard]] std::span<const std::uint64_t> update_instruments() const noexcept {
    return std::span(update_instruments_).first(updates_);
  }
  [[nodiscard]] std::span<const std::uint64_t> update_factors() const noexcept {
    return std::span(update_factors_).first(updates_);
  }
  [[nodiscard]] std::span<const std::uint64_t> update_times() const noexcept {
    return std::span(update_times_).first(updates_);
  }
  [[nodiscard]] std::span<const double> update_values() const noexcept {
    return std::span(update_values_).first(updates_);
  }

  /// What they take while they wait, in bytes; more than rows of them.
  [[nodiscard]] std::size_t bytes() const noexcept {
    return ticks_.size() * sizeof(WaitingTick) + value_count_ * sizeof(double) + positions_.size() +
           updates_ * kUpdateBytes;
  }

 private:
  static constexpr std::size_t kUpdateBytes = 36;
  /// Where a table says which series or group a key has; void with another block's number.
  struct Slot {
    std::uint32_t block = 0;
    std::uint32_t index = 0;
  };
  /// What tells a series from the others.
  struct Key {
    std::uint32_t instrument;
    std::uint32_t layout;
    bool counted;
  };
  [[nodiscard]] static Key key_of(const TickSeries& series) noexcept {
    return {series.instrument, series.layout, series.counted};
  }
  [[nodiscard]] std::uint32_t find_series(const Key& key, std::uint32_t columns);
  [[nodiscard]] std::uint32_t look_up(const Key& key, std::uint32_t columns);
  [[nodiscard]] Slot& slot_of(const Key& key);
  [[nodiscard]] std::uint32_t find_group(const Key& key, std::uint32_t columns);
  [[nodiscard]] bool is_series(std::uint32_t index, const Key& key) const noexcept {
    const auto& series = series_[index];
    return series.instrument == key.instrument && series.layout == key.layout &&
           series.counted == key.counted;
  }
  [[nodiscard]] static std::size_t group_slot(const Key& key) noexcept {
    return std::size_t{key.layout} * 2 + (key.counted ? 0 : 1);
  }
  void grow_slots();
  void grow_updates();
  double* reserve_values(std::size_t count);
  void push_order(std::uint32_t series);

  // Vectors that are valid up to a count of their own keep their size: no element is set twice.
  std::size_t size_ = 0;
  std::vector<std::uint32_t> order_;
  std::vector<WaitingTick> ticks_;
  std::size_t value_count_ = 0;
  std::vector<double> values_;
  Bytes positions_;
  std::size_t updates_ = 0;
  std::vector<std::uint64_t> update_instruments_;
  std::vector<std::uint64_t> update_factors_;
  std::vector<std::uint64_t> update_times_;
  std::vector<double> update_values_;

  std::vector<TickSeries> series_;
  std::vector<SeriesGroup> groups_;
  std::vector<Slot> slots_ = std::vector<Slot>(64);  // a hash table of series
  std::vector<Slot> layout_groups_;                  // by group_slot
  std::uint32_t block_ = 1;
  std::uint32_t last_ = 0;  // series of the last tick
};

}  // namespace factorwal::wal
