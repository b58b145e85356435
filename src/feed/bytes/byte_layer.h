#pragma once
/// \file
/// One layer of a tick file's bytes, over the one below it: the file, its unpacker, its decoder.

#include <cstddef>
#include <span>

#include "factorwal/result.h"

namespace factorwal::feed {

class ByteLayer {
 public:
  virtual ~ByteLayer() = default;
  /// Fills a part of `into`, which is not empty, with at least one byte; 0 is the end. A failure is
  /// never the end.
  virtual Result<std::size_t> read(std::span<char> into) = 0;
};

}  // namespace factorwal::feed
