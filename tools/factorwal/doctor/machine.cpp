#include "doctor/machine.h"

#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <sys/timex.h>
#include <unistd.h>

#include <cerrno>

#include "doctor/logout.h"
#include "doctor/place.h"
#include "factorwal/rings.h"

namespace factorwal::doctor {
namespace {

std::uint64_t free_bytes(const struct statvfs& info) {
  return std::uint64_t{info.f_bavail} * info.f_frsize;
}

SharedMemory look_at_shared_memory(const std::string& mounts) {
  SharedMemory memory;
  const auto path = shared_memory_directory();
  struct statvfs info {};
  if (::access(path.c_str(), W_OK | X_OK) != 0 || ::statvfs(path.c_str(), &info) != 0) {
    return memory;
  }
  memory.present = true;
  memory.kind = find_mount(mounts, path).kind;
  memory.free_bytes = free_bytes(info);
  memory.removed_at_logout = loses_shared_memory(look_at_logout());
  for (const auto* mark : {"/.dockerenv", "/run/.containerenv", "/run/systemd/container"}) {
    memory.of_container = memory.of_container || ::access(mark, F_OK) == 0;
  }
  return memory;
}

std::optional<std::uint64_t> limit_of(__rlimit_resource_t resource) {
  rlimit limit{};
  if (::getrlimit(resource, &limit) != 0 || limit.rlim_cur == RLIM_INFINITY) return {};
  return limit.rlim_cur;
}

Clock look_at_clock() {
  Clock clock;
  timespec now{};
  ::clock_gettime(CLOCK_REALTIME, &now);
  clock.time_ns = std::int64_t{now.tv_sec} * 1'000'000'000 + now.tv_nsec;
  timex state{};  // asks only: no mode is set
  if (::adjtimex(&state) != -1) clock.synchronized = (state.status & STA_UNSYNC) == 0;
  return clock;
}

}  // namespace

Result<Machine> examine(const std::string& directory, std::chrono::milliseconds time,
                        const std::atomic<bool>& stop) {
  Machine machine;
  auto place = place_of(directory, machine.exists);
  if (!place) return place.error();
  machine.directory = std::move(*place);
  const auto mounts = read_mountinfo();
  machine.mount = find_mount(mounts, machine.directory);
  struct stat status {};
  struct statvfs info {};
  if (::stat(machine.directory.c_str(), &status) != 0 ||
      ::statvfs(machine.directory.c_str(), &info) != 0) {
    return Error{Errc::kIo, machine.directory + ": cannot be looked at", errno};
  }
  machine.disk = find_disk(status.st_dev);
  machine.space = {free_bytes(info), info.f_favail, info.f_files};
  machine.shared_memory = look_at_shared_memory(mounts);
  machine.limits = {limit_of(RLIMIT_NOFILE), limit_of(RLIMIT_FSIZE)};
  machine.clock = look_at_clock();
  auto probe = probe_sync(machine.directory, time, stop);
  if (!probe) return probe.error();
  machine.probe = *probe;
  return machine;
}

}  // namespace factorwal::doctor
