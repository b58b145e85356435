#pragma once
/// \file
/// A row's timestamp, of the form that its file's plan says.

#include <cstdint>
#include <span>
#include <string>
#include <string_view>

#include "factorwal/feed/report.h"
#include "factorwal/types.h"
#include "feed/times/local_zone.h"
#include "feed/times/stamp_plan.h"

namespace factorwal::feed {

class TimestampReader {
 public:
  TimestampReader(StampPlan plan, LocalZone zone) noexcept;

  /// `parts`: one cell; or a date and a time of day; or these and milliseconds. kNone and the time,
  /// or kBadTimestamp, kAbsurdTimestamp (a number of another form than the plan's, or a date
  /// outside 1700 to 2199), kNonexistentTime.
  BadRow read(std::span<const std::string_view> parts, TimestampNs& time_ns);

  /// A time that its type tells: of UTC, or of the zone's wall clock.
  BadRow read_typed(std::int64_t seconds, std::int64_t nanoseconds, bool is_utc,
                    TimestampNs& time_ns);

  /// Of 1700 to 2199.
  [[nodiscard]] static bool is_readable(TimestampNs time_ns) noexcept;

  [[nodiscard]] const StampPlan& plan() const noexcept { return plan_; }
  /// Some stamp had no offset, so that the zone decided.
  [[nodiscard]] bool used_zone() const noexcept { return used_zone_; }
  [[nodiscard]] std::uint64_t ambiguous_times() const noexcept { return ambiguous_times_; }

 private:
  /// A wall clock's reading, or UTC with an offset of 0.
  struct Wall {
    std::int64_t seconds = 0;
    std::int64_t nanoseconds = 0;
    bool is_utc = false;
    std::string_view zone;
  };
  BadRow read_date(std::string_view cell, Wall& wall, bool& has_time);
  BadRow read_number(std::string_view cell, Wall& wall, bool& has_time);
  BadRow read_text(std::string_view cell, Wall& wall, bool& has_time);
  BadRow read_time(std::string_view cell, Wall& wall) const;
  BadRow read_pattern(std::span<const std::string_view> parts, Wall& wall) const;
  BadRow to_utc(Wall& wall, TimestampNs& time_ns);

  StampPlan plan_;
  std::int64_t epoch_unit_ns_ = 0;  ///< 0: the plan is of another form
  LocalZone zone_;
  LocalZone named_zone_;  ///< the last one that stood behind a time
  std::string zone_name_;
  bool used_zone_ = false;
  std::uint64_t ambiguous_times_ = 0;
};

}  // namespace factorwal::feed
