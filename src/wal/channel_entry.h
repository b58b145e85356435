#pragma once
/// From an entry of the channel to a record of the log.

#include <unordered_map>

#include "wal/log.h"

namespace factorwal::wal {

/// What the handles in a ring's entries mean in the log at hand. Without an entry: the same.
struct HandleMap {
  using Table = std::unordered_map<std::uint32_t, std::uint32_t>;
  Table instruments;
  Table factors;
  Table layouts;

  [[nodiscard]] static std::uint32_t find(const Table& table, std::uint32_t handle) {
    if (table.empty()) return handle;
    const auto it = table.find(handle);
    return it == table.end() ? handle : it->second;
  }
};

/// Encodes an entry into the writer's frame. The log's mutex must be held; handles must be known.
void add_entry(Log& log, const std::byte* entry, const HandleMap& handles);

}  // namespace factorwal::wal
