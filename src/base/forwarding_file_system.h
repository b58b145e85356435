#pragma once
/// Passes every call on: a base for what changes or watches a few of them.

#include "base/file.h"

namespace factorwal {

class ForwardingFileSystem : public FileSystem {
 public:
  explicit ForwardingFileSystem(FileSystem& target = posix_file_system()) : target_(target) {}

  Result<std::unique_ptr<File>> open_read(const std::string& path) override {
    return target_.open_read(path);
  }
  Result<std::unique_ptr<File>> create(const std::string& path) override {
    return target_.create(path);
  }
  Status make_directory(const std::string& path) override { return target_.make_directory(path); }
  Status rename(const std::string& source, const std::string& target) override {
    return target_.rename(source, target);
  }
  Status remove(const std::string& path) override { return target_.remove(path); }
  Status sync_directory(const std::string& path) override { return target_.sync_directory(path); }
  Result<std::vector<std::string>> list(const std::string& path) override {
    return target_.list(path);
  }
  Result<bool> exists(const std::string& path) override { return target_.exists(path); }
  Result<std::unique_ptr<FileLock>> lock(const std::string& path) override {
    return target_.lock(path);
  }
  Result<std::int64_t> lock_holder(const std::string& path) override {
    return target_.lock_holder(path);
  }
  Result<std::unique_ptr<MappedFile>> map_new(const std::string& path,
                                              const NewFile& made) override {
    return target_.map_new(path, made);
  }
  Result<std::unique_ptr<File>> create_new(const std::string& path, const NewFile& made) override {
    return target_.create_new(path, made);
  }
  Result<FileId> file_id(const std::string& path) override { return target_.file_id(path); }
  std::string absolute_path(const std::string& path) override {
    return target_.absolute_path(path);
  }
  std::optional<bool> has_writer(const std::string& path) override {
    return target_.has_writer(path);
  }
  Result<std::uint64_t> free_space(const std::string& path) override {
    return target_.free_space(path);
  }
  Result<BootId> boot_id() override { return target_.boot_id(); }
  [[nodiscard]] std::string memory_directory() const override { return target_.memory_directory(); }
  [[nodiscard]] std::int64_t wall_clock_ns() override { return target_.wall_clock_ns(); }
  [[nodiscard]] Simulation* simulation() override { return target_.simulation(); }

 private:
  FileSystem& target_;
};

}  // namespace factorwal
