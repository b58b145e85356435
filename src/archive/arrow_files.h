#pragma once
/// The storage's files as Arrow takes them.

#include <arrow/io/interfaces.h>
#include <arrow/result.h>

#include <memory>
#include <string>
#include <vector>

#include "archive/hash.h"
#include "archive/storage.h"

namespace factorwal::archive {

/// Gathers what Parquet writes in small pieces, and hashes it.
class HashedOutput final : public arrow::io::OutputStream {
 public:
  explicit HashedOutput(std::unique_ptr<OutputFile> file);
  arrow::Status Write(const void* data, int64_t bytes) override;
  using OutputStream::Write;
  arrow::Result<int64_t> Tell() const override { return position_; }
  arrow::Status Close() override;
  bool closed() const override { return closed_; }

  /// After `Close`: the first failure, or else the content is made durable.
  [[nodiscard]] Status sync();
  [[nodiscard]] std::uint64_t hash() const { return hash_.value(); }
  [[nodiscard]] std::uint64_t bytes() const { return static_cast<std::uint64_t>(position_); }
  /// What the file's own calls have reported.
  [[nodiscard]] const Status& status() const { return status_; }

 private:
  arrow::Status flush();
  arrow::Status fail(Status status);

  std::unique_ptr<OutputFile> file_;
  std::vector<std::byte> buffer_;
  RunningHash hash_;
  Status status_;
  int64_t position_ = 0;
  bool closed_ = false;
};

/// The file's own error is in its message.
class ArrowInput final : public arrow::io::RandomAccessFile {
 public:
  ArrowInput(std::shared_ptr<InputFile> file, std::uint64_t size)
      : file_(std::move(file)), size_(static_cast<int64_t>(size)) {}
  arrow::Result<int64_t> GetSize() override { return size_; }
  arrow::Result<int64_t> ReadAt(int64_t position, int64_t bytes, void* out) override;
  arrow::Result<std::shared_ptr<arrow::Buffer>> ReadAt(int64_t position, int64_t bytes) override;
  arrow::Result<int64_t> Read(int64_t bytes, void* out) override;
  arrow::Result<std::shared_ptr<arrow::Buffer>> Read(int64_t bytes) override;
  arrow::Status Seek(int64_t position) override;
  arrow::Result<int64_t> Tell() const override { return position_; }
  arrow::Status Close() override;
  bool closed() const override { return closed_; }

 private:
  std::shared_ptr<InputFile> file_;
  int64_t size_;
  int64_t position_ = 0;
  bool closed_ = false;
};

}  // namespace factorwal::archive
