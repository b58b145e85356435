#pragma once
/// \file
/// Which day a time belongs to, as a market counts days. Part of `factorwal::archive`.

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include "factorwal/export.h"
#include "factorwal/result.h"
#include "factorwal/types.h"

namespace factorwal {

/// A day begins at a time of the wall clock in a zone. From noon on that is the evening before it,
/// and what lies between two weekdays belongs to the later one: with "18:00 Asia/Shanghai" Monday
/// begins on Friday at 18:00. A day that begins before noon begins on its own date, and
/// weekends are days as any other: "00:00 UTC", the default, are days of the calendar.
/// Holidays are not known: nothing is traded in the night before them.
///
/// Copies are cheap. Used by one thread at a time.
class FACTORWAL_EXPORT TradingDays {
 public:
  /// Days of the calendar in UTC.
  TradingDays();
  /// "HH:MM ZONE" with an IANA name, or "HH:MM+HH:MM" with an offset from UTC. kInvalidArgument
  /// for any other text, kNotFound for a zone that the system does not have.
  static Result<TradingDays> parse(std::string_view text);
  /// What `parse` takes.
  [[nodiscard]] const std::string& text() const noexcept { return text_; }

  /// Days since 1970-01-01.
  [[nodiscard]] std::int32_t day_of(TimestampNs time) const;
  /// The first time that belongs to that day, or to the next one that there is.
  [[nodiscard]] TimestampNs begin_of(std::int32_t day) const;

 private:
  class Zone;
  std::shared_ptr<Zone> zone_;  // none: UTC
  std::int64_t begins_ = 0;     // seconds of the wall clock's day
  std::string text_ = "00:00 UTC";
};

}  // namespace factorwal
