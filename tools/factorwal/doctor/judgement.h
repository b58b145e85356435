#pragma once
/// From what a machine is to what docs/durability.md promises on it. Pure: the same machine gives
/// the same judgement.

#include <string>
#include <vector>

#include "doctor/machine.h"

namespace factorwal::doctor {

enum class Grade : std::uint8_t { kGood, kWarning, kBad };

struct Check {
  std::string name;
  Grade grade = Grade::kGood;
  std::string text;
};

enum class Kept : std::uint8_t {
  kYes,
  kNotKnown,  ///< nothing speaks against it, and it cannot be seen from here
  kNo,
};

/// A row of docs/durability.md, on this machine.
struct Promise {
  std::string event;
  Kept kept = Kept::kYes;
  std::string why;
};

/// What the time of a sync says of the device.
enum class SyncVerdict : std::uint8_t {
  kPlausible,  ///< as long as such a device needs to keep something
  kVolatile,   ///< nothing here outlives the power, however long it takes
  kTooFast,    ///< no device of its kind can do that: a cache answers
  kUndecided,  ///< fast, and what is below cannot be seen
};
struct SyncJudgement {
  SyncVerdict verdict = SyncVerdict::kPlausible;
  std::string reason;  ///< how it was judged
};
[[nodiscard]] SyncJudgement judge_sync(const Mount& mount, const Disk& disk, const SyncTimes& sync);

struct Judgement {
  SyncJudgement sync;
  std::vector<Check> checks;
  std::vector<Promise> promises;

  /// Some promise is not kept here.
  [[nodiscard]] bool broken() const;
};
[[nodiscard]] Judgement judge(const Machine& machine);

/// "good", "warning", "bad"
[[nodiscard]] std::string_view to_string(Grade grade) noexcept;
/// "kept", "not known", "not kept"
[[nodiscard]] std::string_view to_string(Kept kept) noexcept;
/// "plausible", "volatile", "too fast", "undecided"
[[nodiscard]] std::string_view to_string(SyncVerdict verdict) noexcept;

}  // namespace factorwal::doctor
