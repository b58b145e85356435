#include "feed/rows_check.h"

#define XXH_INLINE_ALL
#include <xxhash.h>

namespace factorwal::feed {

void RowsHash::add(std::span<const char> row) noexcept {
  hash_ = XXH3_64bits_withSeed(row.data(), row.size(), hash_);
  if (++row_count_ % kRowsPerBlock == 0) blocks_ = hash_;
}

}  // namespace factorwal::feed
