#pragma once
/// A nameless file for rows that do not fit in memory: gone when it is closed, or when the process
/// is.

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string>

#include "factorwal/result.h"

namespace factorwal::archive {

class ScratchFile {
 public:
  /// In that directory; empty: the system's for temporary files.
  static Result<std::unique_ptr<ScratchFile>> make(std::string directory);
  ScratchFile(const ScratchFile&) = delete;
  ScratchFile& operator=(const ScratchFile&) = delete;
  ~ScratchFile();

  /// Where the bytes then lie. kIo, with the directory and what to do, when it is full.
  [[nodiscard]] Result<std::uint64_t> append(std::span<const std::byte> bytes);
  [[nodiscard]] Status read_at(std::uint64_t offset, std::span<std::byte> target);

 private:
  ScratchFile(int number, std::string directory)
      : number_(number), directory_(std::move(directory)) {}

  int number_;
  std::string directory_;
  std::uint64_t size_ = 0;
};

}  // namespace factorwal::archive
