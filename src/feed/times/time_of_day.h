#pragma once
/// \file
/// Times of day as numbers, beside a date: what a whole column of them must be.

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>

namespace factorwal::feed {

enum class TimeForm : std::uint8_t {
  kNone = 0,
  kText = 1,         ///< 09:30:00
  kMinutes = 2,      ///< HHMM, and so on: leading zeros may be lost
  kSeconds = 3,      ///< HHMMSS, with a fraction perhaps
  kMillis = 4,       ///< HHMMSSmmm
  kMicros = 5,       ///< HHMMSSuuuuuu
  kSecondOfDay = 6,  ///< since midnight, with a fraction perhaps
  kMilliOfDay = 7,
  kMicroOfDay = 8,
  kNanoOfDay = 9,
  kDayFraction = 10,  ///< 0.395833 of a day
  kHours = 11,
};
inline constexpr std::size_t kTimeForms = 12;

/// e.g. "HHMMSSmmm".
[[nodiscard]] std::string_view to_string(TimeForm form) noexcept;

/// Nanoseconds since midnight; false when the number is none of that form. A number with a leading
/// zero has all its digits. Fractions of a day are rounded to what their digits can tell: minutes
/// up to 4 decimals, seconds up to 8, else milliseconds.
[[nodiscard]] bool read_time_number(std::string_view number, TimeForm form,
                                    std::int64_t& ns_of_day) noexcept;

/// Rounded as above; `decimals`: the digits behind the point.
[[nodiscard]] std::int64_t day_fraction_ns(std::string_view decimals) noexcept;

/// Gathers a column's numbers until one form is left.
class TimeOfDayGuess {
 public:
  void add(std::string_view number) noexcept;
  [[nodiscard]] bool empty() const noexcept { return count_ == 0; }
  /// No further number can change what `form` says but by contradiction.
  [[nodiscard]] bool settled() const noexcept;
  /// Why there is no safe guess; and between which two forms, if so.
  struct Unclear {
    std::string why;
    TimeForm one = TimeForm::kNone;
    TimeForm two = TimeForm::kNone;
  };
  /// The narrowest of the forms that read most; nothing when that is no safe guess.
  /// `since_midnight`: counts since midnight are possible.
  [[nodiscard]] std::optional<TimeForm> form(bool since_midnight, Unclear& unclear) const;

 private:
  [[nodiscard]] std::uint64_t most() const noexcept;
  [[nodiscard]] TimeForm narrowest(std::span<const TimeForm> forms) const noexcept;
  [[nodiscard]] bool possible(TimeForm form) const noexcept;

  std::array<std::uint64_t, kTimeForms> readable_{};
  std::uint64_t count_ = 0;
  /// By compact form: neighbours of different minutes.
  std::array<std::uint64_t, 4> minute_changes_{};
  std::array<std::int64_t, 4> last_minutes_{-1, -1, -1, -1};
  std::string first_;
  bool all_zero_ = true;
  std::size_t digits_max_ = 0;
};

}  // namespace factorwal::feed
