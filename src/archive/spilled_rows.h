#pragma once
/// Rows put aside by range of sequences, and taken back range by range: how rows are brought into
/// order that do not fit in memory.

#include <memory>
#include <vector>

#include "archive/part_batch.h"
#include "archive/scratch_file.h"

namespace factorwal::archive {

class SpilledRows {
 public:
  /// Ranges of even width, from one sequence to another, both inclusive.
  static Result<std::unique_ptr<SpilledRows>> make(const std::string& directory, DataSet data_set,
                                                   Sequence first, Sequence last,
                                                   std::size_t ranges);

  [[nodiscard]] Status put(const ColumnBatch& batch, std::span<const std::uint32_t> rows);
  /// The next range that has rows, in the order in which they were put; no rows at the end.
  [[nodiscard]] Result<ColumnBatch> take();

 private:
  /// What was put at once, of one range. Its vectors lie in the file.
  struct Piece {
    ColumnBatch shape;
    std::vector<std::size_t> sizes;
    std::uint64_t offset = 0;
  };

  SpilledRows(std::unique_ptr<ScratchFile> file, DataSet data_set, Sequence first, Sequence width,
              std::size_t ranges)
      : file_(std::move(file)),
        data_set_(data_set),
        first_(first),
        width_(width),
        pieces_(ranges),
        chosen_(ranges) {}
  [[nodiscard]] Status put_piece(std::size_t range, ColumnBatch rows);
  [[nodiscard]] Status read(Piece& piece, ColumnBatch& rows);

  std::unique_ptr<ScratchFile> file_;
  DataSet data_set_;
  Sequence first_;
  Sequence width_;
  std::vector<std::vector<Piece>> pieces_;
  std::vector<std::vector<std::uint32_t>> chosen_;  // rows of each range, while they are put
  std::vector<std::byte> bytes_;
  std::size_t next_ = 0;
};

}  // namespace factorwal::archive
