#pragma once
/// The rows of a block that a query asks for, decoded straight into columns: chunks that have none
/// of them are not read.

#include "history/projection.h"
#include "wal/chunk/block_columns.h"
#include "wal/reading/log_reader.h"

namespace factorwal::history {

class BlockRows {
 public:
  BlockRows(Projection& projection, const wal::NameTable& names)
      : projection_(projection), columns_(names) {}

  /// Reads the block that `reader` is at, but for its values: how many rows it has to give.
  /// Damage is told to the reader, and costs the rows that it hits.
  [[nodiscard]] Result<std::size_t> start(wal::LogReader& reader);
  /// Puts them at row `first` of `batch`, whose vectors are long enough. False if the block does
  /// not follow the grammar, which the reader was told: then none of its rows counts.
  [[nodiscard]] Result<bool> fill(wal::LogReader& reader, ColumnBatch& batch, std::size_t first);

 private:
  using Chunk = wal::BlockColumns::Chunk;
  /// A chunk on its way.
  struct Wanted {
    std::size_t chunk = 0;
    Cursor bytes{ByteView{}};
    std::size_t first_move = 0;
    std::size_t end_move = 0;
  };
  /// Where a row of a chunk goes.
  struct Move {
    std::uint32_t row = 0;
    std::uint32_t slot = 0;
  };

  void choose_chunks();
  [[nodiscard]] bool wants(const Chunk& chunk);
  [[nodiscard]] bool wants_run(const wal::BlockColumns::Run& run);
  /// Whether it matters which records of the block the rows are.
  [[nodiscard]] bool needs_places() const;
  [[nodiscard]] Status load_keys(wal::LogReader& reader);
  void tell_lost(wal::LogReader& reader, std::size_t chunk);
  /// Finds the rows that are asked for, and gives each its slot among them; how many there are.
  [[nodiscard]] std::size_t select_rows();
  void select_ticks(const Chunk& chunk);
  void select_updates(const Chunk& chunk);
  void select(const Chunk& chunk, std::size_t row);
  void give_slots();
  [[nodiscard]] std::span<const Move> moves(const Wanted& wanted) const {
    return std::span(moves_).subspan(wanted.first_move, wanted.end_move - wanted.first_move);
  }
  [[nodiscard]] bool fill_chunk(Wanted& wanted, ColumnBatch& batch, std::size_t first);
  [[nodiscard]] bool fill_ticks(Wanted& wanted, ColumnBatch& batch, std::size_t first);
  [[nodiscard]] bool fill_columns(Wanted& wanted, ColumnBatch& batch, std::size_t first);
  [[nodiscard]] bool fill_updates(Wanted& wanted, ColumnBatch& batch, std::size_t first);

  Projection& projection_;
  wal::BlockColumns columns_;
  wal::BlockPart block_;
  std::vector<std::size_t> indices_;  // of the chunks that are read, in the block
  std::vector<std::size_t> in_frame_;
  std::vector<wal::ChunkView> views_;
  std::vector<Wanted> wanted_;
  std::vector<Move> moves_;           // chunk by chunk
  std::vector<std::uint32_t> slots_;  // by place in the block, where needed
  std::size_t first_series_ = 0;      // of those that are asked for
  bool several_series_ = false;
  bool has_places_ = false;
};

}  // namespace factorwal::history
