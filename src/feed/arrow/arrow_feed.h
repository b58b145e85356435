#pragma once
/// \file
/// The rows of one Arrow stream.

#include <cstddef>
#include <cstdint>
#include <deque>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "feed/arrow/arrow_layout.h"
#include "feed/arrow/short_ids.h"
#include "feed/feed_shared.h"
#include "feed/field_rule.h"
#include "feed/row_feed.h"
#include "feed/row_memory.h"
#include "feed/rows_check.h"
#include "feed/times/timestamp_reader.h"

namespace factorwal::feed {

struct ArrowOrigin {
  std::string path;  ///< tells it again
  std::string name;  ///< for messages
  std::size_t file_index = 0;
  ReopenArrowStream reopen;
  /// Positions have a checksum of the cells that were read, in the file's order of columns.
  bool checked = false;
};

class ArrowFeed final : public RowFeed {
 public:
  /// Reads the columns and the first rows. The first file sets `shared.schema`; later ones are
  /// fitted to it.
  static Result<std::unique_ptr<ArrowFeed>> open(OwnedArrowStream stream, ArrowOrigin origin,
                                                 FeedShared& shared);

  [[nodiscard]] const FileIdentity& identity() const noexcept override { return identity_; }
  Status skip_to(const FeedPosition& position) override;
  FeedStep next(TickRow& row) override;
  /// As TickStream::append_rows.
  FeedStep append_rows(TickBatch& batch, std::size_t most);
  [[nodiscard]] const Error& error() const override { return *error_; }

 private:
  static constexpr std::int64_t kBlockRows = 512;
  ArrowFeed(ArrowBatches batches, ArrowOrigin origin, FeedShared& shared);
  Status set_up(ArrowLayout layout);
  /// Where it can be read again, what nobody asked for is not read at all.
  Status read_used_columns();
  /// Makes the next row the current one.
  FeedStep advance();
  FeedStep take_batch();
  BadRow parse(ParsedRow& row, FeedInstrument*& instrument);
  /// Adds the next rows as long as there is nothing to say of them. How many.
  std::size_t append_run(TickBatch& batch, std::size_t most);
  /// Of the rows from `first` on, up to the first that needs a closer look, into `run_`.
  void find_known(std::int64_t first, std::size_t most);
  FeedInstrument* known_instrument(std::int64_t row);
  /// The fields of that row and some behind it, column by column.
  void read_block(std::int64_t first);
  /// Of the block's rows from `begin` on.
  void read_column(std::size_t field, std::size_t begin, std::span<double> out);
  void read_cells(std::size_t field, std::size_t begin, std::span<double> out);
  BadRow parse_instrument(FeedInstrument*& instrument);
  BadRow parse_text_instrument(FeedInstrument*& instrument);
  BadRow parse_stamp(TimestampNs& time_ns);
  BadRow read_stamp(std::int64_t row, TimestampNs& time_ns);
  /// Of rows, as many as have a good one.
  std::size_t read_stamps(std::int64_t first, std::span<TimestampNs> out);
  BadRow fault_at(BadRow fault, std::size_t column, std::string_view value);
  bool tolerate(BadRow fault);
  void note_odd_cell(std::size_t column, std::int64_t row);
  void note_rounded(std::size_t column, std::int64_t row);
  [[nodiscard]] std::string form() const;
  /// How messages call a row of the batch.
  [[nodiscard]] std::string row_text(std::int64_t row) const;
  [[nodiscard]] Error changed(const std::string& what) const;
  void add_to_check();

  ArrowOrigin origin_;
  FeedShared& shared_;
  RowMemory memory_;
  ArrowBatches batches_;
  std::deque<OwnedArrowArray> held_;
  OwnedArrowArray batch_;
  std::int64_t row_ = -1;  ///< in the batch
  std::uint64_t row_number_ = 0;
  std::uint64_t next_row_ = 0;

  ColumnLayout layout_;
  bool stamp_is_typed_ = false;
  bool stamp_is_utc_ = false;  ///< typed, and of no other zone
  bool has_runs_ = false;      ///< a row leaves nothing behind but counts and its time
  std::vector<ArrowColumn> columns_;
  std::vector<std::size_t> field_columns_;  ///< of the schema's fields
  std::vector<std::size_t> used_columns_;   ///< by number, each once
  bool only_used_ = false;                  ///< batches have no other columns
  std::vector<FieldRule> rules_;
  std::optional<TimestampReader> stamps_;
  std::vector<FeedInstrument*> of_place_;  ///< of the instrument column's dictionary
  FeedInstrument* fixed_instrument_ = nullptr;
  std::string joined_id_;
  CellText exchange_room_;
  std::int64_t block_first_ = 0;  ///< of the batch's rows
  std::size_t block_rows_ = 0;
  std::vector<double> values_;  ///< of the block, row by row
  ShortIds short_ids_;
  std::vector<FeedInstrument*> run_;  ///< of append_run's rows
  std::vector<std::size_t> places_;   ///< of find_known's rows
  std::vector<std::size_t> faults_;   ///< of each row: the first column without a number
  FileIdentity identity_;
  RowsHash rows_;
  std::vector<char> raw_;

  std::vector<bool> odd_noted_;
  bool rounded_noted_ = false;
  std::size_t fault_column_ = 0;
  std::string fault_value_;
  std::optional<Error> error_;
};

}  // namespace factorwal::feed
