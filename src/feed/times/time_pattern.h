#pragma once
/// \file
/// Times of a form that the user spells out.

#include <cstdint>
#include <string>
#include <string_view>

#include "factorwal/result.h"

namespace factorwal::feed {

/// Like strptime: %Y %y (69 to 99 are 1969 to 1999) %m %d %b %H %I %M %S %f (a fraction of the
/// second, any digits) %p %z %j %s (seconds since 1970) %T %F %%; a space stands for any number of
/// them, other letters for themselves. Numbers may lack leading zeros where no digit follows.
class TimePattern {
 public:
  static Result<TimePattern> make(std::string_view pattern);

  struct Wall {
    std::int64_t seconds = 0;  ///< since 1970-01-01, the offset already taken off
    std::int32_t nanoseconds = 0;
    bool has_offset = false;
  };
  [[nodiscard]] bool read(std::string_view text, Wall& wall) const noexcept;

 private:
  std::string pattern_;
};

}  // namespace factorwal::feed
