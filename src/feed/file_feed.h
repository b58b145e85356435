#pragma once
/// \file
/// The rows of one CSV file.

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "factorwal/feed.h"
#include "factorwal/result.h"
#include "feed/bytes/record_reader.h"
#include "feed/columns/file_form.h"
#include "feed/feed_shared.h"
#include "feed/files/rotation.h"
#include "feed/row_feed.h"
#include "feed/row_memory.h"
#include "feed/row_parser.h"
#include "feed/rows_check.h"

namespace factorwal::feed {

struct FileToOpen {
  std::string path;
  std::size_t index = 0;  ///< of TickSource::paths
  /// No file follows: its last line may still be written, and lines may be added.
  bool may_grow = false;
  /// Of an earlier run: the file's form is decided from the rows that it was decided from then.
  std::optional<FeedPosition> known;
  /// It was followed under another name; the next one follows.
  bool rotated = false;
};

class FileFeed final : public RowFeed {
 public:
  /// Reads the header. The first file sets `shared.schema`; later ones are fitted to it.
  /// kTimeout: the file is followed, and does not tell its form yet.
  static Result<std::unique_ptr<FileFeed>> open(const FileToOpen& file, FeedShared& shared);

  [[nodiscard]] const FileIdentity& identity() const noexcept override { return form_.identity; }
  [[nodiscard]] std::uint64_t form_rows() const noexcept override { return form_.rows; }
  Status skip_to(const FeedPosition& position) override;
  /// kEnd of a file that is followed: another one is in its place.
  FeedStep next(TickRow& row) override;
  [[nodiscard]] const Error& error() const override { return *error_; }
  [[nodiscard]] std::optional<FileStamp> rotated() const override { return rotated_; }
  void finish() override;
  [[nodiscard]] bool has_more() const override { return reader_.source().has_more(); }

 private:
  FileFeed(std::string path, std::size_t file_index, FeedShared& shared, RecordReader reader);
  Status find_form(std::optional<std::uint64_t> known_rows);
  Status set_columns();
  FeedStep at_end();
  FeedStep fail_rewritten();
  void note_unfinished();
  void note_odd_cell(std::uint64_t line);
  /// Where no stamp of the first rows can be read, what may help; else empty.
  [[nodiscard]] std::string stamps_hint() const;
  [[nodiscard]] std::string number_hint(std::string_view cell) const;
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
  FileForm form_;
  bool follows_ = false;
  bool has_other_name_ = false;
  std::optional<std::string> last_bytes_;  ///< when it was at its end
  std::optional<FileStamp> rotated_;
  std::vector<std::size_t> odd_columns_;  ///< noted
  std::optional<RowParser> parser_;
  RowsHash rows_;
  std::optional<Error> error_;
};

}  // namespace factorwal::feed
