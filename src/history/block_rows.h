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
  };
  /// Where a row of a chunk goes.
  struct Move {
    std::uint32_t row = 0;
    std::uint32_t slot = 0;
  };

  void choose_chunks();
  [[nodiscard]] bool wants(const Chunk& chunk);
  [[nodiscard]] Result<bool> load_keys(wal::LogReader& reader);
  void tell_lost(wal::LogReader& reader, std::size_t chunk);
  /// Gives each row that is asked for its slot among them; how many there are.
  [[nodiscard]] std::size_t select_rows();
  void select_ticks(const Chunk& chunk);
  void select_updates(const Chunk& chunk);
  [[nodiscard]] bool takes(std::size_t row) const;
  void mark(std::size_t row);
  [[nodiscard]] bool fill_chunk(Wanted& wanted, ColumnBatch& batch, std::size_t first);
  [[nodiscard]] bool fill_ticks(Wanted& wanted, ColumnBatch& batch, std::size_t first);
  [[nodiscard]] bool fill_columns(Wanted& wanted, ColumnBatch& batch, std::size_t first);
  [[nodiscard]] bool fill_updates(Wanted& wanted, ColumnBatch& batch, std::size_t first);
  void find_moves(const Chunk& chunk);

  Projection& projection_;
  wal::BlockColumns columns_;
  wal::BlockPart block_;
  std::vector<std::size_t> indices_;  // of the chunks that are read, in the block
  std::vector<std::size_t> in_frame_;
  std::vector<wal::ChunkView> views_;
  std::vector<Wanted> wanted_;
  std::vector<std::uint32_t> slots_;  // by place in the block
  std::vector<std::uint8_t> taken_;   // by row
  std::vector<Move> moves_;           // of one chunk
};

}  // namespace factorwal::history
