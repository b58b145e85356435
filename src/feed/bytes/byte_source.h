#pragma once
/// \file
/// The bytes of one tick file: unpacked, and as UTF-8. A failure is an Error, never an early end.

#include <cstddef>
#include <memory>
#include <optional>
#include <span>
#include <string>

#include "factorwal/feed/options.h"
#include "factorwal/feed/report.h"
#include "factorwal/result.h"
#include "feed/files/rotation.h"

namespace factorwal::feed {

/// Reads a file or, as "-", standard input. Gzip, zstd, xz, bzip2 (one frame or several) and zip
/// (one file in it) are told by the first bytes, not by the name; truncated or damaged data is
/// kCorruption, behind what could be unpacked before it. UTF-16 and GB18030 text is converted, and
/// what FeedOptions::encoding says; see TextDecoder.
class ByteSource {
 public:
  /// `waits`: what the end of a file that may grow leaves of a character is kept back; otherwise it
  /// is a character that cannot be converted. `report`, for notes, outlives the source.
  static Result<ByteSource> open(const std::string& path, const FeedOptions& options,
                                 FeedReport& report, bool waits = false);
  ByteSource(ByteSource&&) noexcept;
  ByteSource& operator=(ByteSource&&) noexcept;
  ~ByteSource();

  /// Fills a part of `into`, which is not empty, with at least one byte; 0 is the end. Of a file
  /// that may grow, the end as it is now: a later call looks again.
  Result<std::size_t> read(std::span<char> into);
  /// A file on disk that is not packed (but perhaps converted): what is behind its end now may
  /// come. After the first read.
  [[nodiscard]] bool may_grow() const noexcept;
  /// There is more than what was read of it.
  [[nodiscard]] bool has_more() const;
  /// The last bytes that were read, as they are in the file now. Of a file that was emptied and
  /// written anew they are others.
  [[nodiscard]] std::string last_bytes() const;
  /// Nothing where it is no file on disk.
  [[nodiscard]] std::optional<FileStamp> stamp() const;
  /// The end keeps something back, until more of it comes.
  [[nodiscard]] bool holds_back() const noexcept;
  /// A file on disk: reading it does not wait for a writer.
  [[nodiscard]] bool is_regular() const noexcept;

 private:
  struct State;
  explicit ByteSource(std::unique_ptr<State> state) noexcept;
  std::unique_ptr<State> state_;
};

}  // namespace factorwal::feed
