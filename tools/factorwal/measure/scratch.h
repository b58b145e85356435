#pragma once
/// A folder of a measurement's own, gone with it.

#include <cstdint>
#include <string>

#include "factorwal/result.h"

namespace factorwal::measure {

/// Where to measure for a data directory that is there or will be, on its file system and, where
/// possible, beside it: a folder inside would be one of which its log knows nothing. Absolute.
[[nodiscard]] Result<std::string> scratch_parent(const std::string& directory);

class Scratch {
 public:
  /// In `parent`, which must have `bytes` free.
  [[nodiscard]] static Result<Scratch> make(const std::string& parent, std::uint64_t bytes);
  ~Scratch();
  Scratch(Scratch&& other) noexcept;
  Scratch& operator=(Scratch&&) = delete;

  [[nodiscard]] const std::string& path() const noexcept { return path_; }
  /// A place in it; not made.
  [[nodiscard]] std::string path(const std::string& name) const;

 private:
  explicit Scratch(std::string path) : path_(std::move(path)) {}
  std::string path_;
};

/// A folder and all in it, as far as that can be removed.
void remove_folder(const std::string& path) noexcept;

}  // namespace factorwal::measure
