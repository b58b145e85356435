#pragma once
/// \file
/// Files that a recorder has renamed when it began the next one.

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace factorwal::feed {

/// One file on disk, whatever its name, as of one moment.
struct FileStamp {
  std::uint64_t device = 0;
  std::uint64_t inode = 0;
  std::int64_t changed_ns = 0;  ///< its bytes, last; since 1970
  std::int64_t bytes = 0;
  [[nodiscard]] bool same_file(const FileStamp& other) const noexcept {
    return device == other.device && inode == other.inode;
  }
};

/// Nothing where there is no regular file.
[[nodiscard]] std::optional<FileStamp> stamp_of(const std::string& path);
[[nodiscard]] std::optional<FileStamp> stamp_of(int fd);

/// The files beside `path` that probably were under its name: `ticks.csv.1`,
/// `ticks.csv-20260301.gz` and `ticks-20260301.csv` beside `ticks.csv`. Those that were changed
/// first come first.
[[nodiscard]] std::vector<std::string> rotated_files(const std::string& path);
/// Of these, those that were changed after `file`; the file system tells times some milliseconds
/// apart. A packed one only where the file that it was made of is gone: it may not be whole yet.
[[nodiscard]] std::vector<std::string> rotated_after(const std::string& path,
                                                     const FileStamp& file);

/// Nothing was written to it for that long, by the wall clock.
[[nodiscard]] bool is_quiet(const FileStamp& file, std::chrono::seconds since);

}  // namespace factorwal::feed
