#pragma once
/// \file
/// How a file writes its timestamps: decided from many rows, and the same for all of them.

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "factorwal/feed/options.h"
#include "factorwal/result.h"
#include "factorwal/types.h"
#include "feed/times/clock_text.h"
#include "feed/times/time_of_day.h"
#include "feed/times/time_pattern.h"

namespace factorwal::feed {

enum class StampForm : std::uint8_t {
  kUnknown = 0,
  kSeconds = 1,  ///< since 1970, of 1990 to 2100; the four ranges do not meet
  kMilliseconds = 2,
  kMicroseconds = 3,
  kNanoseconds = 4,
  kCompactDate = 5,    ///< 20210104
  kCompactMinute = 6,  ///< 202101040930
  kCompactTime = 7,    ///< 20210104093000
  kCompactMilli = 8,   ///< 20210104093000500
  kCompactMicro = 9,   ///< 20210104093000500000
  kSerial = 10,        ///< a spreadsheet's days since 1899-12-30, of 1990 to 2100
  kText = 11,
  kPattern = 12,    ///< FeedOptions::time_format
  kTimeOfDay = 13,  ///< no date: cannot be read alone
  kNetTicks = 14,   ///< 100 ns since the year 1, of the wall clock; only where the user says so
};
inline constexpr std::size_t kStampForms = 15;

/// e.g. "numbers in milliseconds".
[[nodiscard]] std::string_view to_string(StampForm form) noexcept;

/// The form of one number, digits with a fraction perhaps; kTimeOfDay for what is too small to be
/// anything else, kUnknown for the rest.
[[nodiscard]] StampForm form_of_number(std::string_view number) noexcept;

/// Nanoseconds of a number whose form, by form_of_number, is the epoch with that unit, and which is
/// digits alone. Nothing: look closer; it may still be one.
[[nodiscard]] std::optional<TimestampNs> plain_epoch(std::string_view number,
                                                     std::int64_t unit_ns) noexcept;

struct StampPlan {
  StampForm form = StampForm::kUnknown;
  DateOrder order = DateOrder::kUnknown;
  /// Of the second column, or of the digits behind the date; kNone: there are none.
  TimeForm time = TimeForm::kNone;
  TimePattern pattern;
  /// A unit that the user gave: any number is one, not only those of 1990 to 2100.
  bool any_number = false;
};

/// e.g. "dates YYYYMMDD, times of day HHMMSSmmm".
[[nodiscard]] std::string form_text(const StampPlan& plan);

/// Sees the stamp's cells of row after row. A few odd rows do not change what the others say: they
/// will be bad rows.
class StampGuess {
 public:
  /// `part_count`: date and time of day in columns of their own, and milliseconds perhaps.
  explicit StampGuess(std::size_t part_count) : part_count_(part_count) {}
  /// Words and a pattern of FeedOptions::time_format decide what they name.
  Status use_format(std::string_view time_format);

  void add(std::span<const std::string_view> parts);
  /// Further rows would tell nothing new.
  [[nodiscard]] bool settled() const;
  /// kInvalidArgument says what is not known, and which words of `option` would tell.
  [[nodiscard]] Result<StampPlan> plan(std::string_view option) const;

 private:
  void add_date(std::string_view cell);
  void add_doubts(std::string_view number, StampForm form);
  [[nodiscard]] std::string doubt(std::string_view option) const;
  [[nodiscard]] bool may_be_short_dates() const;
  void add_time(std::string_view cell);
  [[nodiscard]] StampForm likeliest_form() const;
  [[nodiscard]] Result<TimeForm> time_form(std::string_view option) const;

  std::size_t part_count_;
  std::array<std::uint64_t, kStampForms> forms_{};
  StampForm first_form_ = StampForm::kUnknown;
  std::uint64_t day_first_ = 0;  ///< texts that can be read in this order only
  std::uint64_t month_first_ = 0;
  bool needs_order_ = false;  ///< some text has both readings
  std::string open_example_;
  std::string first_;
  std::uint64_t cells_ = 0;
  std::uint64_t net_ticks_ = 0;    ///< numbers that are 2000 to 2100 in .NET's ticks
  std::uint64_t short_dates_ = 0;  ///< seconds that read as YYMMDDhhmm
  std::uint64_t time_texts_ = 0;
  TimeOfDayGuess times_;
  StampPlan told_;  ///< by use_format
};

/// The cells look like times of day without a date: 09:30, 93000, 0.39.
[[nodiscard]] bool is_time_alone(std::string_view cell) noexcept;
/// The cell is a date, or midnight of one.
[[nodiscard]] bool is_date_alone(std::string_view cell) noexcept;
/// The cell is a time of day up to its seconds, as HHMMSS, 09:30:00 or seconds since midnight.
[[nodiscard]] bool is_whole_second(std::string_view cell) noexcept;
/// The cell has at most three digits.
[[nodiscard]] bool is_milliseconds(std::string_view cell) noexcept;
/// The cell can be read as a date, with or without a time.
[[nodiscard]] bool is_dated(std::string_view cell) noexcept;

}  // namespace factorwal::feed
