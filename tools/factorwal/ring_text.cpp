#include "ring_text.h"

#include <fmt/core.h>

#include "terminal.h"

namespace factorwal::tool {
namespace {

/// What is known of the records that are not in the log.
std::string loss(const RingRecovery& ring) {
  if (!ring.counted) return "accepted records may be lost";
  if (ring.lost == 0) return "it holds nothing that the log does not";
  return fmt::format("{} accepted records that it holds are not in the log", ring.lost);
}

std::string place(const RingRecovery& ring) {
  if (!ring.kept.empty()) return fmt::format("; kept as {}", ring.kept);
  return "; the file stays there, `factorwal rings` lists it";
}

std::string describe_others(const RingRecovery& ring) {
  if (!ring.original.empty()) {
    return fmt::format("this directory is a copy of {}; {} is left to that{}", ring.original,
                       ring.path,
                       ring.kept.empty() ? "" : ", its copy here" + place(ring).substr(1));
  }
  return fmt::format(
      "{} was made in another directory, of which this one is a copy, or which was moved between "
      "file systems; it is not used: {}{}",
      ring.path, loss(ring), place(ring));
}

}  // namespace

std::string describe(const RingRecovery& ring) {
  switch (ring.verdict) {
    case RingVerdict::kDrained:
      if (ring.lost > 0) {
        return fmt::format("{} records that {} had given back are lost with the end of the log",
                           ring.lost, ring.path);
      }
      if (ring.drained == 0) return {};
      return fmt::format("{} records that had been accepted, and not logged, were in the channel",
                         ring.drained);
    case RingVerdict::kOtherBoot:
      return "the machine was restarted since the last run: what was accepted and not yet durable "
             "is lost" +
             (ring.kept.empty() ? std::string()
                                : fmt::format("; {}: {}{}", ring.path, loss(ring), place(ring)));
    case RingVerdict::kOtherDirectory: return describe_others(ring);
    case RingVerdict::kAbsent:
      if (!ring.kept.empty()) {
        return fmt::format("{} was given up by an open before: accepted records may be lost{}",
                           ring.path, place(ring));
      }
      return fmt::format("{} is missing: accepted records may be lost", ring.path);
    case RingVerdict::kHeap:
      return "the last run's channel was heap, and it did not end in order: accepted records may "
             "be lost";
    case RingVerdict::kDamaged:
      return fmt::format("{} is damaged and given up: accepted records may be lost{}", ring.path,
                         place(ring));
    case RingVerdict::kAheadOfLog:
      return fmt::format("{} is ahead of the log and given up: {} accepted records are lost{}",
                         ring.path, ring.lost, place(ring));
    case RingVerdict::kNewerVersion:
    case RingVerdict::kEarlierVersion: break;  // refuses the open
  }
  return {};
}

bool report_losses(std::span<const RingRecovery> rings) {
  bool any = false;
  std::string last;
  for (const auto& ring : rings) {
    if (!ring.may_have_lost()) continue;
    any = true;
    auto text = describe(ring);
    // A restart is told once, not for each ring.
    if (!text.empty() && text != last) say(text);
    last = std::move(text);
  }
  return any;
}

}  // namespace factorwal::tool
