#include "archive/row_order.h"

#include <algorithm>
#include <map>
#include <numeric>

#include "archive/days.h"
#include "factorwal/record.h"

namespace factorwal::archive {
namespace {

/// The rank of each batch's instruments among all, by name.
class Ranks {
 public:
  explicit Ranks(std::span<const ColumnBatch> batches) {
    for (const auto& batch : batches) {
      if (!by_dictionary_.contains(batch.instrument_ids.get())) {
        by_dictionary_[batch.instrument_ids.get()];
        for (const auto& id : *batch.instrument_ids) ranks_.try_emplace(id);
      }
    }
    std::uint32_t next = 0;
    for (auto& [name, rank] : ranks_) {
      rank = next++;
      names_.push_back(name);
    }
    for (const auto& batch : batches) {
      auto& ranks = by_dictionary_[batch.instrument_ids.get()];
      if (!ranks.empty()) continue;
      for (const auto& id : *batch.instrument_ids) ranks.push_back(ranks_.find(id)->second);
    }
  }
  [[nodiscard]] std::size_t size() const { return names_.size(); }
  [[nodiscard]] const std::string& name(std::size_t rank) const { return names_[rank]; }
  [[nodiscard]] const std::vector<std::uint32_t>& of(const ColumnBatch& batch) const {
    return by_dictionary_.find(batch.instrument_ids.get())->second;
  }

 private:
  std::map<std::string, std::uint32_t> ranks_;
  std::vector<std::string> names_;
  std::map<const void*, std::vector<std::uint32_t>> by_dictionary_;
};

/// Numbers of days in the order in which they are met; few, and mostly the last one again.
class Days {
 public:
  std::uint32_t number_of(std::int32_t day) {
    if (!days_.empty() && days_[last_] == day) return last_;
    const auto found = std::find(days_.begin(), days_.end(), day);
    last_ = static_cast<std::uint32_t>(found - days_.begin());
    if (found == days_.end()) days_.push_back(day);
    return last_;
  }
  [[nodiscard]] const std::vector<std::int32_t>& days() const { return days_; }

 private:
  std::vector<std::int32_t> days_;
  std::uint32_t last_ = 0;
};

/// A counting sort: places of each bucket, in the order in which they came.
class Buckets {
 public:
  explicit Buckets(std::size_t rows) { numbers_.reserve(rows); }
  void note(std::uint32_t number) {
    if (number >= counts_.size()) counts_.resize(number + 1, 0);
    ++counts_[number];
    numbers_.push_back(number);
  }
  void scatter(std::span<const ColumnBatch> batches, std::span<const std::uint32_t> order,
               RowOrder& result) {
    std::vector<std::size_t> next(counts_.size());
    std::size_t at = 0;
    for (const auto number : order) {
      next[number] = at;
      at += counts_[number];
    }
    result.places.resize(numbers_.size());
    std::size_t index = 0;
    for (std::uint32_t batch = 0; batch < batches.size(); ++batch) {
      const auto rows = static_cast<std::uint32_t>(batches[batch].row_count());
      for (std::uint32_t row = 0; row < rows; ++row)
        result.places[next[numbers_[index++]]++] = {batch, row};
    }
  }
  [[nodiscard]] std::size_t count(std::uint32_t number) const { return counts_[number]; }
  [[nodiscard]] std::size_t size() const { return counts_.size(); }

 private:
  std::vector<std::uint32_t> numbers_;
  std::vector<std::size_t> counts_;
};

void sort_by_time(std::span<const ColumnBatch> batches, std::span<Place> places) {
  const auto earlier = [&](const Place& a, const Place& b) {
    return batches[a.batch].timestamps[a.row] < batches[b.batch].timestamps[b.row];
  };
  if (!std::is_sorted(places.begin(), places.end(), earlier))
    std::stable_sort(places.begin(), places.end(), earlier);
}

template <class NumberOfDay>
RowOrder order_by(std::span<const ColumnBatch> batches, Days& days, NumberOfDay&& number_of_day) {
  const Ranks ranks(batches);
  const auto rows = std::accumulate(
      batches.begin(), batches.end(), std::size_t{0},
      [](std::size_t sum, const ColumnBatch& batch) { return sum + batch.row_count(); });
  Buckets buckets(rows);
  for (const auto& batch : batches) {
    const auto& ranks_of_batch = ranks.of(batch);
    for (std::size_t row = 0; row < batch.row_count(); ++row) {
      const auto day = number_of_day(batch.timestamps[row]);
      buckets.note(static_cast<std::uint32_t>(day * ranks.size()) +
                   ranks_of_batch[batch.instruments[row]]);
    }
  }

  std::vector<std::uint32_t> order(buckets.size());
  std::iota(order.begin(), order.end(), 0U);
  std::sort(order.begin(), order.end(), [&](std::uint32_t a, std::uint32_t b) {
    return std::pair(days.days()[a / ranks.size()], a % ranks.size()) <
           std::pair(days.days()[b / ranks.size()], b % ranks.size());
  });
  RowOrder result;
  buckets.scatter(batches, order, result);
  std::size_t at = 0;
  for (const auto number : order) {
    const auto count = buckets.count(number);
    if (count == 0) continue;
    sort_by_time(batches, std::span(result.places).subspan(at, count));
    result.runs.push_back(
        {days.days()[number / ranks.size()], ranks.name(number % ranks.size()), at, at + count});
    at += count;
  }
  return result;
}

}  // namespace

RowOrder order_rows(std::span<const ColumnBatch> batches, const TradingDays& trading_days) {
  Days days;
  return order_by(batches, days, [&](TimestampNs time) {
    return days.number_of(time == kNoTimestamp ? kFirstDay : trading_days.day_of(time));
  });
}

RowOrder order_rows_of_day(std::span<const ColumnBatch> batches, std::int32_t day) {
  Days days;
  return order_by(batches, days, [&](TimestampNs) { return days.number_of(day); });
}

}  // namespace factorwal::archive
