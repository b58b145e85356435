#pragma once
/// \file
/// A file's timestamps: the form is that of its first row and holds for all.

#include <cstdint>
#include <string_view>

#include "factorwal/feed/report.h"
#include "factorwal/types.h"
#include "feed/local_zone.h"

namespace factorwal::feed {

/// How a file writes its stamps.
enum class StampForm : std::uint8_t {
  kUnknown = 0,
  kSeconds = 1,       ///< below 1e10
  kMilliseconds = 2,  ///< below 1e13
  kMicroseconds = 3,  ///< below 1e16
  kNanoseconds = 4,   ///< the rest
  kCompactDate = 5,   ///< 20210104
  kCompactTime = 6,   ///< 20210104093000
  kCompactMilli = 7,  ///< 20210104093000500
  kText = 8,          ///< ISO 8601 and its relatives
};

/// e.g. "integers in milliseconds".
[[nodiscard]] std::string_view to_string(StampForm form) noexcept;

class TimestampReader {
 public:
  explicit TimestampReader(LocalZone zone) noexcept : zone_(zone) {}

  /// kNone and the time, or kBadTimestamp, kAbsurdTimestamp (before 1970, from 2200 on, or an
  /// integer of another unit's size than the file's first), kNonexistentTime. The first stamp that
  /// is read fixes the form.
  BadRow read(std::string_view text, TimestampNs& time_ns);

  [[nodiscard]] StampForm form() const noexcept { return form_; }
  /// Some stamp had no offset, so that the zone decided.
  [[nodiscard]] bool used_zone() const noexcept { return used_zone_; }
  [[nodiscard]] std::uint64_t ambiguous_times() const noexcept { return ambiguous_times_; }

 private:
  BadRow read_integer(std::string_view text, std::size_t digit_count, TimestampNs& time_ns);
  BadRow read_compact(StampForm form, std::string_view digits, TimestampNs& time_ns);
  BadRow read_text(std::string_view text, TimestampNs& time_ns);
  BadRow from_wall_clock(std::int64_t seconds, std::int32_t nanoseconds, bool has_offset,
                         TimestampNs& time_ns);
  BadRow accept(StampForm form, BadRow fault);

  LocalZone zone_;
  StampForm form_ = StampForm::kUnknown;
  bool used_zone_ = false;
  std::uint64_t ambiguous_times_ = 0;
};

}  // namespace factorwal::feed
