#pragma once
/// The memory that a ring works in, and what keeps it for the time after the process.

#include <memory>
#include <span>
#include <string>

#include "channel/ring_register.h"

namespace factorwal::channel {

/// Zeroed memory of this process, which takes space as far as it is touched.
class PrivateMemory {
 public:
  PrivateMemory() = default;
  /// Empty when there is none.
  explicit PrivateMemory(std::size_t bytes);
  ~PrivateMemory();
  PrivateMemory(PrivateMemory&& other) noexcept : bytes_(std::exchange(other.bytes_, {})) {}
  PrivateMemory& operator=(PrivateMemory&& other) noexcept {
    std::swap(bytes_, other.bytes_);
    return *this;
  }
  [[nodiscard]] std::span<std::byte> bytes() const noexcept { return bytes_; }

 private:
  std::span<std::byte> bytes_;
};

/// A ring's memory: in shared memory, where it outlives the process as it is; or private, with a
/// file that every entry is written through to (kFile), or without (kHeap).
struct RingMemory {
  RegisteredRing ring;
  std::unique_ptr<MappedFile> mapped;  ///< kShm
  PrivateMemory own;                   ///< kFile, kHeap
  std::unique_ptr<File> file;          ///< kFile
  std::span<std::byte> bytes;          ///< header, control and block
  std::size_t usable = 0;              ///< of the block, from the start: some, or all
  /// Why it is not of the kind asked for; empty when it is.
  std::string fallback;

  /// A part of the block can be touched from here on, or need not be kept.
  [[nodiscard]] Status allocate(std::size_t offset, std::size_t size);
  [[nodiscard]] Status discard(std::size_t offset, std::size_t size);
  /// False once somebody has removed its file: what is in it then ends with the process.
  [[nodiscard]] Result<bool> has_name() const;
};

}  // namespace factorwal::channel
