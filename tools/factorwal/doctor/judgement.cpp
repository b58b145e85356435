#include "doctor/judgement.h"

#include <algorithm>
#include <cstdio>

#include "factorwal/options.h"

namespace factorwal::doctor {
namespace {

// Times of one 4 KiB write and its sync, at the median; docs/tool.md explains them.
constexpr double kNoDeviceUs = 5;         // a system call and nothing behind it
constexpr double kCacheFlushUs = 20;      // the quickest flush of a volatile cache over a bus
constexpr double kDiskRotationUs = 1000;  // a quarter of a turn at 15,000 a minute

constexpr std::uint64_t kMiB = std::uint64_t{1} << 20;
constexpr std::uint64_t kOpenFilesMin = 256;
constexpr std::uint64_t kFreeFilesMin = 1000;
constexpr std::int64_t kYearNs = std::int64_t{31'556'952} * 1'000'000'000;

std::string text_of(const char* format, double number) {
  char text[64];
  std::snprintf(text, sizeof text, format, number);
  return text;
}

std::string mib(std::uint64_t bytes) {
  return text_of("%.0f MiB", static_cast<double>(bytes) / static_cast<double>(kMiB));
}

std::string named(const Disk& disk) {
  std::string text = disk.name;
  if (!disk.model.empty()) text += " (" + disk.model + ")";
  return text;
}

bool without_barriers(const Mount& mount) {
  return mount.has_option("nobarrier") || mount.has_option("barrier=0") ||
         mount.has_option("volatile");
}

/// The rings of four sending threads.
std::uint64_t channel_need() {
  constexpr std::uint64_t kHeaderBytes = 4096;
  return 4 * (FactorWalConfig{}.channel_bytes + kHeaderBytes);
}

/// A segment in use and the one prepared behind it.
std::uint64_t log_need() { return 2 * LogOptions{}.segment_bytes; }

Check check_file_system(const Machine& machine) {
  const auto& mount = machine.mount;
  Check check{"file system", Grade::kGood,
              (mount.type.empty() ? "not told" : mount.type) + " on " + mount.point};
  switch (mount.kind) {
    case FileSystemKind::kLocal: break;
    case FileSystemKind::kMemory:
      check.grade = Grade::kBad;
      check.text += ": memory, gone when the machine stops; use a disk";
      break;
    case FileSystemKind::kOverlay:
      check.grade = Grade::kWarning;
      check.text += ": a container's own layer, gone with the container; mount a volume";
      break;
    case FileSystemKind::kNetwork:
      check.grade = Grade::kBad;
      check.text +=
          ": not a disk of this machine; locks and syncs are not ours to judge there; "
          "use a local one";
      break;
  }
  if (without_barriers(mount)) {
    check.grade = Grade::kBad;
    check.text += "; mounted so that a sync does not reach the device (" + mount.options + ")";
  }
  return check;
}

Check check_device(const Disk& disk) {
  if (disk.name.empty()) return {"device", Grade::kGood, "none that the kernel tells of"};
  Check check{"device", Grade::kGood, named(disk)};
  if (disk.is_virtual) check.text += ", virtual: what is below it cannot be seen";
  if (disk.rotational == true && !disk.is_virtual) {
    check.grade = Grade::kWarning;
    check.text += ", rotating: each commit waits for a turn of it";
  }
  if (disk.volatile_cache == true) {
    check.text += ", with a cache that needs flushing; each sync does that";
  } else if (disk.volatile_cache == false) {
    check.text += ", without a cache that needs flushing";
  } else {
    check.text += ", its cache is not told";
  }
  return check;
}

Check check_sync(const SyncTimes& sync, const SyncJudgement& judged) {
  Check check{"sync", Grade::kGood,
              text_of("p50 %.0f us", sync.p50_us) + text_of(", p99 %.0f us", sync.p99_us) +
                  text_of(", %.0f a second: ", sync.rate) + judged.reason};
  if (judged.verdict == SyncVerdict::kUndecided) check.grade = Grade::kWarning;
  if (judged.verdict == SyncVerdict::kTooFast || judged.verdict == SyncVerdict::kVolatile) {
    check.grade = Grade::kBad;
  }
  return check;
}

Check check_space(const Space& space) {
  Check check{"free space", Grade::kGood, mib(space.free_bytes)};
  if (space.free_bytes < log_need()) {
    check.grade = Grade::kWarning;
    check.text += ", less than two segments (" + mib(log_need()) + ")";
  }
  if (space.all_files > 0 && space.free_files < kFreeFilesMin) {
    check.grade = Grade::kWarning;
    check.text += ", and space for " + std::to_string(space.free_files) + " files only";
  }
  return check;
}

Check check_shared_memory(const SharedMemory& memory) {
  const auto need = "; the channel takes up to " + mib(FactorWalConfig{}.channel_bytes) +
                    " for each sending thread";
  if (!memory.present) {
    return {"shared memory", Grade::kWarning,
            "no /dev/shm: the channel falls back to files in the data directory"};
  }
  Check check{"shared memory", Grade::kGood, mib(memory.free_bytes) + " free in /dev/shm" + need};
  if (memory.kind != FileSystemKind::kMemory) {
    check.grade = Grade::kWarning;
    check.text = "/dev/shm is not memory: each send may wait for a disk";
  } else if (memory.free_bytes < channel_need()) {
    check.grade = Grade::kWarning;
    check.text += ", and falls back to files where it does not get them (docker: --shm-size)";
  }
  if (memory.removed_at_logout) {
    check.grade = Grade::kWarning;
    check.text +=
        "; systemd-logind removes it at this user's last logout: a system user, `loginctl "
        "enable-linger`, RemoveIPC=no in logind.conf, or channel = \"file\" keeps it";
  }
  if (memory.of_container) {
    check.grade = Grade::kWarning;
    check.text += "; it ends with this container: channel = \"file\" on a volume does not";
  }
  return check;
}

Check check_limits(const Limits& limits) {
  Check check{"limits", Grade::kGood,
              "open files " +
                  (limits.open_files ? std::to_string(*limits.open_files) : "without limit") +
                  ", file size " + (limits.file_bytes ? mib(*limits.file_bytes) : "without limit")};
  if (limits.open_files && *limits.open_files < kOpenFilesMin) {
    check.grade = Grade::kWarning;
    check.text += "; raise the first (ulimit -n): rings, segments and a backup take them";
  }
  if (limits.file_bytes && *limits.file_bytes < LogOptions{}.segment_bytes) {
    check.grade = Grade::kBad;
    check.text += "; a segment of " + mib(LogOptions{}.segment_bytes) +
                  " does not fit: raise it (ulimit -f) or make segments smaller";
  }
  return check;
}

Check check_clock(const Clock& clock) {
  // Nothing in the log depends on it: times are the data's own, delays are measured monotonic.
  const auto year = 1970 + clock.time_ns / kYearNs;
  Check check{"clock", Grade::kGood, "in the year " + std::to_string(year)};
  if (year < 2024 || year > 2100) {
    check.grade = Grade::kWarning;
    check.text += ", which it is not";
  } else if (clock.synchronized == false) {
    check.grade = Grade::kWarning;
    check.text += ", not synchronized with a time server: ticks that are stamped here may be off";
  } else if (clock.synchronized == true) {
    check.text += ", synchronized";
  }
  return check;
}

Check check_locks(std::optional<bool> exclude) {
  if (!exclude) return {"locks", Grade::kWarning, "cannot be tried: /proc is not there"};
  if (*exclude) return {"locks", Grade::kGood, "keep a second writer out"};
  return {"locks", Grade::kBad, "do not keep a second writer out: never start two"};
}

Promise survive_kill(const Machine& machine) {
  Promise promise{"process killed", Kept::kYes, "accepted records wait in shared memory"};
  if (!machine.shared_memory.present) {
    promise.why = "accepted records wait in files of the data directory";
  }
  return promise;
}

Promise survive_power_loss(const Machine& machine, const SyncJudgement& sync) {
  Promise promise{"power loss", Kept::kYes, sync.reason};
  const auto kind = machine.mount.kind;
  if (sync.verdict == SyncVerdict::kTooFast || sync.verdict == SyncVerdict::kVolatile) {
    promise.kept = Kept::kNo;
  } else if (kind == FileSystemKind::kNetwork) {
    promise.kept = Kept::kNo;
    promise.why = "not promised on a network file system: " + sync.reason;
  } else if (kind == FileSystemKind::kOverlay || sync.verdict == SyncVerdict::kUndecided) {
    promise.kept = Kept::kNotKnown;
  } else if (machine.disk.is_virtual) {
    promise.kept = Kept::kNotKnown;
    promise.why += "; kept if the host keeps what it is told to sync";
  }
  return promise;
}

Promise survive_full_disk(const Machine& machine) {
  const auto& limit = machine.limits.file_bytes;
  if (limit && *limit < LogOptions{}.segment_bytes) {
    return {"disk full", Kept::kYes,
            "nothing is lost, but no segment fits: the log does not start"};
  }
  return {"disk full", Kept::kYes,
          "sends stop and say so; " + mib(machine.space.free_bytes) + " until then"};
}

Promise keep_second_writer_out(const Machine& machine) {
  if (machine.probe.locks_exclude == false) {
    return {"two processes on one directory", Kept::kNo, "locks do not work here"};
  }
  if (machine.mount.kind == FileSystemKind::kNetwork) {
    return {"two processes on one directory", Kept::kNo,
            "not promised on a network file system: locks work here; nothing says that they do "
            "between machines"};
  }
  if (!machine.probe.locks_exclude) {
    return {"two processes on one directory", Kept::kNotKnown, "locks could not be tried"};
  }
  return {"two processes on one directory", Kept::kYes, "the second is refused"};
}

}  // namespace

SyncJudgement judge_sync(const Mount& mount, const Disk& disk, const SyncTimes& sync) {
  const auto us = sync.p50_us;
  if (mount.kind == FileSystemKind::kMemory) {
    return {SyncVerdict::kVolatile, "a sync to memory keeps nothing"};
  }
  if (without_barriers(mount)) {
    return {SyncVerdict::kVolatile, "the mount options take the device out of a sync"};
  }
  if (us < kNoDeviceUs) {
    return {SyncVerdict::kTooFast, "shorter than any device needs: the sync goes nowhere"};
  }
  if (mount.kind != FileSystemKind::kLocal) {
    return {SyncVerdict::kUndecided, "what a sync does is decided elsewhere"};
  }
  if (disk.is_virtual || disk.name.empty()) {
    if (us < kCacheFlushUs) {
      return {SyncVerdict::kUndecided,
              "short: a very fast device, or a host that keeps it in its own memory"};
    }
    return {SyncVerdict::kPlausible, "long enough for a device"};
  }
  if (disk.rotational == true && us < kDiskRotationUs) {
    return {SyncVerdict::kTooFast,
            "shorter than a disk turns: a cache answers, which must have a battery"};
  }
  if (disk.volatile_cache == true && us < kCacheFlushUs) {
    return {SyncVerdict::kTooFast, "shorter than the flush of its cache takes: it does not flush"};
  }
  return {SyncVerdict::kPlausible, "long enough for such a device"};
}

bool Judgement::broken() const {
  return std::any_of(promises.begin(), promises.end(),
                     [](const Promise& promise) { return promise.kept == Kept::kNo; });
}

Judgement judge(const Machine& machine) {
  Judgement judgement;
  judgement.sync = judge_sync(machine.mount, machine.disk, machine.probe.sync);
  judgement.checks = {check_file_system(machine),
                      check_device(machine.disk),
                      check_sync(machine.probe.sync, judgement.sync),
                      check_space(machine.space),
                      check_shared_memory(machine.shared_memory),
                      check_limits(machine.limits),
                      check_clock(machine.clock),
                      check_locks(machine.probe.locks_exclude)};
  judgement.promises = {
      {"orderly end", Kept::kYes, "everything accepted is written and synced"},
      survive_kill(machine),
      survive_power_loss(machine, judgement.sync),
      survive_full_disk(machine),
      {"bit rot, cut or swapped files", Kept::kYes, "told by checksums, wherever the files are"},
      keep_second_writer_out(machine)};
  return judgement;
}

std::string_view to_string(Grade grade) noexcept {
  switch (grade) {
    case Grade::kGood: return "good";
    case Grade::kWarning: return "warning";
    case Grade::kBad: return "bad";
  }
  return "?";
}

std::string_view to_string(Kept kept) noexcept {
  switch (kept) {
    case Kept::kYes: return "kept";
    case Kept::kNotKnown: return "not known";
    case Kept::kNo: return "not kept";
  }
  return "?";
}

std::string_view to_string(SyncVerdict verdict) noexcept {
  switch (verdict) {
    case SyncVerdict::kPlausible: return "plausible";
    case SyncVerdict::kVolatile: return "volatile";
    case SyncVerdict::kTooFast: return "too fast";
    case SyncVerdict::kUndecided: return "undecided";
  }
  return "?";
}

}  // namespace factorwal::doctor
