#include "feed/times/local_zone.h"

#include <date/tz.h>

#include <chrono>
#include <exception>

namespace factorwal::feed {

Result<LocalZone> LocalZone::find(const std::string& name, std::string_view option) {
  LocalZone zone;
  if (name.empty() || name == "UTC") return zone;
  try {
    zone.zone_ = date::locate_zone(name);
    static_cast<void>(zone.zone_->get_info(date::local_seconds{std::chrono::seconds{0}}));
  } catch (const std::exception&) {
    return Error{Errc::kNotFound, std::string(option) + ": \"" + name +
                                      "\" is not in the system's zone database (IANA names, e.g. "
                                      "Asia/Shanghai; Debian package tzdata)"};
  }
  return zone;
}

LocalZone::Answer LocalZone::to_utc(std::int64_t& seconds) {
  if (zone_ == nullptr) return Answer::kUnique;
  if (seconds >= same_begin_ && seconds < same_end_) {
    seconds -= offset_;
    return Answer::kUnique;
  }
  const date::local_info info = zone_->get_info(date::local_seconds{std::chrono::seconds{seconds}});
  if (info.result == date::local_info::nonexistent) return Answer::kNonexistent;
  const std::int64_t offset = info.first.offset.count();
  seconds -= offset;
  if (info.result == date::local_info::ambiguous) return Answer::kAmbiguous;
  // No zone moves its clocks by more than a day.
  constexpr std::int64_t kDay = 86400;
  offset_ = offset;
  same_begin_ = info.first.begin.time_since_epoch().count() + offset + kDay;
  same_end_ = info.first.end.time_since_epoch().count() + offset - kDay;
  return Answer::kUnique;
}

}  // namespace factorwal::feed
