#pragma once
/// The archive's seam: every change of its files passes through a Storage, so that tests can kill
/// the process, or fail the power, at each call. It has no append to a file that exists: files of
/// the archive are written once.

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "factorwal/result.h"

namespace factorwal::archive {

/// A new file, written from begin to end.
class OutputFile {
 public:
  virtual ~OutputFile() = default;
  [[nodiscard]] virtual Status append(std::span<const std::byte> bytes) = 0;
  /// Its content is durable; its name is so after `Storage::sync_directory`.
  [[nodiscard]] virtual Status sync() = 0;
};

class InputFile {
 public:
  virtual ~InputFile() = default;
  /// Fewer bytes at the end of the file only. Thread-safe.
  [[nodiscard]] virtual Result<std::size_t> read_at(std::uint64_t offset,
                                                    std::span<std::byte> target) = 0;
  [[nodiscard]] virtual Result<std::uint64_t> size() = 0;
};

/// Held until destroyed.
class StorageLock {
 public:
  virtual ~StorageLock() = default;
};

class Storage {
 public:
  virtual ~Storage() = default;
  /// Makes or empties a file.
  [[nodiscard]] virtual Result<std::unique_ptr<OutputFile>> create(const std::string& path) = 0;
  /// kNotFound when there is none.
  [[nodiscard]] virtual Result<std::unique_ptr<InputFile>> open(const std::string& path) = 0;
  /// Replaces what has the target's name.
  [[nodiscard]] virtual Status rename(const std::string& source, const std::string& target) = 0;
  /// Two names of the same file system change places at once: nobody sees one without the other.
  [[nodiscard]] virtual Status exchange(const std::string& one, const std::string& other) = 0;
  /// A file, or an empty directory. No error when it is not there.
  [[nodiscard]] virtual Status remove(const std::string& path) = 0;
  /// No error when it is there.
  [[nodiscard]] virtual Status make_directory(const std::string& path) = 0;
  [[nodiscard]] virtual Status sync_directory(const std::string& path) = 0;
  /// Names, sorted; none when there is no such directory.
  [[nodiscard]] virtual Result<std::vector<std::string>> list(const std::string& path) = 0;
  /// kLocked when another holds it.
  [[nodiscard]] virtual Result<std::unique_ptr<StorageLock>> lock(const std::string& path) = 0;
};

/// The operating system's files. One object for the process.
[[nodiscard]] Storage& posix_storage();

[[nodiscard]] Result<std::string> read_whole(Storage& storage, const std::string& path);
/// After a crash the old or the new content is there, whole: `scratch` takes it first.
[[nodiscard]] Status replace_whole(Storage& storage, const std::string& scratch,
                                   const std::string& directory, const std::string& name,
                                   std::string_view content);

}  // namespace factorwal::archive
