#pragma once
/// Which ranges of sequences touch each other: rows of two that do not need no merging.

#include <algorithm>
#include <vector>

#include "factorwal/types.h"

namespace factorwal::archive {

/// Groups of items, in order: all of one lies before all of the next. `first` and `last` tell an
/// item's range, inclusive.
template <class Item, class First, class Last>
[[nodiscard]] std::vector<std::vector<Item>> overlapping(std::vector<Item> items, First first,
                                                         Last last) {
  std::sort(items.begin(), items.end(),
            [&](const Item& a, const Item& b) { return first(a) < first(b); });
  std::vector<std::vector<Item>> groups;
  Sequence end = 0;
  for (auto& item : items) {
    if (groups.empty() || first(item) > end) groups.emplace_back();
    end = groups.back().empty() ? last(item) : std::max(end, last(item));
    groups.back().push_back(std::move(item));
  }
  return groups;
}

}  // namespace factorwal::archive
