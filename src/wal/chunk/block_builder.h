#pragma once
/// Stores waiting records as a block: series by series, column by column.

#include <memory>
#include <optional>

#include "wal/chunk/layout_model.h"
#include "wal/chunk/waiting_records.h"

namespace factorwal::wal {

class BlockBuilder {
 public:
  BlockBuilder();
  ~BlockBuilder();
  BlockBuilder(BlockBuilder&&) noexcept;
  BlockBuilder& operator=(BlockBuilder&&) noexcept;

  /// The content of a block of all of `waiting`, of which there is one at least; valid until the
  /// next call. Its chunks are added to `bodies`.
  [[nodiscard]] ByteView store(const WaitingRecords& waiting, ChunkBodies& bodies);

 private:
  struct Chunk {
    ChunkKind kind;
    bool counted;
    std::uint32_t layout;
    std::uint32_t first_row;  ///< in `rows_`; among the updates
    std::uint32_t rows;
    std::uint32_t first_run;
    std::uint32_t runs;
  };
  /// Rows of one series in one chunk of ticks.
  struct Run {
    std::uint32_t place;
    std::uint32_t rows;
  };
  void sort_series();
  void sort_rows();
  void cut_chunks();
  void cut_updates();
  void store_chunk(const Chunk& chunk, ChunkBodies& bodies);
  void gather_columns(std::span<const std::uint32_t> rows, std::size_t columns);
  void find_begins(const Chunk& chunk);
  [[nodiscard]] std::byte* store_ticks(std::byte* at, const Chunk& chunk, std::size_t columns);
  [[nodiscard]] std::byte* store_updates(std::byte* at, const Chunk& chunk);
  [[nodiscard]] LayoutModel& model(const Chunk& chunk, std::size_t columns);
  void store_head();
  void store_runs();
  void store_order();
  void store_positions();
  void put_column(std::span<std::uint64_t> numbers);
  [[nodiscard]] std::byte* reserve(std::size_t size);
  void commit(const std::byte* end) { end_ = static_cast<std::size_t>(end - out_.data()); }

  const WaitingRecords* waiting_ = nullptr;
  std::vector<std::uint32_t> sorted_;  // series, those of one layout together
  std::vector<std::uint32_t> places_;  // of each series in `sorted_`
  std::vector<std::uint32_t> next_;    // place of a group's next series, row of a series' next
  std::vector<std::uint32_t> rows_;    // records, series by series
  std::vector<Chunk> chunks_;
  std::vector<Run> runs_;
  std::vector<std::uint32_t> begins_;  // of a chunk's runs
  std::vector<std::uint32_t> order_memory_;
  std::vector<std::uint64_t> numbers_;
  std::vector<double> columns_;  // of a chunk
  Bytes out_;                    // valid up to end_
  std::size_t end_ = 0;
  std::vector<std::optional<LayoutModel>> layouts_;
  LayoutModel updates_{1};
  std::unique_ptr<ColumnScratch> scratch_;
};

}  // namespace factorwal::wal
