#pragma once
/// A feed's source as a Python object: read by one call, once.

#include <memory>
#include <utility>

#include "factorwal/feed.h"

namespace factorwal::python {

class Source {
 public:
  explicit Source(std::unique_ptr<feed::TickSource> source) : source_(std::move(source)) {}
  /// The source, which is the caller's from now on. Null the second time.
  [[nodiscard]] std::unique_ptr<feed::TickSource> take() noexcept { return std::move(source_); }

 private:
  std::unique_ptr<feed::TickSource> source_;
};

}  // namespace factorwal::python
