#pragma once
/// \file
/// Ticks of files, one file after the other.

#include <cstddef>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "factorwal/feed.h"
#include "feed/file_feed.h"

namespace factorwal::feed {

/// The one kind of TickSource.
class FileSource final : public TickSource {
 public:
  static Result<std::unique_ptr<FileSource>> open(std::vector<std::string> paths,
                                                  FeedOptions options,
                                                  std::optional<FeedPosition> begun);
  [[nodiscard]] Status go_on_at(const FeedPosition& position) override;

  [[nodiscard]] const TickSchema& schema() const override { return *shared_.schema; }
  [[nodiscard]] FeedStep next(TickRow& row) override;
  [[nodiscard]] const Error& error() const override { return *error_; }
  [[nodiscard]] const FeedReport& report() const override { return shared_.report; }
  [[nodiscard]] const std::vector<std::string>& paths() const noexcept override { return paths_; }

 private:
  FileSource(std::vector<std::string> paths, FeedOptions options);
  Status check_paths() const;
  /// FeedOptions::instrument of that file, where its name tells it.
  Status name_instrument(const std::string& path);
  using OpenedFile = Result<std::unique_ptr<RowFeed>>;
  /// kTimeout as FileFeed::open, where the last file is followed.
  OpenedFile make_file(std::size_t index);
  OpenedFile make_table(std::size_t index, std::string_view form);
  OpenedFile make_rotated(const std::string& path);
  Status open_file(std::size_t index);
  /// Goes on in a file that was renamed since; nothing where none of them fits.
  std::optional<Status> go_on_in_rotated(const FeedPosition& position);
  /// kRow: there is a file to go on with, or a successor to what the present one has left.
  FeedStep open_next();
  OpenedFile make_successor(const FileStamp& rotated);
  void look_behind();
  Status try_file(std::size_t index, const FeedPosition& position);

  std::vector<std::string> paths_;
  FeedShared shared_;
  std::optional<FeedPosition> begun_;
  std::unique_ptr<RowFeed> file_;
  std::unique_ptr<RowFeed> successor_;  ///< once `file_`, which was renamed, is at its end
  std::unique_ptr<RowFeed> before_;     ///< the one whose successor `file_` is
  std::size_t file_index_ = 0;
  std::optional<Error> error_;
};

}  // namespace factorwal::feed
