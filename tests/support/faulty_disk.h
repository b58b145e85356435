#pragma once
/// The operating system's files with a switch: writes, syncs and new files can be made to fail, or
/// syncs to hang as on a stalled disk, while a test looks at what the library says meanwhile.

#include <cerrno>
#include <condition_variable>
#include <memory>
#include <mutex>
#include <string>
#include <utility>
#include <vector>

#include "base/forwarding_file.h"
#include "base/forwarding_file_system.h"

namespace factorwal::test {

class FaultyDisk final : public ForwardingFileSystem {
 public:
  /// Every write from now on fails.
  void fail_writes(int code = EIO) {
    const std::lock_guard lock(mutex_);
    write_error_ = code;
  }
  /// Every sync from now on fails.
  void fail_syncs(int code = EIO) {
    const std::lock_guard lock(mutex_);
    sync_error_ = code;
  }
  /// No new file can be made from now on.
  void fail_creates(int code = EMFILE) {
    const std::lock_guard lock(mutex_);
    create_error_ = code;
  }
  /// Nothing fails any more.
  void heal() {
    const std::lock_guard lock(mutex_);
    write_error_ = sync_error_ = create_error_ = 0;
  }
  /// How many files were asked for.
  std::uint64_t creates() {
    const std::lock_guard lock(mutex_);
    return creates_;
  }
  /// Syncs hang until `resume`.
  void stall() {
    const std::lock_guard lock(mutex_);
    stalled_ = true;
  }
  void resume() {
    {
      const std::lock_guard lock(mutex_);
      stalled_ = false;
    }
    changed_.notify_all();
  }

  Result<std::unique_ptr<File>> create(const std::string& path) override {
    if (const int code = create_error()) return Error{Errc::kIo, "create " + path, code};
    auto file = ForwardingFileSystem::create(path);
    if (!file) return file.error();
    return std::unique_ptr<File>(new FaultyFile(*this, std::move(*file), path));
  }
  Result<std::unique_ptr<File>> create_new(const std::string& path, const NewFile& made) override {
    auto file = ForwardingFileSystem::create_new(path, made);
    if (!file) return file.error();
    return std::unique_ptr<File>(new FaultyFile(*this, std::move(*file), path));
  }

 private:
  class FaultyFile final : public ForwardingFile {
   public:
    FaultyFile(FaultyDisk& disk, std::unique_ptr<File> file, std::string path)
        : ForwardingFile(std::move(file)), disk_(disk), path_(std::move(path)) {}
    Status write_at(std::uint64_t offset, ByteView bytes) override {
      if (const int code = disk_.write_error()) return Error{Errc::kIo, "write " + path_, code};
      return ForwardingFile::write_at(offset, bytes);
    }
    Status sync() override {
      if (const int code = disk_.sync_error()) return Error{Errc::kIo, "sync " + path_, code};
      return ForwardingFile::sync();
    }

   private:
    FaultyDisk& disk_;
    std::string path_;
  };

  int create_error() {
    const std::lock_guard lock(mutex_);
    ++creates_;
    return create_error_;
  }
  int write_error() {
    const std::lock_guard lock(mutex_);
    return write_error_;
  }
  int sync_error() {
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [this] { return !stalled_; });
    return sync_error_;
  }

  std::mutex mutex_;
  std::condition_variable changed_;
  bool stalled_ = false;
  int write_error_ = 0;
  int sync_error_ = 0;
  int create_error_ = 0;
  std::uint64_t creates_ = 0;
};

}  // namespace factorwal::test
