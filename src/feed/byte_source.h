#pragma once
/// \file
/// The bytes of one tick file, unpacked if it is a gzip: a failure is an Error, never an early end.

#include <atomic>
#include <cstddef>
#include <memory>
#include <optional>
#include <span>
#include <string>

#include "factorwal/result.h"
#include "feed/rotation.h"

namespace factorwal::feed {

/// Reads a file or, as "-", standard input. Gzip (of any number of members) is told by its first
/// bytes, not by the name. Truncated or damaged gzip data is kCorruption.
class ByteSource {
 public:
  /// `stop`: as FeedOptions::stop.
  static Result<ByteSource> open(const std::string& path, const std::atomic<bool>* stop = nullptr);
  ByteSource(ByteSource&&) noexcept;
  ByteSource& operator=(ByteSource&&) noexcept;
  ~ByteSource();

  /// Fills a part of `into`, which is not empty, with at least one byte; 0 is the end.
  Result<std::size_t> read(std::span<char> into);
  /// A file on disk that is not packed: what is behind its end now may come. After the first read.
  [[nodiscard]] bool may_grow() const noexcept;
  /// The end was not the end: the next `read` tries again. Requires: `may_grow()`.
  void look_again() noexcept;
  /// A file has become shorter than what was read of it.
  [[nodiscard]] bool was_shortened() const;
  /// Nothing where it is no file on disk.
  [[nodiscard]] std::optional<FileStamp> stamp() const;
  /// A file on disk: reading it does not wait for a writer.
  [[nodiscard]] bool is_regular() const noexcept;

 private:
  struct State;
  explicit ByteSource(std::unique_ptr<State> state) noexcept;
  std::unique_ptr<State> state_;
};

}  // namespace factorwal::feed
