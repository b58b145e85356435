#include "archive/arrow_files.h"

#include <arrow/buffer.h>

namespace factorwal::archive {
namespace {

constexpr std::size_t kBufferBytes = std::size_t{1} << 20;

}  // namespace

HashedOutput::HashedOutput(std::unique_ptr<OutputFile> file) : file_(std::move(file)) {
  buffer_.reserve(kBufferBytes);
}

arrow::Status HashedOutput::fail(Status status) {
  status_ = std::move(status);
  return arrow::Status::IOError(status_.error().message);
}

arrow::Status HashedOutput::flush() {
  if (!status_) return fail(status_);
  hash_.add(buffer_);
  auto status = file_->append(buffer_);
  buffer_.clear();
  return status ? arrow::Status::OK() : fail(std::move(status));
}

arrow::Status HashedOutput::Write(const void* data, int64_t bytes) {
  const auto* begin = static_cast<const std::byte*>(data);
  buffer_.insert(buffer_.end(), begin, begin + bytes);
  position_ += bytes;
  return buffer_.size() < kBufferBytes ? arrow::Status::OK() : flush();
}

arrow::Status HashedOutput::Close() {
  if (closed_) return arrow::Status::OK();
  closed_ = true;
  return flush();
}

Status HashedOutput::sync() {
  if (!status_) return status_;
  return file_->sync();
}

arrow::Result<int64_t> ArrowInput::ReadAt(int64_t position, int64_t bytes, void* out) {
  auto read = file_->read_at(static_cast<std::uint64_t>(position),
                             {static_cast<std::byte*>(out), static_cast<std::size_t>(bytes)});
  if (!read) return arrow::Status::IOError(read.error().message);
  return static_cast<int64_t>(*read);
}

arrow::Result<std::shared_ptr<arrow::Buffer>> ArrowInput::ReadAt(int64_t position, int64_t bytes) {
  ARROW_ASSIGN_OR_RAISE(auto buffer, arrow::AllocateResizableBuffer(bytes));
  ARROW_ASSIGN_OR_RAISE(const auto read, ReadAt(position, bytes, buffer->mutable_data()));
  ARROW_RETURN_NOT_OK(buffer->Resize(read));
  return std::shared_ptr<arrow::Buffer>(std::move(buffer));
}

arrow::Result<int64_t> ArrowInput::Read(int64_t bytes, void* out) {
  ARROW_ASSIGN_OR_RAISE(const auto read, ReadAt(position_, bytes, out));
  position_ += read;
  return read;
}

arrow::Result<std::shared_ptr<arrow::Buffer>> ArrowInput::Read(int64_t bytes) {
  ARROW_ASSIGN_OR_RAISE(auto buffer, ReadAt(position_, bytes));
  position_ += buffer->size();
  return buffer;
}

arrow::Status ArrowInput::Seek(int64_t position) {
  position_ = position;
  return arrow::Status::OK();
}

arrow::Status ArrowInput::Close() {
  closed_ = true;
  return arrow::Status::OK();
}

}  // namespace factorwal::archive
