#pragma once
/// Writers that are broken on purpose: between the library and its files, the mistakes that people
/// make about durability.

#include <algorithm>
#include <cerrno>
#include <functional>
#include <string>

#include "base/forwarding_file.h"
#include "base/forwarding_file_system.h"
#include "channel/ring_register.h"

namespace factorwal::test {

enum class Mutation : std::uint8_t {
  kNoSync,                  ///< a sync returns, and has done nothing
  kSyncBeforeWrite,         ///< the sync comes before the write that it should make durable
  kNoDirectorySync,         ///< names are never made durable
  kUnorderedRename,         ///< a file gets its name before its content is durable
  kSyncsAgain,              ///< a sync that failed is tried again, and then believed
  kIgnoresNoSpace,          ///< a sync without space counts: there will be some
  kIdentityByDevice,        ///< a directory under another device number is another one
  kPassesOverMissingRings,  ///< a ring that is on record and not there is not missed
  kListsNewestRingOnly,     ///< the list of rings forgets those of other threads
};

class MutantFileSystem final : public ForwardingFileSystem {
 public:
  MutantFileSystem(FileSystem& target, Mutation mutation)
      : ForwardingFileSystem(target), target_(target), mutation_(mutation) {}

  Result<std::unique_ptr<File>> create(const std::string& path) override {
    auto file = ForwardingFileSystem::create(path);
    if (!file) return file.error();
    return std::unique_ptr<File>(new Mutant(*this, std::move(*file), path));
  }
  Result<std::unique_ptr<File>> open_read(const std::string& path) override {
    auto file = ForwardingFileSystem::open_read(path);
    if (!file || mutation_ != Mutation::kPassesOverMissingRings || !path.ends_with("/RINGS")) {
      return file;
    }
    auto list = channel::load_ring_register(target_, path.substr(0, path.rfind('/')));
    if (!list) return file;
    std::erase_if(list->rings, [&](const channel::RegisteredRing& ring) {
      const auto at = channel::ring_path(*this, list->directory_path, ring);
      const auto there = target_.exists(at);
      return there && !*there;
    });
    return std::unique_ptr<File>(new Content(encode_ring_register(*list)));
  }
  Result<FileId> file_id(const std::string& path) override {
    auto id = ForwardingFileSystem::file_id(path);
    if (id && mutation_ == Mutation::kIdentityByDevice) id->inode += id->device << 32;
    return id;
  }
  Status sync_directory(const std::string& path) override {
    if (mutation_ == Mutation::kNoDirectorySync) return {};
    return ForwardingFileSystem::sync_directory(path);
  }

 private:
  class Mutant final : public ForwardingFile {
   public:
    Mutant(MutantFileSystem& files, std::unique_ptr<File> file, const std::string& path)
        : ForwardingFile(std::move(file)), files_(files), renamed_(path.ends_with(".new")) {}
    Status write_at(std::uint64_t offset, ByteView bytes) override {
      if (files_.mutation_ == Mutation::kSyncBeforeWrite) {
        if (auto done = ForwardingFile::sync(); !done) return done;
      }
      if (files_.mutation_ == Mutation::kListsNewestRingOnly) {
        // The list is written in one piece.
        if (auto list = channel::decode_ring_register(bytes, {}); list && list->rings.size() > 1) {
          list->rings.erase(list->rings.begin(), list->rings.end() - 1);
          return ForwardingFile::write_at(offset, encode_ring_register(*list));
        }
      }
      return ForwardingFile::write_at(offset, bytes);
    }
    Status sync() override {
      switch (files_.mutation_) {
        case Mutation::kNoSync:
        case Mutation::kSyncBeforeWrite: return {};
        case Mutation::kUnorderedRename:
          // The first sync of such a file is the one in front of its renaming.
          if (std::exchange(renamed_, false)) return {};
          break;
        default: break;
      }
      auto done = ForwardingFile::sync();
      if (done) return done;
      if (files_.mutation_ == Mutation::kSyncsAgain) return ForwardingFile::sync();
      const bool full = done.error().errno_value == ENOSPC;
      if (full && files_.mutation_ == Mutation::kIgnoresNoSpace) return {};
      return done;
    }

   private:
    MutantFileSystem& files_;
    bool renamed_;
  };

  /// A file that is what a mutant takes it for.
  class Content final : public File {
   public:
    explicit Content(Bytes content) : content_(std::move(content)) {}
    Result<std::size_t> read_at(std::uint64_t offset, std::span<std::byte> out) override {
      const auto rest = ByteView(content_).subspan(std::min<std::size_t>(offset, content_.size()));
      const auto count = std::min(rest.size(), out.size());
      std::copy_n(rest.begin(), count, out.begin());
      return count;
    }
    Status write_at(std::uint64_t, ByteView) override { return {}; }
    Result<bool> has_name() override { return true; }
    Status allocate(std::uint64_t, std::uint64_t) override { return {}; }
    Status discard(std::uint64_t, std::uint64_t) override { return {}; }
    Status sync() override { return {}; }
    Result<std::uint64_t> size() override { return std::uint64_t{content_.size()}; }

   private:
    const Bytes content_;
  };

  FileSystem& target_;
  const Mutation mutation_;
};

}  // namespace factorwal::test
