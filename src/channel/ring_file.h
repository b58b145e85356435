#pragma once
/// Keeps a ring whose memory is private in a file, entry by entry, so that it outlives the process.
/// Written rather than mapped: a page of a mapped file that a full or failing device cannot take
/// ends the process.

#include <atomic>

#include "base/file.h"
#include "channel/ring.h"

namespace factorwal::channel {

class RingFile {
 public:
  RingFile(File& file, Ring& ring) noexcept : file_(file), ring_(ring) {}

  /// The sender's: writes what was sealed, before it is shown. After a failure the file ends before
  /// it: what is shown from then on counts for the process only, until all of it was released.
  [[nodiscard]] Status write_sealed();
  /// The consumer's: says in the file what is about to be released. Release after it succeeded.
  [[nodiscard]] Status write_release();

 private:
  [[nodiscard]] Status write_parts();

  static constexpr std::uint64_t kNone = ~std::uint64_t{0};
  File& file_;
  Ring& ring_;
  std::uint64_t missing_to_ = 0;  // the sender's: a gap in the file, or everything behind one
  std::atomic<std::uint64_t> missing_from_{kNone};
};

}  // namespace factorwal::channel
