#pragma once
/// A feed's source as a Python object: read by one call, once.

#include <cstdint>
#include <memory>
#include <utility>

#include "factorwal/feed.h"

namespace factorwal::python {

class Source {
 public:
  Source(std::unique_ptr<feed::TickSource> source, std::uint32_t reading)
      : source_(std::move(source)), reading_(reading) {}
  /// The source, which is the caller's from now on. Null the second time.
  [[nodiscard]] std::unique_ptr<feed::TickSource> take() noexcept { return std::move(source_); }
  /// As `feed::reading_checksum`.
  [[nodiscard]] std::uint32_t reading() const noexcept { return reading_; }

 private:
  std::unique_ptr<feed::TickSource> source_;
  std::uint32_t reading_;
};

}  // namespace factorwal::python
