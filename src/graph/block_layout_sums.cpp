/// Where the sums of series and pairs lie in an instrument's block.

#include <algorithm>
#include <cmath>

#include "graph/block_layout.h"

namespace factorwal::graph {
namespace {

using operators::Order;
using operators::SeriesPlan;

// As much of a window's sums or moments as there is for that order; `whole`: with squares.
std::size_t bytes_of(Order order, std::size_t whole) {
  switch (order) {
    case Order::kNone: return 0;
    case Order::kCount: return operators::kCountBytes;
    case Order::kSum: return operators::kSumBytes;
    case Order::kSquares: break;
  }
  return whole;
}

std::size_t moment_bytes(Order order) { return bytes_of(order, sizeof(operators::WindowMoments)); }

// n * squares, n * products and squares of sums stay below 2^53.
double small_reach_of(const SeriesPlan& series) {
  double longest = 1;
  for (const auto& window : series.windows) {
    if (window.order == Order::kSquares) longest = std::max<double>(longest, window.slots);
  }
  return std::floor(operators::kSmallReachMax / longest);
}

}  // namespace

// Sums that every tick touches come before those that few do.
void BlockLayout::place_sums() {
  for (const auto& draft : draft_.series_) {
    auto& series = plan_.series_.emplace_back();
    series.value = plan_.value_offsets_[draft.slot];
    for (const auto& [slots, order] : draft.windows) {
      series.windows.push_back({.slots = slots, .order = order});
      series.slots = std::max(series.slots, slots);
    }
    std::ranges::stable_sort(series.windows, std::ranges::greater{}, &operators::WindowPlan::order);
    if (draft.counts) series.grid = place(sizeof(operators::Grid), operators::kCacheLineBytes);
    for (auto& window : series.windows) {
      if (window.order == Order::kNone) continue;
      window.moments = place(moment_bytes(window.order), alignof(operators::WindowMoments));
      ++series.counts_end;
      if (window.order >= Order::kSum) ++series.sums_end;
      if (window.order == Order::kSquares) ++series.squares_end;
    }
    place_small_sums(series);
  }
  for (const auto& draft : draft_.pairs_) {
    auto& pair = plan_.pairs_.emplace_back();
    pair.x = &plan_.series_[draft.x];
    pair.y = &plan_.series_[draft.y];
    pair.form = place(sizeof(operators::PairForm), alignof(operators::PairForm));
    for (const auto slots : draft.windows) {
      pair.slots = std::max(pair.slots, slots);
      const auto window_of = [&](const SeriesPlan& series) {
        return &*std::ranges::find(series.windows, slots, &operators::WindowPlan::slots);
      };
      pair.windows.push_back(
          {.slots = slots,
           .x = window_of(*pair.x),
           .y = window_of(*pair.y),
           .moments = place(sizeof(operators::PairMoments), alignof(operators::PairMoments))});
    }
    place_small_products(pair);
  }
}

void BlockLayout::place_small_sums(SeriesPlan& series) {
  series.small_reach = small_reach_of(series);
  place_lanes(series, 0, series.squares_end);
  place_lanes(series, series.squares_end, series.sums_end);
}

// Puts windows of one order side by side.
void BlockLayout::place_lanes(SeriesPlan& series, std::size_t begin, std::size_t end) {
  constexpr auto kBytes = static_cast<Offset>(sizeof(double));
  for (; begin < end; begin += operators::kLanes) {
    auto& lanes = series.lanes.emplace_back();
    const auto order = series.windows[begin].order;
    lanes.sums = place(sizeof(operators::Lanes), kBytes);
    if (order == Order::kSquares) lanes.squares = place(sizeof(operators::Lanes), kBytes);
    for (Offset lane = 0; lane < operators::kLanes; ++lane) {
      const bool is_used = begin + lane < end;
      auto& window = series.windows[is_used ? begin + lane : begin];
      lanes.slots[lane] = window.slots;
      lanes.lengths[lane] = window.slots;
      lanes.moments[lane] = is_used ? window.moments : place(moment_bytes(order), kBytes);
      if (!is_used) continue;
      window.small_sum = lanes.sums + lane * kBytes;
      if (order == Order::kSquares) window.small_squares = lanes.squares + lane * kBytes;
    }
  }
}

void BlockLayout::place_small_products(operators::PairPlan& pair) {
  constexpr auto kBytes = static_cast<Offset>(sizeof(double));
  for (std::size_t begin = 0; begin < pair.windows.size(); begin += operators::kLanes) {
    auto& lanes = pair.lanes.emplace_back();
    lanes.products = place(sizeof(operators::Lanes), kBytes);
    for (Offset lane = 0; lane < operators::kLanes; ++lane) {
      const bool is_used = begin + lane < pair.windows.size();
      auto& window = pair.windows[is_used ? begin + lane : begin];
      lanes.slots[lane] = window.slots;
      lanes.lengths[lane] = window.slots;
      lanes.x_sums[lane] = window.x->small_sum;
      lanes.y_sums[lane] = window.y->small_sum;
      lanes.moments[lane] =
          is_used ? window.moments : place(sizeof(operators::PairMoments), kBytes);
      if (is_used) window.small_products = lanes.products + lane * kBytes;
    }
  }
}

// Read at most ticks of a series whose sums are not small.
void BlockLayout::place_narrow_sums() {
  for (auto& series : plan_.series_) {
    for (auto& window : series.windows) {
      if (window.order == Order::kNone) continue;
      window.narrow = place(bytes_of(window.order, sizeof(operators::NarrowSums)),
                            alignof(operators::NarrowSums));
    }
  }
  for (auto& pair : plan_.pairs_) {
    for (auto& window : pair.windows) {
      window.narrow = place(sizeof(operators::PairSums), alignof(operators::PairSums));
    }
  }
}

void BlockLayout::place_wide_sums() {
  for (auto& series : plan_.series_) {
    for (auto& window : series.windows) {
      if (window.order < Order::kSum) continue;
      window.wide = place(sizeof(operators::WideSums), alignof(operators::WideSums));
    }
  }
  for (auto& pair : plan_.pairs_) {
    for (auto& window : pair.windows) {
      window.one_sided = place(sizeof(operators::OneSidedSums), alignof(operators::OneSidedSums));
      window.wide = place(sizeof(operators::WidePairSums), alignof(operators::WidePairSums));
    }
  }
}

}  // namespace factorwal::graph
