#include "measure/other_programs.h"

#include <sys/resource.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <fstream>
#include <numeric>
#include <string>

namespace factorwal::measure {
namespace {

double seconds_of(int who) {
  rusage usage{};
  ::getrusage(who, &usage);
  const auto seconds = [](const timeval& time) {
    return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_usec) / 1e6;
  };
  return seconds(usage.ru_utime) + seconds(usage.ru_stime);
}

}  // namespace

OtherPrograms::OtherPrograms() : begun_(now()) {}

std::optional<OtherPrograms::Times> OtherPrograms::now() {
  // user, nice, system, idle, waiting for a device, interrupts, soft ones, stolen by the host
  std::array<double, 8> ticks{};
  std::ifstream file("/proc/stat");
  std::string name;
  file >> name;
  for (auto& count : ticks) file >> count;
  if (!file || name != "cpu") return std::nullopt;
  const auto second = static_cast<double>(::sysconf(_SC_CLK_TCK));
  Times times;
  times.all = std::accumulate(ticks.begin(), ticks.end(), 0.0) / second;
  times.busy = times.all - (ticks[3] + ticks[4]) / second;
  times.own = seconds_of(RUSAGE_SELF) + seconds_of(RUSAGE_CHILDREN);
  return times;
}

std::optional<double> OtherPrograms::share() const {
  const auto ended = now();
  if (!begun_ || !ended || ended->all <= begun_->all) return std::nullopt;
  const auto others = (ended->busy - begun_->busy) - (ended->own - begun_->own);
  return std::clamp(others / (ended->all - begun_->all), 0.0, 1.0);
}

}  // namespace factorwal::measure
