#pragma once
/// What an open for writing does with what it has found: a table, so that every combination of
/// findings has exactly one answer. docs/recovery.md has it for people.

#include <array>
#include <cstdint>
#include <string_view>

#include "factorwal/recovery_certificate.h"

namespace factorwal::recovery {

/// What the directory holds.
enum class LogFound : std::uint8_t {
  kAbsent,      ///< no log
  kClosed,      ///< its last writer closed it in order
  kOpen,        ///< its last writer did not
  kUnreadable,  ///< the manifest does not hold, or is missing although there are segments
  kNewer,       ///< manifest or a segment of a newer format
};
inline constexpr std::uint8_t kLogFoundCount = 5;

/// What was found of its bytes, as far as recovery reads them.
enum class BytesFound : std::uint8_t {
  kWhole,
  kTorn,     ///< torn or undecidable, at the end
  kCorrupt,  ///< something durable does not hold
};
inline constexpr std::uint8_t kBytesFoundCount = 3;

/// The worst that was found of the rings on record.
enum class RingsFound : std::uint8_t {
  kNone,         ///< nothing on record
  kWhole,        ///< to be drained
  kLost,         ///< absent, of another boot or directory, or on the heap: nothing to drain
  kBroken,       ///< damaged, or ahead of the log
  kOtherFormat,  ///< of a newer release or an earlier pre-release
};
inline constexpr std::uint8_t kRingsFoundCount = 5;

struct RecoveryFindings {
  LogFound log = LogFound::kAbsent;
  BytesFound bytes = BytesFound::kWhole;
  RingsFound rings = RingsFound::kNone;
  OnCorruption on_corruption = OnCorruption::kRefuse;
};

/// A row of the table: it applies when each finding is among those that it names, as bits.
struct RecoveryRow {
  std::uint8_t log;
  std::uint8_t bytes;
  std::uint8_t rings;
  std::uint8_t on_corruption;
  RecoveryCase result;
};

namespace recovery_table {

template <class... Findings>
constexpr std::uint8_t any_of(Findings... findings) {
  return static_cast<std::uint8_t>((0U | ... | (1U << static_cast<unsigned>(findings))));
}
inline constexpr std::uint8_t kAny = 0xff;
inline constexpr auto kReadable = any_of(LogFound::kClosed, LogFound::kOpen);
inline constexpr auto kSoundBytes = any_of(BytesFound::kWhole, BytesFound::kTorn);
inline constexpr auto kSoundRings =
    any_of(RingsFound::kNone, RingsFound::kWhole, RingsFound::kLost);
inline constexpr auto kOldRings =
    any_of(RingsFound::kNone, RingsFound::kWhole, RingsFound::kLost, RingsFound::kBroken);
inline constexpr auto kRefuse = any_of(OnCorruption::kRefuse);
inline constexpr auto kQuarantine = any_of(OnCorruption::kQuarantine);

}  // namespace recovery_table

// clang-format off
inline constexpr auto kRecoveryTable = [] {
  using namespace recovery_table;
  using enum RecoveryCase;
  using L = LogFound;
  using B = BytesFound;
  using R = RingsFound;
  return std::to_array<RecoveryRow>({
    // log                 bytes               rings                policy        what is done
    {any_of(L::kNewer),      kAny,               kAny,                kAny,         kRefuseVersion},
    // Without the manifest nobody knows which segments count: no policy helps.
    {any_of(L::kUnreadable), kAny,               kAny,                kAny,         kRefuseUnreadable},
    {any_of(L::kAbsent),     kAny,               any_of(R::kOtherFormat),   kAny,         kRefuseVersion},
    {kReadable,              kAny,               any_of(R::kOtherFormat),   kAny,         kRefuseVersion},
    {any_of(L::kAbsent),     kAny,               kSoundRings,         kAny,         kCreate},
    {any_of(L::kAbsent),     kAny,               any_of(R::kBroken),  kRefuse,      kRefuseRing},
    {any_of(L::kAbsent),     kAny,               any_of(R::kBroken),  kQuarantine,  kGoOnInQuarantine},
    {kReadable,              any_of(B::kCorrupt), kOldRings,          kRefuse,      kRefuseCorrupt},
    {kReadable,              any_of(B::kCorrupt), kOldRings,          kQuarantine,  kGoOnInQuarantine},
    {kReadable,              kSoundBytes,        any_of(R::kBroken),  kRefuse,      kRefuseRing},
    {kReadable,              kSoundBytes,        any_of(R::kBroken),  kQuarantine,  kGoOnInQuarantine},
    {any_of(L::kClosed),     kSoundBytes,        kSoundRings,         kAny,         kGoOn},
    {any_of(L::kOpen),       kSoundBytes,        kSoundRings,         kAny,         kRecover},
  });
}();
// clang-format on

[[nodiscard]] constexpr bool applies(const RecoveryRow& row, const RecoveryFindings& found) {
  using recovery_table::any_of;
  return (row.log & any_of(found.log)) != 0 && (row.bytes & any_of(found.bytes)) != 0 &&
         (row.rings & any_of(found.rings)) != 0 &&
         (row.on_corruption & any_of(found.on_corruption)) != 0;
}

/// The result of the one row that applies.
[[nodiscard]] constexpr RecoveryCase decide(const RecoveryFindings& found) {
  for (const auto& row : kRecoveryTable) {
    if (applies(row, found)) return row.result;
  }
  return RecoveryCase::kRefuseUnreadable;  // no combination gets here: a test walks all of them
}

}  // namespace factorwal::recovery
