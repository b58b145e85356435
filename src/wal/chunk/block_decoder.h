#pragma once
/// Gives back the records of a block in the order in which they came.

#include <memory>
#include <string>

#include "factorwal/record.h"
#include "wal/chunk/block_head.h"

namespace factorwal::wal {

/// Updates that follow one another, column by column.
struct UpdateRun {
  Sequence first_sequence = 0;
  std::span<const UpdateTarget> targets;
  std::span<const std::uint64_t> times;  ///< of two's complement
  std::span<const double> values;
};

class BlockDecoder : private BlockHead {
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
  /// As `next`: type, instrument, and of a tick layout and number.
  [[nodiscard]] bool pass(LogRecord& record);
  /// What chunks of this block that do not hold have cost.
  [[nodiscard]] const std::vector<LostRows>& lost() const noexcept { return lost_; }

 private:
  using LoadChunk = bool (BlockDecoder::*)(Cursor& from, const Chunk& chunk);
  [[nodiscard]] Status start_with(LoadChunk load, ByteView content, std::uint64_t records_max,
                                  std::span<const ChunkView> chunks, std::size_t& next_chunk);
  [[nodiscard]] bool load_head(Cursor& head, std::uint64_t records_max);
  [[nodiscard]] bool load_positions(Cursor& head);
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

  std::size_t next_ = 0;
  std::vector<std::uint64_t> times_;     // by row, series by series
  std::vector<std::uint64_t> ordinals_;  // likewise, of ticks
  std::vector<UpdateTarget> targets_;    // likewise, of updates
  std::vector<double> values_;           // row by row
  std::vector<double> columns_;          // of one chunk
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
