#pragma once
/// \file
/// Ticks from CTP (上期技术). No SDK is needed: `CtpConverter::convert` is a template over any
/// struct with the fields of CThostFtdcDepthMarketDataField, so include the SDK's header yourself
/// and pass what OnRtnDepthMarketData gives you.

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <string>
#include <string_view>
#include <utility>

#include "factorwal/export.h"
#include "factorwal/result.h"
#include "factorwal/tick.h"
#include "factorwal/volume_mode.h"

namespace factorwal {

/// A day as the number YYYYMMDD.
using DateNumber = std::int32_t;

namespace ctp_detail {

inline constexpr std::int64_t kNsPerSecond = 1'000'000'000;
inline constexpr std::int64_t kSecondsPerDay = 86'400;
inline constexpr std::int64_t kChinaOffsetSeconds = 8 * 3600;

/// Days since 1970-01-01 of the proleptic Gregorian calendar (H. Hinnant, days_from_civil).
[[nodiscard]] constexpr std::int64_t day_number(DateNumber date) noexcept {
  const std::int64_t month = date / 100 % 100;
  const std::int64_t day = date % 100;
  const std::int64_t year = date / 10000 - (month <= 2 ? 1 : 0);
  const std::int64_t era = year / 400;
  const std::int64_t year_of_era = year - era * 400;
  const std::int64_t day_of_year = (153 * (month + (month > 2 ? -3 : 9)) + 2) / 5 + day - 1;
  const std::int64_t day_of_era =
      year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year;
  return era * 146097 + day_of_era - 719468;
}

[[nodiscard]] constexpr DateNumber date_of(std::int64_t day_count) noexcept {
  const std::int64_t z = day_count + 719468;
  const std::int64_t era = z / 146097;
  const std::int64_t day_of_era = z - era * 146097;
  const std::int64_t year_of_era =
      (day_of_era - day_of_era / 1460 + day_of_era / 36524 - day_of_era / 146096) / 365;
  const std::int64_t day_of_year =
      day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
  const std::int64_t month_index = (5 * day_of_year + 2) / 153;
  const std::int64_t day = day_of_year - (153 * month_index + 2) / 5 + 1;
  const std::int64_t month = month_index + (month_index < 10 ? 3 : -9);
  const std::int64_t year = year_of_era + era * 400 + (month <= 2 ? 1 : 0);
  return static_cast<DateNumber>(year * 10000 + month * 100 + day);
}

/// A char array that ends at its first NUL, or is full.
template <std::size_t kLength>
[[nodiscard]] std::string_view text_of(const char (&field)[kLength]) noexcept {
  return {field, static_cast<std::size_t>(std::find(field, field + kLength, '\0') - field)};
}

/// -1 unless `text` is decimal digits alone.
[[nodiscard]] constexpr std::int64_t digits(std::string_view text) noexcept {
  if (text.empty()) return -1;
  std::int64_t value = 0;
  for (const char c : text) {
    if (c < '0' || c > '9') return -1;
    value = value * 10 + (c - '0');
  }
  return value;
}

/// 0 unless `text` is a day YYYYMMDD that exists.
[[nodiscard]] constexpr DateNumber parse_date(std::string_view text) noexcept {
  if (text.size() != 8) return 0;
  const std::int64_t value = digits(text);
  if (value < 19700101) return 0;
  const auto date = static_cast<DateNumber>(value);
  return date_of(day_number(date)) == date ? date : 0;
}

/// Seconds since midnight of `HH:MM:SS`; -1 if it is not that.
[[nodiscard]] constexpr std::int64_t parse_time(std::string_view text) noexcept {
  if (text.size() != 8 || text[2] != ':' || text[5] != ':') return -1;
  const std::int64_t hour = digits(text.substr(0, 2));
  const std::int64_t minute = digits(text.substr(3, 2));
  const std::int64_t second = digits(text.substr(6, 2));
  if (hour < 0 || hour > 23 || minute < 0 || minute > 59 || second < 0 || second > 59) return -1;
  return hour * 3600 + minute * 60 + second;
}

/// What the struct's numbers are, as they stand there.
struct DepthNumbers {
  struct Level {
    double bid = 0;
    double bid_volume = 0;
    double ask = 0;
    double ask_volume = 0;
  };
  double last = 0;
  double volume = 0;
  double turnover = 0;
  double open_interest = 0;
  std::array<Level, 5> levels{};
};

}  // namespace ctp_detail

/// The weekday before: Friday for a Monday. As the previous trading day this is right whenever
/// there was a night session, since Chinese exchanges hold none on the eve of a holiday.
[[nodiscard]] constexpr DateNumber previous_weekday(DateNumber date) noexcept {
  std::int64_t day = ctp_detail::day_number(date) - 1;
  while ((day + 3) % 7 >= 5) --day;  // day 0, 1970-01-01, was a Thursday; Monday is 0 here
  return ctp_detail::date_of(day);
}

struct CtpOptions {
  /// The trading day before a given one. Default: `previous_weekday`.
  std::function<DateNumber(DateNumber)> previous_trading_day = previous_weekday;
  /// What CTP's login reports as the trading day; if not 0 it overrides the struct's TradingDay,
  /// which some exchanges (CZCE) fill with the calendar day at night.
  DateNumber trading_day = 0;
};

/// One row in the columns of TickSchema::futures().
struct CtpTick {
  std::string_view
      instrument_id;  ///< points into the struct that was converted: copy it to keep it
  TimestampNs timestamp_ns = 0;
  DateNumber trading_day = 0;
  std::array<double, 24> values{};
};

/// Converts CTP's market data. One thread. Allocates only when an instrument appears first.
///
/// - DBL_MAX (any |x| >= 1e300) is missing. A bid or ask of 0 with volume 0 is missing; its volume
///   stays 0, so that `queue_imbalance` of a one-sided book is +-1. Negative prices are prices.
/// - Volume and Turnover are the day's totals; the tick gets increments (see VolumeConverter).
/// - ActionDay is not looked at: at night some exchanges fill it with the trading day. The date is
///   TradingDay by day; from 18:00 on the night session's date is the previous trading day, and
///   before 06:00 the calendar day after that one. Times are China's, UTC+8 without summer time.
class FACTORWAL_EXPORT CtpConverter {
 public:
  explicit CtpConverter(CtpOptions options = {}) : options_(std::move(options)) {}

  /// Fails (kInvalidArgument) on an empty InstrumentID and on dates or times that are none; the
  /// instrument's totals are then untouched.
  template <class DepthMarketData>
  [[nodiscard]] Result<CtpTick> convert(const DepthMarketData& data);

  /// After a reconnect: every instrument's next totals only set the base.
  void note_gap() noexcept {
    for (auto& [id, converter] : converters_) converter.note_gap();
  }
  void set_trading_day(DateNumber trading_day) noexcept { options_.trading_day = trading_day; }

  /// The totals of one instrument, to save and load them.
  [[nodiscard]] VolumeConverter& volume_converter(std::string_view instrument_id) {
    const auto found = converters_.find(instrument_id);
    if (found != converters_.end()) return found->second;
    return converters_.emplace(std::string(instrument_id), VolumeConverter{}).first->second;
  }

 private:
  /// In the library, because the host may be built with -ffast-math. Wants the tick's other
  /// members.
  void put_numbers(const ctp_detail::DepthNumbers& numbers, CtpTick& tick);
  static Error bad(std::string_view instrument_id, std::string_view field, std::string_view value) {
    std::string message("CTP tick of \"");
    message.append(instrument_id).append("\": ").append(field).append(" is \"");
    message.append(value).append("\"");
    return {Errc::kInvalidArgument, std::move(message)};
  }

  CtpOptions options_;
  std::map<std::string, VolumeConverter, std::less<>> converters_;
};

template <class DepthMarketData>
Result<CtpTick> CtpConverter::convert(const DepthMarketData& data) {
  using namespace ctp_detail;  // NOLINT: the helpers above
  CtpTick tick;
  tick.instrument_id = text_of(data.InstrumentID);
  if (tick.instrument_id.empty()) return bad("", "InstrumentID", "");
  tick.trading_day =
      options_.trading_day != 0 ? options_.trading_day : parse_date(text_of(data.TradingDay));
  if (tick.trading_day == 0) {
    return bad(tick.instrument_id, "TradingDay", text_of(data.TradingDay));
  }
  const std::int64_t seconds = parse_time(text_of(data.UpdateTime));
  if (seconds < 0) return bad(tick.instrument_id, "UpdateTime", text_of(data.UpdateTime));
  const std::int64_t milliseconds = data.UpdateMillisec;
  if (milliseconds < 0 || milliseconds > 999) {
    return bad(tick.instrument_id, "UpdateMillisec", std::to_string(milliseconds));
  }

  std::int64_t day = day_number(tick.trading_day);
  const bool is_evening = seconds >= 18 * 3600;
  const bool is_after_midnight = seconds < 6 * 3600;
  if (is_evening || is_after_midnight) {
    day = day_number(options_.previous_trading_day(tick.trading_day));
    if (is_after_midnight) ++day;
  }
  tick.timestamp_ns = (day * kSecondsPerDay + seconds - kChinaOffsetSeconds) * kNsPerSecond +
                      milliseconds * 1'000'000;

  ctp_detail::DepthNumbers numbers;
  numbers.last = data.LastPrice;
  numbers.volume = static_cast<double>(data.Volume);
  numbers.turnover = data.Turnover;
  numbers.open_interest = static_cast<double>(data.OpenInterest);
  const auto put_level = [&numbers](std::size_t level, double bid, double bid_volume, double ask,
                                    double ask_volume) {
    numbers.levels[level - 1] = {bid, bid_volume, ask, ask_volume};
  };
  put_level(1, data.BidPrice1, static_cast<double>(data.BidVolume1), data.AskPrice1,
            static_cast<double>(data.AskVolume1));
  put_level(2, data.BidPrice2, static_cast<double>(data.BidVolume2), data.AskPrice2,
            static_cast<double>(data.AskVolume2));
  put_level(3, data.BidPrice3, static_cast<double>(data.BidVolume3), data.AskPrice3,
            static_cast<double>(data.AskVolume3));
  put_level(4, data.BidPrice4, static_cast<double>(data.BidVolume4), data.AskPrice4,
            static_cast<double>(data.AskVolume4));
  put_level(5, data.BidPrice5, static_cast<double>(data.BidVolume5), data.AskPrice5,
            static_cast<double>(data.AskVolume5));
  put_numbers(numbers, tick);
  return tick;
}

}  // namespace factorwal
