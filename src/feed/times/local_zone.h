#pragma once
/// \file
/// From a zone's wall clock to UTC.

#include <cstdint>
#include <string>
#include <string_view>

#include "factorwal/result.h"

namespace date {
class time_zone;
}

namespace factorwal::feed {

/// An IANA time zone. A wall time that comes twice (clocks set back) is the earlier instant; one
/// that never comes (clocks set forward) is said to be so.
class LocalZone {
 public:
  enum class Answer : std::uint8_t { kUnique = 1, kAmbiguous = 2, kNonexistent = 3 };

  /// UTC.
  LocalZone() = default;
  /// kNotFound for a name that the system's zone database lacks.
  /// `option`: how a message calls what gave the name.
  static Result<LocalZone> find(const std::string& name, std::string_view option = "time_zone");

  /// `seconds`: of the wall clock since 1970-01-01 00:00 there; becomes UTC unless kNonexistent.
  Answer to_utc(std::int64_t& seconds);
  /// Its wall clock shows UTC, as nobody asked for a zone.
  [[nodiscard]] bool is_default() const noexcept { return zone_ == nullptr; }

 private:
  const date::time_zone* zone_ = nullptr;
  // The wall times around the last answer that share its offset for sure.
  std::int64_t same_begin_ = 0;
  std::int64_t same_end_ = 0;
  std::int64_t offset_ = 0;
};

}  // namespace factorwal::feed
