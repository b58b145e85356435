#include "persist/timestamp_check.h"

#include <array>
#include <chrono>
#include <string>
#include <string_view>

#include "factorwal/persister.h"

namespace factorwal {
namespace {

struct Unit {
  std::string_view name;
  std::int64_t per_second;
};
constexpr std::array<Unit, 3> kOtherUnits = {
    {{"seconds", 1}, {"milliseconds", 1'000}, {"microseconds", 1'000'000}}};

constexpr std::int64_t kBeginSeconds = 631'152'000;  // 1990
constexpr std::int64_t kEndSeconds = 4'102'444'800;  // 2100
static_assert(kBeginSeconds * kOtherUnits.front().per_second == persist::kOtherUnitsBegin);
static_assert(kEndSeconds * kOtherUnits.back().per_second == persist::kOtherUnitsEnd);

const Unit* unit_of(TimestampNs timestamp_ns) noexcept {
  for (const auto& unit : kOtherUnits) {
    if (timestamp_ns >= kBeginSeconds * unit.per_second &&
        timestamp_ns < kEndSeconds * unit.per_second) {
      return &unit;
    }
  }
  return nullptr;
}

std::string day_of(std::int64_t seconds) {
  const std::chrono::year_month_day day{std::chrono::floor<std::chrono::days>(
      std::chrono::sys_seconds(std::chrono::seconds(seconds)))};
  const auto two_digits = [](unsigned number) {
    return (number < 10 ? "-0" : "-") + std::to_string(number);
  };
  return std::to_string(static_cast<int>(day.year())) +
         two_digits(static_cast<unsigned>(day.month())) +
         two_digits(static_cast<unsigned>(day.day()));
}

}  // namespace

bool persist::looks_like_other_unit(TimestampNs timestamp_ns) noexcept {
  return unit_of(timestamp_ns) != nullptr;
}

Status check_timestamp(TimestampNs timestamp_ns) {
  const auto* unit = unit_of(timestamp_ns);
  if (unit == nullptr) return {};
  return Error{Errc::kInvalidArgument,
               "the timestamp " + std::to_string(timestamp_ns) + " looks like " +
                   std::string(unit->name) + " (" + day_of(timestamp_ns / unit->per_second) +
                   "), but timestamps are nanoseconds: multiply it by " +
                   std::to_string(1'000'000'000 / unit->per_second) +
                   ", or set allow_any_timestamp where it is meant as it stands",
               0};
}

}  // namespace factorwal
