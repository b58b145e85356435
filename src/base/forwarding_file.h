#pragma once
/// Passes every call on to another file: a base for what changes or watches a few of them.

#include <utility>

#include "base/file.h"

namespace factorwal {

class ForwardingFile : public File {
 public:
  explicit ForwardingFile(std::unique_ptr<File> file) : file_(std::move(file)) {}

  Result<std::size_t> read_at(std::uint64_t offset, std::span<std::byte> target) override {
    return file_->read_at(offset, target);
  }
  Status write_at(std::uint64_t offset, ByteView bytes) override {
    return file_->write_at(offset, bytes);
  }
  Status sync() override { return file_->sync(); }
  Result<std::uint64_t> size() override { return file_->size(); }
  Status allocate(std::uint64_t offset, std::uint64_t bytes) override {
    return file_->allocate(offset, bytes);
  }
  Status discard(std::uint64_t offset, std::uint64_t bytes) override {
    return file_->discard(offset, bytes);
  }
  Result<bool> has_name() override { return file_->has_name(); }

 private:
  std::unique_ptr<File> file_;
};

}  // namespace factorwal
