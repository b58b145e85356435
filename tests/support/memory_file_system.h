#pragma once
/// Files in memory behind the library's file seam. It knows what a disk knows and what only the
/// page cache knows: content counts as durable after `sync` of its file, names after
/// `sync_directory`; what a failed sync left out, no later one brings in, though it succeeds:
/// an error is told once, and the pages count as clean then. `after_power_loss` gives
/// a new file system with what a disk may hold then. Calls can be made to fail, singly, some, or
/// all from one on, and its space can end. Thread-safe.

#include <array>
#include <cstdint>
#include <limits>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <random>
#include <set>
#include <string>
#include <vector>

#include "base/file.h"

namespace factorwal::test {

enum class Call : std::uint8_t {
  kOpen,
  kCreate,
  kWrite,
  kSync,
  kRename,
  kRemove,
  kSyncDirectory,
  kMap,
  kFreeSpace,
  kRead,
  kSize,
  kList,
  kExists,
  kLock,
  kLockHolder,
  kFileId,
  kBootId,
  kMakeDirectory
};
inline constexpr std::size_t kCallKinds = 18;
/// As a number of calls: all from one on.
inline constexpr std::uint64_t kForever = std::numeric_limits<std::uint64_t>::max();

/// When a full disk says so: at the write, or, where space is given late (btrfs, NFS, ext4 without
/// preallocation), at the sync of what seemed to be written.
enum class SpaceCheck : std::uint8_t { kAtWrite, kAtSync };

/// What of the unsynced a power failure leaves.
enum class Unsynced : std::uint8_t { kDropped, kKept, kMixed };

class MemoryFileSystem final : public FileSystem {
 public:
  MemoryFileSystem();

  Result<std::unique_ptr<File>> open_read(const std::string& path) override;
  Result<std::unique_ptr<File>> create(const std::string& path) override;
  Status make_directory(const std::string& path) override;
  Status rename(const std::string& source, const std::string& target) override;
  Status remove(const std::string& path) override;
  Status sync_directory(const std::string& path) override;
  Result<std::vector<std::string>> list(const std::string& path) override;
  Result<bool> exists(const std::string& path) override;
  Result<std::unique_ptr<FileLock>> lock(const std::string& path) override;
  Result<std::int64_t> lock_holder(const std::string& path) override;
  Result<std::unique_ptr<MappedFile>> map_new(const std::string& path,
                                              const NewFile& made) override;
  Result<std::unique_ptr<File>> create_new(const std::string& path, const NewFile& made) override;
  Result<FileId> file_id(const std::string& path) override;
  std::string absolute_path(const std::string& path) override { return path; }
  std::optional<bool> has_writer(const std::string& path) override;
  Result<std::uint64_t> free_space(const std::string& path) override;
  Result<BootId> boot_id() override;
  [[nodiscard]] std::string memory_directory() const override { return "/shm"; }
  [[nodiscard]] Simulation* simulation() override { return simulation_; }
  /// What happens on these files then happens in steps, on the caller's thread.
  void simulate(Simulation& simulation) { simulation_ = &simulation; }

  /// The disk after a power failure. kMixed keeps a random part. Of a file: each unit of 512 or of
  /// 4096 bytes is as it was after any of the writes to it since the last sync, or in the middle of
  /// one, cut at any byte; bytes that no write has touched are never harmed. Of the changes of
  /// directories since their last sync: the first few, or any, each rename whole.
  [[nodiscard]] std::unique_ptr<MemoryFileSystem> after_power_loss(Unsynced unsynced,
                                                                   std::uint64_t seed = 0) const;
  /// What a killed process leaves: all files as they are, and what was not synced still is not.
  [[nodiscard]] std::unique_ptr<MemoryFileSystem> after_kill() const;
  /// All files as they are, all durable: as a copy of a directory.
  [[nodiscard]] std::unique_ptr<MemoryFileSystem> copy() const;

  /// The disk is mounted anew: all files have another device number.
  void remount();
  /// A snapshot or block copy of that directory at another place: its files, inode and birth time
  /// on another device.
  void clone_directory(const std::string& source, const std::string& target);

  /// The n-th call of that kind from now on (1 is the next) fails with `code`, and as many in all
  /// as `times` says. A failing write first writes half of its bytes; a failing sync makes nothing
  /// durable.
  void fail(Call kind, std::uint64_t n, int code, std::uint64_t times = 1);
  /// So many bytes are free now; a write that needs more fails with ENOSPC when it has used them
  /// up, or the sync of it does.
  void set_free_space(std::uint64_t bytes, SpaceCheck check = SpaceCheck::kAtWrite);
  /// The n-th changing call of any kind from now on, and every one after it, fails without effect
  /// (the n-th, a write: after half of it): the process is as good as dead.
  void stop_at(std::uint64_t n);
  /// Nothing fails any more, and space is without end.
  void heal();
  /// Whether `fail` or `stop_at` has struck.
  [[nodiscard]] bool struck() const;
  [[nodiscard]] std::uint64_t count(Call kind) const;
  /// Calls of all kinds that change files or names.
  [[nodiscard]] std::uint64_t changes() const;
  /// Syncs of a file after a sync of it has failed: nobody may do that.
  [[nodiscard]] std::uint64_t syncs_after_failure() const;
  /// Writes to a file after a write or sync of it has failed.
  [[nodiscard]] std::uint64_t writes_after_failure() const;

  // Plain access for tests, beside all counting and failing.
  [[nodiscard]] std::vector<std::string> paths() const;
  [[nodiscard]] Bytes content(const std::string& path) const;
  /// Makes or replaces a file, durably.
  void put_file(const std::string& path, Bytes content);
  void flip(const std::string& path, std::uint64_t offset, std::uint8_t mask);
  void truncate(const std::string& path, std::uint64_t size);
  void erase(const std::string& path);

 private:
  struct Node;
  class Handle;
  class Mapping;
  struct DirectoryChange {
    std::string path;
    std::shared_ptr<Node> node;  // null: the name goes away
    bool sync_failed = false;    // no later sync is known to cover it
    bool with_previous = false;  // both happen, or neither
  };
  using Names = std::map<std::string, std::shared_ptr<Node>>;
  /// Counts the call; the error it has to fail with, if any.
  std::optional<Error> strike(Call kind, const std::string& path);
  /// The process is dead since a call that `stop_at` has chosen: what fails now never happened.
  [[nodiscard]] bool stopped() const { return stop_at_ != 0 && changes_ >= stop_at_; }
  [[nodiscard]] Result<std::shared_ptr<Node>> make_new(const std::string& path,
                                                       const NewFile& made);
  void change_name(const std::string& path, std::shared_ptr<Node> node, bool with_previous = false);
  /// The names that a power failure leaves.
  [[nodiscard]] Names names_after(Unsynced unsynced, std::mt19937_64& random) const;
  [[nodiscard]] std::uint64_t used_space() const;
  [[nodiscard]] std::uint64_t left_space() const;
  /// Whether the disk has no space for what was written since the last sync.
  [[nodiscard]] bool lacks_space_for(const Node& node) const;

  mutable std::mutex mutex_;
  Names names_;
  Names durable_names_;
  std::vector<DirectoryChange> unsynced_names_;
  std::set<std::string> directories_;
  std::shared_ptr<std::set<std::string>> locks_;
  std::array<std::uint64_t, kCallKinds> counts_{};
  std::uint64_t changes_ = 0;
  std::uint64_t syncs_after_failure_ = 0;
  std::uint64_t writes_after_failure_ = 0;
  struct Failure {
    Call kind;
    std::uint64_t at;
    int code;
    std::uint64_t times;
  };
  std::optional<Failure> failure_;
  std::optional<std::uint64_t> capacity_;  // of all files together
  SpaceCheck space_check_ = SpaceCheck::kAtWrite;
  std::uint64_t stop_at_ = 0;
  bool struck_ = false;
  std::uint64_t boot_ = 1;
  std::uint64_t device_ = 1;
  std::map<std::string, FileId> clones_;  // by directory
  Simulation* simulation_ = nullptr;
};

}  // namespace factorwal::test
