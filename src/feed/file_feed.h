#pragma once
/// \file
/// The rows of one CSV file.

#include <cstdint>
#include <memory>
#include <optional>
#include <string>

#include "factorwal/feed.h"
#include "factorwal/result.h"
#include "feed/feed_shared.h"
#include "feed/record_reader.h"
#include "feed/row_feed.h"
#include "feed/row_memory.h"
#include "feed/row_parser.h"
#include "feed/rows_check.h"
#include "feed/stamp_plan.h"

namespace factorwal::feed {

class FileFeed final : public RowFeed {
 public:
  /// Reads the header. The first file sets `shared.schema`; later ones are fitted to it.
  /// `is_last`: no file follows, so that its last line may still be written.
  static Result<std::unique_ptr<FileFeed>> open(const std::string& path, std::size_t file_index,
                                                bool is_last, FeedShared& shared);

  [[nodiscard]] const FileIdentity& identity() const noexcept override { return identity_; }
  Status skip_to(const FeedPosition& position) override;
  FeedStep next(TickRow& row) override;
  [[nodiscard]] const Error& error() const override { return *error_; }

 private:
  FileFeed(std::string path, std::size_t file_index, FeedShared& shared, RecordReader reader);
  Status read_header();
  /// The line that names the columns: behind what stands before it, or of the options.
  Result<std::string> find_header();
  bool is_commented_header(const std::string& text);
  Result<ColumnLayout> lay_out(const std::string& header);
  Status set_columns(ColumnLayout layout);
  void note_end();
  void note_odd_cell(std::uint64_t line);
  /// From the sample, and from as much of the file behind it as it takes. A pipe has one row.
  Result<StampPlan> plan_stamps(const ColumnLayout& layout,
                                const std::vector<std::vector<std::string>>& sample);
  Status look_ahead(const std::vector<std::size_t>& columns, StampGuess& guess) const;
  /// Counts the bad row; true when the run may go on.
  bool tolerate(BadRow fault, const Record& record);
  FeedStep take_record(Record& record);
  [[nodiscard]] Error replaced(std::uint64_t first_row, std::uint64_t last_row) const;

  std::string path_;
  std::string name_;
  std::size_t file_index_;
  FeedShared& shared_;
  RowMemory memory_;
  RecordReader reader_;
  char delimiter_ = ',';
  std::uint64_t header_line_ = 0;  ///< data begins behind it
  std::optional<char> told_delimiter_;
  std::vector<std::size_t> odd_columns_;  ///< noted
  StampPlan stamp_plan_;
  std::optional<RowParser> parser_;
  FileIdentity identity_;
  RowsHash rows_;
  std::optional<Error> error_;
};

}  // namespace factorwal::feed
