#pragma once
/// \file
/// "Did you mean ...?": the known name that is closest to what somebody wrote. For programs that
/// take the names of instruments, factors, fields or operators from people. Any thread.

#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "factorwal/export.h"

namespace factorwal {

/// The candidate with the fewest edits (insert, delete, change, swap of neighbours; upper and lower
/// case count as equal), if it is near enough to be a likely slip. The first of equals.
[[nodiscard]] FACTORWAL_EXPORT std::optional<std::string_view> nearest_name(
    std::string_view wanted, std::span<const std::string_view> candidates);
[[nodiscard]] FACTORWAL_EXPORT std::optional<std::string_view> nearest_name(
    std::string_view wanted, std::span<const std::string> candidates);

/// The same as a sentence's end: " (did you mean `ts_mean`?)", or nothing.
[[nodiscard]] FACTORWAL_EXPORT std::string did_you_mean(
    std::string_view wanted, std::span<const std::string_view> candidates);
[[nodiscard]] FACTORWAL_EXPORT std::string did_you_mean(std::string_view wanted,
                                                        std::span<const std::string> candidates);

}  // namespace factorwal
