#pragma once
/// What a block's head says: which chunks there are, whose rows they hold, and in which order these
/// came. docs/format.md, "Blocks".

#include <string>

#include "factorwal/record.h"
#include "wal/chunk/block_format.h"
#include "wal/format/known_layouts.h"

namespace factorwal::wal {

/// Records of a chunk that does not hold.
struct LostRows {
  ByteView chunk;
  std::uint64_t rows = 0;
  std::uint64_t first = 0;  ///< among the block's records
  std::uint64_t last = 0;
  std::string series;  ///< whose they were, for people
};

/// Whose an update is.
struct UpdateTarget {
  std::uint32_t instrument = 0;
  std::uint32_t factor = 0;
};

class BlockHead {
 public:
  struct Chunk {
    ChunkKind kind = ChunkKind::kTicks;
    bool counted = true;  ///< of its ticks' numbers
    std::uint32_t layout = 0;
    std::size_t columns = 0;
    std::size_t rows = 0;
    std::size_t runs = 0;
    std::size_t first_run = 0;
    std::size_t first_row = 0;
    std::size_t first_value = 0;
    bool intact = true;
  };
  /// Ticks of one instrument and layout, counted or not; the last one may be all updates.
  struct Series {
    ChunkKind kind = ChunkKind::kTicks;
    bool counted = true;
    std::uint32_t instrument = 0;
    std::uint32_t layout_index = 0;
    std::size_t columns = 1;
    std::size_t next_row = 0;
    std::size_t end_row = 0;
    std::size_t values = 0;  ///< of its next row
    const TickLayout* layout = nullptr;
  };
  struct Run {
    std::size_t series = 0;
    std::size_t rows = 0;
  };

  explicit BlockHead(const NameTable& names) : names_(names), layouts_(names.layouts) {}

 protected:
  void learn_ids();
  /// False when the bytes are none.
  [[nodiscard]] bool load_entries(Cursor& head, std::uint64_t records_max);
  [[nodiscard]] bool load_runs(Cursor& head);
  [[nodiscard]] bool load_order(Cursor& head);
  /// Calls `take` with each record, its series and its row; false when the bytes are none. Requires
  /// `begin_rows`.
  template <class F>
  [[nodiscard]] bool for_order(Cursor& head, F&& take);
  void begin_rows();
  /// Rows of a chunk of ticks at which its runs begin, into `begins_`.
  void find_begins(const Chunk& chunk);
  /// Whose rows are in a chunk, for people.
  [[nodiscard]] std::string series_of(const Chunk& chunk) const;

  const NameTable& names_;
  KnownLayouts layouts_;
  // By handle; asked for once.
  std::vector<std::string_view> instrument_ids_;
  std::vector<std::string_view> factor_ids_;
  std::vector<Chunk> chunks_;
  std::vector<Series> series_;
  std::vector<Run> runs_;
  std::vector<std::uint32_t> order_;  // series of each record
  std::size_t row_count_ = 0;
  std::size_t value_count_ = 0;
  std::vector<std::uint64_t> numbers_;
  std::vector<std::uint64_t> lengths_;
  std::vector<std::uint32_t> begins_;

 private:
  [[nodiscard]] bool load_entry(Cursor& head, Chunk& chunk);
  [[nodiscard]] bool place_runs(const Chunk& chunk, std::uint64_t& instrument);
  [[nodiscard]] bool begin_run(const Chunk& chunk, std::uint64_t instrument, bool goes_on);
  [[nodiscard]] bool place_updates(const Chunk& chunk);

  std::vector<std::uint64_t> steps_;  // of the order
  std::vector<std::uint32_t> order_memory_;
  struct RowsLeft {
    std::uint32_t next = 0;
    std::uint32_t end = 0;
  };
  std::vector<RowsLeft> next_rows_;  // by series
};

template <class F>
bool BlockHead::for_order(Cursor& head, F&& take) {
  // Only ever longer: shorter and longer again would be filled with zeros.
  if (steps_.size() < row_count_) steps_.resize(row_count_);
  if (!load_integers(head, std::span(steps_).first(row_count_))) return false;
  SeriesOrder order(order_memory_, series_.size());
  const auto count = series_.size();
  const auto* steps = steps_.data();
  auto* rows = next_rows_.data();
  for (std::size_t i = 0; i < row_count_; ++i) {
    const auto series = order.expected() + static_cast<std::uint64_t>(unzigzag(steps[i]));
    if (series >= count || rows[series].next == rows[series].end) return false;
    take(i, static_cast<std::uint32_t>(series), rows[series].next++);
    order.push(series);
  }
  return true;
}

}  // namespace factorwal::wal
