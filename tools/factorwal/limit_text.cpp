#include "limit_text.h"

#include <charconv>
#include <limits>
#include <map>
#include <string>

namespace factorwal::tool {
namespace {

using Units = std::map<std::string_view, std::uint64_t>;

Error refused(std::string_view text, std::string_view wanted) {
  return Error{Errc::kInvalidArgument,
               "\"" + std::string(text) + "\" is not " + std::string(wanted), 0};
}

Result<std::uint64_t> parse(std::string_view text, const Units& units, std::uint64_t most,
                            std::string_view wanted) {
  std::uint64_t number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc{}) return refused(text, wanted);
  const auto unit = units.find(text.substr(static_cast<std::size_t>(end - text.data())));
  if (unit == units.end() && !(number == 0 && end == text.data() + text.size())) {
    return refused(text, wanted);
  }
  const auto factor = unit == units.end() ? 1 : unit->second;
  if (number > most / factor) return refused(text, "small enough to count with");
  return number * factor;
}

}  // namespace

Result<std::chrono::nanoseconds> parse_age(std::string_view text) {
  constexpr std::uint64_t kSecond = 1'000'000'000;
  static const Units units = {
      {"s", kSecond}, {"m", 60 * kSecond}, {"h", 3600 * kSecond}, {"d", 24 * 3600 * kSecond}};
  const auto found =
      parse(text, units, std::numeric_limits<std::int64_t>::max(),
            "an age: a whole number and s, m, h or d, as in 30d; 0 keeps everything");
  if (!found) return found.error();
  return std::chrono::nanoseconds(static_cast<std::int64_t>(*found));
}

Result<std::uint64_t> parse_bytes(std::string_view text) {
  constexpr std::uint64_t kKilo = 1000;
  constexpr std::uint64_t kKibi = 1024;
  static const Units units = {{"", 1},
                              {"B", 1},
                              {"kB", kKilo},
                              {"MB", kKilo * kKilo},
                              {"GB", kKilo * kKilo * kKilo},
                              {"TB", kKilo * kKilo * kKilo * kKilo},
                              {"KiB", kKibi},
                              {"MiB", kKibi * kKibi},
                              {"GiB", kKibi * kKibi * kKibi},
                              {"TiB", kKibi * kKibi * kKibi * kKibi}};
  return parse(text, units, std::numeric_limits<std::uint64_t>::max(),
               "a size: a whole number and B, kB, MB, GB, TB, KiB, MiB, GiB or TiB, as in 10GB; 0 "
               "is without end");
}

}  // namespace factorwal::tool
