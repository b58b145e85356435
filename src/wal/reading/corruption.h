#pragma once
/// From findings to the one error that a caller gets.

#include <span>
#include <string_view>
#include <vector>

#include "factorwal/finding.h"
#include "factorwal/result.h"

namespace factorwal::wal {

/// The first finding of something durable that is damaged; null when there is none.
[[nodiscard]] const Finding* first_corrupt(std::span<const Finding> findings) noexcept;

/// Adds those that are at no place that `findings` has already.
void add_new_findings(std::vector<Finding>& findings, std::span<const Finding> more);

/// File, offset, what is wrong and which records it hits; then `advice`, if any.
[[nodiscard]] Error corruption_error(const Finding& finding, std::string_view advice = {});

/// The same error, which says in front where it was met.
[[nodiscard]] Error located(const Error& error, std::string_view file, std::uint64_t offset);

/// For an open that was refused.
inline constexpr std::string_view kNothingChanged =
    "; nothing was changed; `factorwal verify` lists all damage";

}  // namespace factorwal::wal
