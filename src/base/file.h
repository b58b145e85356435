#pragma once
/// The seam: every disk call of the library passes through a FileSystem, so that tests can stop
/// durability, fail calls and keep files in memory. All methods are thread-safe on distinct files.

#include <array>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/coding.h"
#include "base/simulation.h"
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
  /// fdatasync. After a failure the file's unsynced content is unknown; never call it again. Fails
  /// for a file without any name left: all of it ends when it is closed.
  [[nodiscard]] virtual Status sync() = 0;
  [[nodiscard]] virtual Result<std::uint64_t> size() = 0;
  /// A part of the file takes space on the device: writing there needs none, but on a file system
  /// that copies on write.
  [[nodiscard]] virtual Status allocate(std::uint64_t offset, std::uint64_t bytes) = 0;
  /// A part of the file takes no space any more, and reads as zeros. Not every file system can.
  [[nodiscard]] virtual Status discard(std::uint64_t offset, std::uint64_t bytes) = 0;
  /// False once the file was deleted: what is in it ends when it is closed.
  [[nodiscard]] virtual Result<bool> has_name() = 0;
};

/// The memory of a file in memory (`memory_directory`), shared with every other mapping of it: what
/// is stored there outlives the process. Unmapped on destruction; the file stays. Files on a device
/// are not mapped: a page of theirs that the device cannot take, or give, would end the process.
class MappedFile {
 public:
  virtual ~MappedFile() = default;
  /// All of it; only what is allocated may be touched.
  [[nodiscard]] virtual std::span<std::byte> bytes() const noexcept = 0;
  /// A part can be touched. Async-signal-safe when it succeeds.
  [[nodiscard]] virtual Status allocate(std::uint64_t offset, std::uint64_t bytes) = 0;
  /// A part takes no memory any more. It must be allocated before it is touched again.
  [[nodiscard]] virtual Status discard(std::uint64_t offset, std::uint64_t bytes) = 0;
  /// False once the file was deleted: the memory then ends with the process.
  [[nodiscard]] virtual Result<bool> has_name() = 0;
};

/// A file to be made, which must not exist. It begins with `content` as soon as it has its name;
/// the rest is zeros.
struct NewFile {
  std::uint64_t bytes = 0;      ///< its size
  std::uint64_t allocated = 0;  ///< so many of them have their space from the start
  ByteView content;
  std::string readers_of = {};  ///< who may list this directory may read it; empty: nobody else
};

/// Identity that a copy of a file or directory lacks, on one machine, as long as its file system
/// stays mounted.
struct FileId {
  std::uint64_t device = 0;  ///< may be another one after the next mount
  std::uint64_t inode = 0;
  std::int64_t birth_ns = 0;  ///< since 1970 UTC; 0 where the file system keeps none
  friend bool operator==(const FileId&, const FileId&) = default;

  /// As above, whatever the device is called: true also for a snapshot or block copy.
  [[nodiscard]] bool same_but_for_device(const FileId& other) const noexcept {
    const bool known = birth_ns != 0 && other.birth_ns != 0;
    return inode == other.inode && (!known || birth_ns == other.birth_ns);
  }
};

/// Differs from one boot of the machine to the next.
using BootId = std::array<std::byte, 16>;

/// Held until destroyed. A child process after `fork` does not hold it (one made by a bare `clone`
/// does, until it ends or replaces its program).
class FileLock {
 public:
  virtual ~FileLock() = default;
};

/// A new file can be read by its owner, and by those who may list its directory: their bits, and
/// the group, are the directory's, less what the process's umask takes away.
class FileSystem {
 public:
  virtual ~FileSystem() = default;
  /// Here and in `create`, `lock` and `lock_holder` what is no regular file is kCorruption; a FIFO
  /// is not waited for. A symbolic link is followed by this one alone: where something is written,
  /// it would let whoever may write in the directory choose the file. Directories may be reached
  /// through links.
  [[nodiscard]] virtual Result<std::unique_ptr<File>> open_read(const std::string& path) = 0;
  /// Creates or empties a file for writing. It is durable in its directory after `sync_directory`.
  [[nodiscard]] virtual Result<std::unique_ptr<File>> create(const std::string& path) = 0;
  [[nodiscard]] virtual Status make_directory(const std::string& path) = 0;
  [[nodiscard]] virtual Status rename(const std::string& source, const std::string& target) = 0;
  [[nodiscard]] virtual Status remove(const std::string& path) = 0;
  [[nodiscard]] virtual Status sync_directory(const std::string& path) = 0;
  [[nodiscard]] virtual Result<std::vector<std::string>> list(const std::string& path) = 0;
  [[nodiscard]] virtual Result<bool> exists(const std::string& path) = 0;
  /// Takes the exclusive lock of `path` (made if absent) and writes our pid into it.
  /// kLocked names the holder's pid, if that tells one: another container's means nothing here.
  [[nodiscard]] virtual Result<std::unique_ptr<FileLock>> lock(const std::string& path) = 0;
  /// The pid in a lock file that is held now; 0 when nobody holds it, -1 when it is not told.
  [[nodiscard]] virtual Result<std::int64_t> lock_holder(const std::string& path) = 0;

  /// Makes a file in `memory_directory` and maps it. A child process after `fork` has neither the
  /// memory nor the file.
  [[nodiscard]] virtual Result<std::unique_ptr<MappedFile>> map_new(const std::string& path,
                                                                    const NewFile& made) = 0;
  /// Makes a file for writing. Not durable: it is for what need only outlive the process.
  [[nodiscard]] virtual Result<std::unique_ptr<File>> create_new(const std::string& path,
                                                                 const NewFile& made) = 0;
  [[nodiscard]] virtual Result<FileId> file_id(const std::string& path) = 0;
  /// The path from the root, without symbolic links where they can be followed.
  [[nodiscard]] virtual std::string absolute_path(const std::string& path) = 0;
  /// Whether some process, also one in another container, has the file open for writing or mapped
  /// so. Nothing where the system does not tell: another user's file, or no leases there.
  [[nodiscard]] virtual std::optional<bool> has_writer(const std::string& path) = 0;
  /// Bytes that a program without privileges can still allocate where `path` lies, as the file
  /// system says: an estimate on some (btrfs), and quotas are not in it. A write may fail earlier.
  [[nodiscard]] virtual Result<std::uint64_t> free_space(const std::string& path) = 0;
  [[nodiscard]] virtual Result<BootId> boot_id() = 0;
  /// Where files live in memory and outlive the process: until the machine stops, unless a
  /// container, or whoever cleans up after a user, ends them before.
  [[nodiscard]] virtual std::string memory_directory() const = 0;

  /// Nanoseconds since 1970 UTC. It may jump, in either direction: for ages only, never for order.
  [[nodiscard]] virtual std::int64_t wall_clock_ns();

  /// Null, except in a simulation.
  [[nodiscard]] virtual Simulation* simulation() { return nullptr; }
};

/// The operating system's files. One object for the process.
[[nodiscard]] FileSystem& posix_file_system();

/// Bits that name things: from the operating system, or from the simulation.
[[nodiscard]] std::uint64_t random_bits(FileSystem& files);
[[nodiscard]] std::chrono::steady_clock::time_point steady_now(FileSystem& files);

/// What a small file, such as a manifest, never exceeds. Bytes.
inline constexpr std::uint64_t kSmallFileBytesMax = std::uint64_t{1} << 30;
/// Reads a whole small file. kCorruption when it cannot be one.
[[nodiscard]] Result<Bytes> read_file(FileSystem& files, const std::string& path,
                                      std::uint64_t bytes_max = kSmallFileBytesMax);

/// Replaces `directory/name` so that after a crash either the old or the new content is there:
/// write to `name.new`, sync, rename, sync the directory. After a failure it may be either; calling
/// it again, which writes another file, settles that.
[[nodiscard]] Status replace_file(FileSystem& files, const std::string& directory,
                                  const std::string& name, ByteView content);

[[nodiscard]] inline std::string join_path(const std::string& directory, const std::string& name) {
  return directory.empty() || directory.back() == '/' ? directory + name : directory + "/" + name;
}

}  // namespace factorwal
