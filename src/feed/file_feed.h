#pragma once
/// \file
/// The rows of one file.

#include <cstdint>
#include <memory>
#include <optional>
#include <string>

#include "factorwal/feed.h"
#include "factorwal/feed/options.h"
#include "factorwal/feed/position.h"
#include "factorwal/feed/report.h"
#include "factorwal/feed/stream.h"
#include "factorwal/result.h"
#include "factorwal/tick.h"
#include "feed/instrument_table.h"
#include "feed/record_reader.h"
#include "feed/row_parser.h"
#include "feed/rows_check.h"
#include "feed/stamp_plan.h"

namespace factorwal::feed {

/// What the files of a run share; outlives every FileFeed.
struct FeedShared {
  FeedOptions options;
  LocalZone zone;
  std::optional<TickSchema> schema;  ///< set by the first file
  InstrumentTable instruments;
  FeedReport report;
};

class FileFeed {
 public:
  /// Reads the header. The first file sets `shared.schema`; later ones are fitted to it.
  /// `is_last`: no file follows, so that its last line may still be written.
  static Result<std::unique_ptr<FileFeed>> open(const std::string& path, std::size_t file_index,
                                                bool is_last, FeedShared& shared);

  [[nodiscard]] const FileIdentity& identity() const noexcept { return identity_; }
  /// Passes over the rows before the position; cumulative volumes are followed through them.
  /// kInvalidArgument when the file has fewer, or when they are not those that were read.
  Status skip_to(const FeedPosition& position);
  FeedStep next(TickRow& row);
  /// Requires: `next` gave kFailed.
  [[nodiscard]] const Error& error() const { return *error_; }

 private:
  FileFeed(std::string path, std::size_t file_index, FeedShared& shared, RecordReader reader);
  Status read_header();
  /// The line that names the columns: behind what stands before it, or of the options.
  Result<std::string> find_header();
  bool find_form_without_header();
  Result<std::string> take_three_lines(const std::string& first);
  bool is_commented_header(const std::string& text);
  Result<ColumnLayout> lay_out(const std::string& header);
  Status set_columns(ColumnLayout layout);
  [[nodiscard]] std::vector<RowParser::FieldRule> rules_of(const ColumnLayout& layout) const;
  void note_exchange(FeedInstrument& instrument, const ParsedRow& parsed);
  void note_end();
  void note_odd_cell(std::uint64_t line);
  /// From the sample, and from as much of the file behind it as it takes. A pipe has one row.
  Result<StampPlan> plan_stamps(const ColumnLayout& layout,
                                const std::vector<std::vector<std::string>>& sample);
  Status look_ahead(const ColumnLayout& layout, StampGuess& guess) const;
  /// Counts the bad row; true when the run may go on.
  bool tolerate(BadRow fault, const Record& record);
  /// The memory that a row leaves behind: running totals, and the newest time.
  FeedInstrument& remember(ParsedRow& parsed);
  void note_stamps();
  void note_spaces(std::string_view id);
  FeedStep take_record(Record& record);
  [[nodiscard]] Error replaced(std::uint64_t first_row, std::uint64_t last_row) const;

  std::string path_;
  std::string name_;
  std::size_t file_index_;
  FeedShared& shared_;
  RecordReader reader_;
  char delimiter_ = ',';
  std::uint64_t header_line_ = 0;  ///< data begins behind it
  std::optional<char> told_delimiter_;
  std::vector<std::size_t> odd_columns_;  ///< noted
  bool exchange_noted_ = false;
  FileForm form_;  ///< of a file without a header
  StampPlan stamp_plan_;
  std::optional<RowParser> parser_;
  FileIdentity identity_;
  std::optional<FieldHandle> volume_;
  std::optional<FieldHandle> turnover_;
  RowsHash rows_;
  bool stamps_noted_ = false;
  bool spaces_noted_ = false;
  std::uint64_t ambiguous_seen_ = 0;
  std::optional<Error> error_;
};

}  // namespace factorwal::feed
