#pragma once
/// The seam: every disk call of the library passes through a FileSystem, so that tests can stop
/// durability, fail calls and keep files in memory. All methods are thread-safe on distinct files.

#include <memory>
#include <string>
#include <vector>

#include "base/coding.h"
#include "factorwal/result.h"

namespace factorwal {

/// An open file. Written and synced by one thread at a time; reads may run beside.
class File {
 public:
  virtual ~File() = default;
  /// Reads up to `target.size()` bytes; fewer only at the end of the file. An error is never
  /// reported as end of file.
  [[nodiscard]] virtual Result<std::size_t> read_at(std::uint64_t offset,
                                                    std::span<std::byte> target) = 0;
  /// Writes all bytes or fails; after a failure any part of them may be there.
  [[nodiscard]] virtual Status write_at(std::uint64_t offset, ByteView bytes) = 0;
  /// fdatasync. After a failure the file's unsynced content is unknown; never call it again.
  [[nodiscard]] virtual Status sync() = 0;
  [[nodiscard]] virtual Result<std::uint64_t> size() = 0;
};

/// Held until destroyed.
class FileLock {
 public:
  virtual ~FileLock() = default;
};

class FileSystem {
 public:
  virtual ~FileSystem() = default;
  [[nodiscard]] virtual Result<std::unique_ptr<File>> open_read(const std::string& path) = 0;
  /// Creates or empties a file for writing.
  [[nodiscard]] virtual Result<std::unique_ptr<File>> create(const std::string& path) = 0;
  [[nodiscard]] virtual Status make_directory(const std::string& path) = 0;
  [[nodiscard]] virtual Status rename(const std::string& source, const std::string& target) = 0;
  [[nodiscard]] virtual Status remove(const std::string& path) = 0;
  [[nodiscard]] virtual Status sync_directory(const std::string& path) = 0;
  [[nodiscard]] virtual Result<std::vector<std::string>> list(const std::string& path) = 0;
  [[nodiscard]] virtual Result<bool> exists(const std::string& path) = 0;
  /// Takes the exclusive lock of `path` (made if absent) and writes our pid into it.
  /// kLocked names the holder's pid.
  [[nodiscard]] virtual Result<std::unique_ptr<FileLock>> lock(const std::string& path) = 0;
  /// The pid in a lock file that is held now; 0 when nobody holds it, -1 when it is not told.
  [[nodiscard]] virtual Result<std::int64_t> lock_holder(const std::string& path) = 0;
};

/// The operating system's files. One object for the process.
[[nodiscard]] FileSystem& posix_file_system();

/// Reads a whole small file.
[[nodiscard]] Result<Bytes> read_file(FileSystem& files, const std::string& path);

/// Replaces `directory/name` so that after a crash either the old or the new content is there:
/// write to `name.new`, sync, rename, sync the directory.
[[nodiscard]] Status replace_file(FileSystem& files, const std::string& directory,
                                  const std::string& name, ByteView content);

[[nodiscard]] inline std::string join_path(const std::string& directory, const std::string& name) {
  return directory.empty() || directory.back() == '/' ? directory + name : directory + "/" + name;
}

}  // namespace factorwal
