#pragma once
/// \file
/// What is wrong in a data directory, told by place.

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "factorwal/export.h"
#include "factorwal/types.h"

namespace factorwal {

/// How sure we are that something that was durable is damaged.
enum class Damage : std::uint8_t {
  kCorrupt,      ///< it was durable (something later says so), and is not what was written
  kTorn,         ///< a write that a crash cut short; nothing says that it was durable
  kUndecidable,  ///< whole in length, wrong in content, and nothing says that it was durable
};

/// "corrupt", "torn", "undecidable"
[[nodiscard]] FACTORWAL_EXPORT std::string_view to_string(Damage damage) noexcept;

struct Finding {
  Damage damage = Damage::kCorrupt;
  std::string file;
  std::uint64_t offset = 0;
  std::uint64_t bytes = 0;      ///< 0 when its extent is not known
  Sequence first_sequence = 0;  ///< 0 when no record is known to be hit
  Sequence last_sequence = 0;   ///< 0 when the end is not known
  std::string what;
};

/// Adds those of `more` that are not in `all` yet: one place may be met by several readers.
FACTORWAL_EXPORT void add_new_findings(std::vector<Finding>& all, std::span<const Finding> more);

}  // namespace factorwal
