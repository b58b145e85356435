#pragma once
/// \file
/// Stamps whose zone is an abbreviation: CST is Chicago's, Shanghai's and Havana's.

#include <optional>
#include <string>
#include <string_view>

namespace factorwal::feed {

struct NamedZone {
  std::string name;
  std::string pattern;  ///< as FeedOptions::time_format, with the name as it stands
};

/// Of `2020-03-02 09:30:00 CST` and its like, with another sign in the date, a T, a fraction.
[[nodiscard]] std::optional<NamedZone> named_zone(std::string_view stamp);

}  // namespace factorwal::feed
