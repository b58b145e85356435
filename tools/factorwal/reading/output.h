#pragma once
/// Standard output in large pieces. A reader that went away (`| head`) is no failure: what comes
/// after is dropped, and the command ends early.

#include <string>
#include <string_view>

#include "factorwal/result.h"

namespace factorwal::tool {

class Output {
 public:
  explicit Output(int descriptor);
  Output(const Output&) = delete;
  Output& operator=(const Output&) = delete;
  ~Output() { flush(); }

  Output& operator<<(std::string_view text) {
    buffer_ += text;
    if (buffer_.size() >= kBufferBytes) flush();
    return *this;
  }
  /// To append to directly; call `settle` after each line.
  [[nodiscard]] std::string& buffer() noexcept { return buffer_; }
  void settle() {
    if (buffer_.size() >= kBufferBytes) flush();
  }
  void flush();

  /// False once nobody reads any more, or a write failed.
  [[nodiscard]] bool open() const noexcept { return errno_value_ == 0 && !closed_; }
  /// A failed write, a full disk for instance. A closed pipe is none.
  [[nodiscard]] Status status() const;
  [[nodiscard]] int descriptor() const noexcept { return descriptor_; }

 private:
  static constexpr std::size_t kBufferBytes = std::size_t{256} << 10;
  int descriptor_;
  std::string buffer_;
  bool closed_ = false;
  int errno_value_ = 0;
};

}  // namespace factorwal::tool
