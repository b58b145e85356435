#pragma once
/// \file
/// Ticks of CSV files, one file after the other.

#include <cstddef>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "feed/feed_options.h"
#include "feed/feed_position.h"
#include "feed/file_feed.h"
#include "feed/tick_stream.h"

namespace factorwal::feed {

/// Reads `.csv`, gzip of it, and "-" (standard input). The first file's header sets the schema; a
/// later file's columns are matched by name: fields it lacks are missing values, further ones are
/// left out, both with a note; without instrument or timestamp it is refused. Memory: fixed buffers
/// and some 200 bytes per instrument, whatever the files' size.
class TickSource final : public TickStream {
 public:
  /// Sees that every path can be read, and reads the first one's header.
  static Result<std::unique_ptr<TickSource>> open(std::vector<std::string> paths,
                                                  FeedOptions options);
  /// Before the first row: goes on where that position points; the files before the one it names
  /// are done. A position that fits no file is kNotFound, or kInvalidArgument when the file was
  /// replaced or shortened; the source is of no use then.
  [[nodiscard]] Status go_on_at(const FeedPosition& position);

  [[nodiscard]] const TickSchema& schema() const override { return *shared_.schema; }
  [[nodiscard]] FeedStep next(TickRow& row) override;
  [[nodiscard]] const Error& error() const override { return *error_; }
  [[nodiscard]] const FeedReport& report() const override { return shared_.report; }
  [[nodiscard]] const std::vector<std::string>& paths() const noexcept { return paths_; }

 private:
  TickSource(std::vector<std::string> paths, FeedOptions options);
  Status check_paths() const;
  Status open_file(std::size_t index);
  Status try_file(std::size_t index, const FeedPosition& position);

  std::vector<std::string> paths_;
  FeedShared shared_;
  std::unique_ptr<FileFeed> file_;
  std::size_t file_index_ = 0;
  std::optional<Error> error_;
};

}  // namespace factorwal::feed
