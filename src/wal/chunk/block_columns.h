#pragma once
/// Decodes a block column by column, and only the chunks that are asked for.

#include <memory>

#include "wal/chunk/block_head.h"

namespace factorwal::wal {

class BlockColumns : private BlockHead {
 public:
  using BlockHead::Chunk;
  using BlockHead::Run;

  explicit BlockColumns(const NameTable& names);
  ~BlockColumns();

  /// Reads the head of a block of at most `records_max` records and `chunks_max` chunks;
  /// kCorruption when the bytes are none. `content` has kColumnSlack readable bytes behind it, and
  /// outlives the decoding. Positions are passed over.
  [[nodiscard]] Status start(ByteView content, std::uint64_t records_max, std::size_t chunks_max);

  [[nodiscard]] const std::vector<Chunk>& chunks() const noexcept { return chunks_; }
  [[nodiscard]] std::size_t row_count() const noexcept { return row_count_; }
  [[nodiscard]] const TickLayout& layout(const Chunk& chunk) {
    return *layouts_.find(chunk.layout);
  }
  [[nodiscard]] std::string_view instrument_id(std::uint32_t handle) const {
    return instrument_ids_[handle];
  }
  [[nodiscard]] std::string_view factor_id(std::uint32_t handle) const {
    return factor_ids_[handle];
  }
  [[nodiscard]] std::span<const Run> runs(const Chunk& chunk) const {
    return std::span(runs_).subspan(chunk.first_run, chunk.runs);
  }
  using BlockHead::series_of;
  [[nodiscard]] std::uint32_t instrument(const Run& run) const {
    return series_[run.series].instrument;
  }

  /// Which record of the block each row is: rows count chunk by chunk. False when the bytes of the
  /// order are none.
  [[nodiscard]] bool load_places();
  [[nodiscard]] std::uint32_t place(std::size_t row) const { return places_[row]; }

  /// Times, and ordinals or targets, of the rows of a chunk; false when the bytes are none.
  /// `bytes` are then where its values begin, and have kColumnSlack readable bytes behind them.
  [[nodiscard]] bool load_keys(const Chunk& chunk, Cursor& bytes);
  [[nodiscard]] TimestampNs time(std::size_t row) const {
    return static_cast<TimestampNs>(times_[row]);
  }
  [[nodiscard]] std::uint64_t ordinal(std::size_t row) const { return ordinals_[row]; }
  [[nodiscard]] UpdateTarget target(std::size_t row) const { return targets_[row]; }

  /// Of a chunk whose keys were loaded, from where these ended, the first `columns` columns, all of
  /// them if the chunk is to be checked to its end, and of these the first `rows`, one at least:
  /// rows are expected from those before them, never from those behind. Null when the bytes are
  /// none; valid until the next call. Column i begins at i * `stride`.
  struct Values {
    const double* begin = nullptr;
    std::size_t stride = 0;
  };
  [[nodiscard]] Values load_values(const Chunk& chunk, Cursor& bytes, std::size_t columns,
                                   std::size_t rows);

 private:
  [[nodiscard]] bool load_targets(const Chunk& chunk, Cursor& bytes);

  Cursor head_{ByteView{}};
  std::vector<std::uint32_t> places_;
  std::vector<std::uint64_t> times_;
  std::vector<std::uint64_t> ordinals_;
  std::vector<UpdateTarget> targets_;
  std::vector<double> columns_;
  std::unique_ptr<ColumnScratch> scratch_;
};

}  // namespace factorwal::wal
