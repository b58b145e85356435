#pragma once
/// Writers that are broken on purpose: between the library and its files, the mistakes that people
/// make about durability.

#include <functional>
#include <string>

#include "base/forwarding_file_system.h"

namespace factorwal::test {

enum class Mutation : std::uint8_t {
  kNoSync,           ///< a sync returns, and has done nothing
  kSyncBeforeWrite,  ///< the sync comes before the write that it should make durable
  kNoDirectorySync,  ///< names are never made durable
  kUnorderedRename,  ///< a file gets its name before its content is durable
};

class MutantFileSystem final : public ForwardingFileSystem {
 public:
  MutantFileSystem(FileSystem& target, Mutation mutation)
      : ForwardingFileSystem(target), mutation_(mutation) {}

  Result<std::unique_ptr<File>> create(const std::string& path) override {
    auto file = ForwardingFileSystem::create(path);
    if (!file) return file.error();
    return std::unique_ptr<File>(new Mutant(*this, std::move(*file), path));
  }
  Status sync_directory(const std::string& path) override {
    if (mutation_ == Mutation::kNoDirectorySync) return {};
    return ForwardingFileSystem::sync_directory(path);
  }

 private:
  class Mutant final : public File {
   public:
    Mutant(MutantFileSystem& files, std::unique_ptr<File> file, const std::string& path)
        : files_(files), file_(std::move(file)), renamed_(path.ends_with(".new")) {}
    Result<std::size_t> read_at(std::uint64_t offset, std::span<std::byte> target) override {
      return file_->read_at(offset, target);
    }
    Status write_at(std::uint64_t offset, ByteView bytes) override {
      if (files_.mutation_ == Mutation::kSyncBeforeWrite) {
        if (auto done = file_->sync(); !done) return done;
      }
      return file_->write_at(offset, bytes);
    }
    Status sync() override {
      switch (files_.mutation_) {
        case Mutation::kNoSync:
        case Mutation::kSyncBeforeWrite: return {};
        case Mutation::kUnorderedRename:
          // The first sync of such a file is the one in front of its renaming.
          if (std::exchange(renamed_, false)) return {};
          break;
        case Mutation::kNoDirectorySync: break;
      }
      return file_->sync();
    }
    Result<std::uint64_t> size() override { return file_->size(); }
    Status allocate(std::uint64_t offset, std::uint64_t bytes) override {
      return file_->allocate(offset, bytes);
    }
    Status discard(std::uint64_t offset, std::uint64_t bytes) override {
      return file_->discard(offset, bytes);
    }
    Result<bool> has_name() override { return file_->has_name(); }

   private:
    MutantFileSystem& files_;
    std::unique_ptr<File> file_;
    bool renamed_;
  };

  const Mutation mutation_;
};

}  // namespace factorwal::test
