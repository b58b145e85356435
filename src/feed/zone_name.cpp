#include "feed/zone_name.h"

#include <algorithm>

#include "feed/scanner.h"

namespace factorwal::feed {

std::optional<NamedZone> named_zone(std::string_view stamp) {
  const std::size_t space = stamp.rfind(' ');
  if (space == std::string_view::npos) return std::nullopt;
  const std::string_view name = stamp.substr(space + 1);
  const bool capitals =
      std::all_of(name.begin(), name.end(), [](char c) { return c >= 'A' && c <= 'Z'; });
  if (!capitals || name.size() < 2 || name.size() > 5) return std::nullopt;
  std::string_view rest = stamp.substr(0, space);
  NamedZone zone{std::string(name), {}};
  constexpr std::string_view kParts = "YmdHMS";
  for (const char part : kParts) {
    const std::size_t size = part == 'Y' ? 4 : 2;
    if (rest.size() < size) return std::nullopt;
    if (!std::all_of(rest.begin(), rest.begin() + static_cast<std::ptrdiff_t>(size), is_digit)) {
      return std::nullopt;
    }
    rest.remove_prefix(size);
    zone.pattern += std::string("%") + part;
    if (part == 'S') break;
    if (rest.empty() || std::string_view("-/. T:").find(rest.front()) == std::string_view::npos) {
      return std::nullopt;
    }
    zone.pattern += rest.front();
    rest.remove_prefix(1);
  }
  if (rest.starts_with('.')) {
    rest.remove_prefix(1);
    while (!rest.empty() && is_digit(rest.front())) rest.remove_prefix(1);
    zone.pattern += ".%f";
  }
  if (!rest.empty()) return std::nullopt;
  zone.pattern += " " + zone.name;
  return zone;
}

}  // namespace factorwal::feed
