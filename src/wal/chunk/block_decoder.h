#pragma once
/// Gives back the records of a block in the order in which they came.

#include <memory>
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

/// Updates that follow one another, column by column.
struct UpdateRun {
  Sequence first_sequence = 0;
  std::span<const UpdateTarget> targets;
  std::span<const std::uint64_t> times;  ///< of two's complement
  std::span<const double> values;
};

class BlockDecoder {
 public:
  explicit BlockDecoder(const NameTable& names);
  ~BlockDecoder();

  /// Decodes a block of at most `records_max` records; kCorruption when the bytes are none. Its
  /// chunks are those from `next_chunk` on. `content` has kColumnSlack readable bytes behind it.
  [[nodiscard]] Status start(ByteView content, std::uint64_t records_max,
                             std::span<const ChunkView> chunks, std::size_t& next_chunk);
  /// As `start`, for `pass` alone: values and times are checked, not decoded.
  [[nodiscard]] Status start_outline(ByteView content, std::uint64_t records_max,
                                     std::span<const ChunkView> chunks, std::size_t& next_chunk);
  /// As `start`, for `event_times` alone: values are checked, not decoded.
  [[nodiscard]] Status start_times(ByteView content, std::uint64_t records_max,
                                   std::span<const ChunkView> chunks, std::size_t& next_chunk);
  /// Calls `note` with an instrument and a time, so that it has met the latest of each.
  template <class F>
  void event_times(F&& note) const;
  void forget() noexcept { next_ = order_.size(); }
  [[nodiscard]] std::size_t left() const noexcept { return order_.size() - next_; }
  /// The next record but for its sequence. Requires: `left()`. False when it is lost. What it
  /// refers to is valid until the next block.
  [[nodiscard]] bool next(LogRecord& record);
  /// Whose tick the n-th record from now is, so that a reader can look ahead; not valid if it is
  /// none, or not of this block.
  [[nodiscard]] InstrumentHandle instrument_ahead(std::size_t n) const noexcept {
    if (n >= left()) return {};
    const auto& series = series_[order_[next_ + n]];
    return series.kind == ChunkKind::kTicks ? InstrumentHandle{series.instrument}
                                            : InstrumentHandle{};
  }
  /// All that is left, but for its sequence: nothing unless it is updates alone, none of them lost.
  [[nodiscard]] UpdateRun take_updates() noexcept;
  /// As `next`: type, instrument, and of a tick layout and ordinal.
  [[nodiscard]] bool pass(LogRecord& record);
  /// What chunks of this block that do not hold have cost.
  [[nodiscard]] const std::vector<LostRows>& lost() const noexcept { return lost_; }

 private:
  struct Chunk {
    ChunkKind kind = ChunkKind::kTicks;
    std::uint32_t layout = 0;
    std::size_t columns = 0;
    std::size_t rows = 0;
    std::size_t runs = 0;
    std::size_t first_run = 0;
    std::size_t first_row = 0;
    std::size_t first_value = 0;
    bool intact = true;
  };
  /// Ticks of one instrument and layout; the last one may be all updates.
  struct Series {
    ChunkKind kind = ChunkKind::kTicks;
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
  using LoadChunk = bool (BlockDecoder::*)(Cursor& from, const Chunk& chunk);
  [[nodiscard]] Status start_with(LoadChunk load, ByteView content, std::uint64_t records_max,
                                  std::span<const ChunkView> chunks, std::size_t& next_chunk);
  void learn_ids();
  [[nodiscard]] bool load_head(Cursor& head, std::uint64_t records_max);
  [[nodiscard]] bool load_entries(Cursor& head, std::uint64_t records_max);
  [[nodiscard]] bool load_entry(Cursor& head, Chunk& chunk);
  [[nodiscard]] bool load_runs(Cursor& head);
  [[nodiscard]] bool place_runs(const Chunk& chunk, std::uint64_t& instrument);
  [[nodiscard]] bool begin_run(const Chunk& chunk, std::uint64_t instrument, bool goes_on);
  [[nodiscard]] bool place_updates(const Chunk& chunk);
  [[nodiscard]] bool load_order(Cursor& head);
  [[nodiscard]] bool load_positions(Cursor& head);
  void find_begins(const Chunk& chunk);
  [[nodiscard]] bool load_chunk(Cursor& from, const Chunk& chunk);
  [[nodiscard]] bool load_ticks(Cursor& from, const Chunk& chunk);
  [[nodiscard]] bool load_updates(Cursor& from, const Chunk& chunk);
  [[nodiscard]] bool load_outline(Cursor& from, const Chunk& chunk);
  [[nodiscard]] bool load_times(Cursor& from, const Chunk& chunk);
  [[nodiscard]] bool load_keys(Cursor& from, const Chunk& chunk);
  [[nodiscard]] static bool pass_values(Cursor& from, const Chunk& chunk);
  [[nodiscard]] bool load_targets(Cursor& from, const Chunk& chunk);
  void lose(const Chunk& chunk, ByteView bytes);
  void find_lost_places();
  void take_target(std::size_t row, LogRecord& record) const;
  void take_tick(const Series& series, std::size_t row, LogRecord& record) const;
  void take_position(LogRecord& record);

  const NameTable& names_;
  KnownLayouts layouts_;
  // By handle; asked for once.
  std::vector<std::string_view> instrument_ids_;
  std::vector<std::string_view> factor_ids_;
  std::vector<Chunk> chunks_;
  std::vector<Series> series_;
  std::vector<Run> runs_;
  std::vector<std::uint32_t> order_;  // series of each record
  std::size_t next_ = 0;
  std::size_t row_count_ = 0;
  std::size_t value_count_ = 0;
  std::vector<std::uint32_t> order_memory_;
  std::vector<std::uint64_t> numbers_;
  std::vector<std::uint64_t> lengths_;
  std::vector<std::uint32_t> rows_left_;
  std::vector<std::uint64_t> times_;     // by row, series by series
  std::vector<std::uint64_t> ordinals_;  // likewise, of ticks
  std::vector<UpdateTarget> targets_;    // likewise, of updates
  std::vector<double> values_;           // row by row
  std::vector<double> columns_;          // of one chunk
  std::vector<std::uint32_t> begins_;
  std::vector<LostRows> lost_;
  std::vector<std::uint32_t>
      lost_chunk_;                     // of each row, 1 and up in `lost_`; empty if none is lost
  std::vector<std::uint64_t> shared_;  // of each tick's position, in order
  std::vector<std::uint64_t> rests_;
  std::size_t next_position_ = 0;
  const std::byte* position_bytes_ = nullptr;
  Bytes position_;
  std::unique_ptr<ColumnScratch> scratch_;
};

template <class F>
void BlockDecoder::event_times(F&& note) const {
  for (const auto& series : series_) {
    for (auto row = series.next_row; row < series.end_row; ++row) {
      if (!lost_chunk_.empty() && lost_chunk_[row] != 0) continue;
      const auto instrument =
          series.kind == ChunkKind::kTicks ? series.instrument : targets_[row].instrument;
      note(InstrumentHandle{instrument}, static_cast<TimestampNs>(times_[row]));
    }
  }
}

}  // namespace factorwal::wal
