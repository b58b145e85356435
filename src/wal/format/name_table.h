#pragma once
/// Ids and layouts of one data directory, and the dense handles that the log knows them by.

#include <array>
#include <atomic>
#include <bit>
#include <deque>
#include <limits>
#include <memory>
#include <mutex>
#include <optional>
#include <shared_mutex>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "factorwal/record.h"
#include "factorwal/result.h"
#include "factorwal/types.h"

namespace factorwal::wal {

/// Ids are any UTF-8 of 1 to 255 bytes.
[[nodiscard]] Status check_id(std::string_view what, std::string_view id);

/// How many ids of a kind one data directory can have: the highest number marks "no handle".
inline constexpr std::uint32_t kIdsMax = std::numeric_limits<std::uint32_t>::max();

/// A bijection of ids and 0, 1, 2, ... Thread-safe; entries are never removed, and views of ids
/// live as long as the table. `name` and `size` take no lock: a reader asks for every record.
class IdTable {
 public:
  /// `most`: how many ids it takes, for tests of its end.
  explicit IdTable(std::uint32_t most = kIdsMax) : most_(most) {}
  /// The handle of `id`, made if it is new. kInvalidArgument when it is new and the table full.
  [[nodiscard]] Result<std::uint32_t> try_intern(std::string_view id);
  /// Requires: known, or not full. For ids that a log or a ring has numbered before.
  std::uint32_t intern(std::string_view id) { return try_intern(id).value(); }
  [[nodiscard]] std::optional<std::uint32_t> find(std::string_view id) const;
  [[nodiscard]] std::optional<std::string_view> name(std::uint32_t index) const noexcept {
    if (index >= size()) return std::nullopt;
    const auto [block, at] = place(index);
    return blocks_[block].load(std::memory_order_relaxed)[at];
  }
  [[nodiscard]] std::uint32_t size() const noexcept {
    return size_.load(std::memory_order_acquire);
  }
  /// What a log says: `index` means `id`. False when it already means something else, or when
  /// handles before it are not defined yet, or the table is full.
  [[nodiscard]] bool define(std::uint32_t index, std::string_view id);

 private:
  struct Hash {
    using is_transparent = void;
    std::size_t operator()(std::string_view text) const noexcept {
      return std::hash<std::string_view>{}(text);
    }
  };
  // Names by index lie in blocks that never move, each twice as long as the one before.
  static constexpr std::uint32_t kFirstBlock = 64;
  struct Place {
    std::size_t block;
    std::size_t at;
  };
  static constexpr Place place(std::uint32_t index) noexcept {
    const auto group = index / kFirstBlock + 1;
    return {static_cast<std::size_t>(std::bit_width(group)) - 1,
            index - kFirstBlock * (std::bit_floor(group) - 1)};
  }
  /// The mutex must be held, and `id` be new.
  std::uint32_t add(std::string_view id);

  const std::uint32_t most_;
  mutable std::shared_mutex mutex_;
  std::deque<std::string> names_;
  std::vector<std::unique_ptr<std::string_view[]>> owned_;  // NOLINT(*-avoid-c-arrays)
  std::array<std::atomic<std::string_view*>, 27> blocks_{};
  std::atomic<std::uint32_t> size_{0};
  std::unordered_map<std::string_view, std::uint32_t, Hash, std::equal_to<>> index_;
};

/// The same for layouts. There are few.
class LayoutTable {
 public:
  std::uint32_t intern(const TickLayout& layout);
  [[nodiscard]] const TickLayout* get(std::uint32_t index) const;
  [[nodiscard]] std::uint32_t size() const;
  [[nodiscard]] bool define(std::uint32_t index, TickLayout layout);

 private:
  mutable std::mutex mutex_;
  std::deque<TickLayout> layouts_;
};

struct NameTable {
  IdTable instruments;
  IdTable factors;
  LayoutTable layouts;

  /// The latest event time of each instrument, a maximum. Touched by one thread at a time: the one
  /// that writes or decodes frames.
  std::vector<TimestampNs> event_times;

  void note_event(InstrumentHandle instrument, TimestampNs time) {
    if (instrument.index >= event_times.size()) {
      event_times.resize(std::size_t{instrument.index} + 1, kNoTimestamp);
    }
    auto& latest = event_times[instrument.index];
    if (time > latest) latest = time;
  }
  [[nodiscard]] TimestampNs event_time(InstrumentHandle instrument) const {
    return instrument.index < event_times.size() ? event_times[instrument.index] : kNoTimestamp;
  }
};

}  // namespace factorwal::wal
