#pragma once
/// A reader's layouts by handle: each is asked for once, since the table has a lock.

#include "wal/format/name_table.h"

namespace factorwal::wal {

class KnownLayouts {
 public:
  explicit KnownLayouts(const LayoutTable& table) : table_(table) {}

  /// Null when it is not defined.
  [[nodiscard]] const TickLayout* find(std::uint64_t handle) {
    if (handle < known_.size()) return known_[static_cast<std::size_t>(handle)];
    for (auto count = table_.size(); known_.size() < count;) {
      known_.push_back(table_.get(static_cast<std::uint32_t>(known_.size())));
    }
    return handle < known_.size() ? known_[static_cast<std::size_t>(handle)] : nullptr;
  }

 private:
  const LayoutTable& table_;
  std::vector<const TickLayout*> known_;
};

}  // namespace factorwal::wal
