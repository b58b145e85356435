#pragma once
/// \file
/// The bytes of a file or of standard input as they stand.

#include <atomic>
#include <cstddef>
#include <memory>
#include <span>
#include <string>
#include <string_view>

#include "factorwal/result.h"
#include "feed/bytes/byte_layer.h"

namespace factorwal::feed {

/// Holds a window of bytes that were read and not used, for layers that look before they use.
class FileBytes final : public ByteLayer {
 public:
  /// `path`: "-" is standard input. `stop`: as FeedOptions::stop.
  static Result<std::unique_ptr<FileBytes>> open(const std::string& path,
                                                 const std::atomic<bool>* stop);
  FileBytes(const FileBytes&) = delete;
  FileBytes& operator=(const FileBytes&) = delete;
  ~FileBytes() override;

  /// The window first, then from the file without a detour. Behind the end it looks again: a file
  /// on disk may have grown.
  Result<std::size_t> read(std::span<char> into) override;

  [[nodiscard]] std::string_view window() const noexcept {
    return {buffer_.get() + begin_, end_ - begin_};
  }
  /// Reads some more behind the window, or finds the end.
  Status fill();
  /// Fills until the window has `size` bytes, unless the file ends before.
  Status fill_to(std::size_t size);
  void use(std::size_t size) noexcept { begin_ += size; }
  /// The last look found nothing behind the window.
  [[nodiscard]] bool ended() const noexcept { return ended_; }

  /// A file on disk: reading it does not wait for a writer, and it can be read at any place.
  [[nodiscard]] bool is_regular() const noexcept { return regular_; }
  [[nodiscard]] int fd() const noexcept { return fd_; }
  /// An error about this file.
  [[nodiscard]] Error failure(Errc code, const std::string& what, int errno_value = 0) const {
    return Error{code, name_ + ": " + what, errno_value};
  }

 private:
  explicit FileBytes(const std::string& path, const std::atomic<bool>* stop);
  Status wait() const;
  Result<std::size_t> read_file(char* into, std::size_t size);

  std::string name_;
  int fd_ = -1;
  bool owns_fd_ = false;
  bool regular_ = false;
  bool ended_ = false;
  const std::atomic<bool>* stop_;
  std::unique_ptr<char[]> buffer_;
  std::size_t begin_ = 0;
  std::size_t end_ = 0;
};

}  // namespace factorwal::feed
