#pragma once
/// \file
/// What an open found, what it did about it, and what that means for every value: the recovery
/// certificate. docs/recovery.md explains each field.

#include <chrono>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "factorwal/channel_recovery.h"
#include "factorwal/export.h"
#include "factorwal/finding.h"
#include "factorwal/options.h"
#include "factorwal/quality.h"
#include "factorwal/result.h"
#include "factorwal/types.h"

namespace factorwal {

/// What an open does.
enum class RecoveryCase : std::uint8_t {
  kCreate = 0,            ///< there was no log: makes one
  kGoOn = 1,              ///< the log was closed in order: goes on behind its end
  kRecover = 2,           ///< it was not: cuts torn bytes, rewrites what may not be durable, drains
  kGoOnInQuarantine = 3,  ///< something durable is damaged: goes on, and says what it hits
  kRefuseCorrupt = 4,     ///< something durable is damaged; nothing was changed
  kRefuseRing = 5,        ///< a ring of accepted records is damaged or ahead of the log; as above
  kRefuseUnreadable = 6,  ///< the manifest is damaged or missing; as above
  kRefuseVersion = 7,     ///< a newer release, or an earlier pre-release, wrote it; as above
};

/// "create", "go on", ...
[[nodiscard]] FACTORWAL_EXPORT std::string_view to_string(RecoveryCase recovery_case) noexcept;

/// An instrument whose ticks were damaged.
struct HitInstrument {
  std::string instrument_id;
  /// true: its ticks around the damage do not follow each other. false: no later tick tells whether
  /// any of its own are among the lost records, and so it counts as hit.
  bool gap = false;
  /// Ticks counted as lost: exact for a gap, otherwise the most that can be.
  std::uint64_t lost_ticks = 0;
  Sequence since = 0;  ///< of the first tick after the damage, or of the log's end
};

/// Factors of one instrument that are missing because of damage, that of an earlier open included.
struct MissingFactors {
  std::string instrument_id;
  std::vector<std::string> factor_ids;
  Sequence since = 0;  ///< where the latest doubt began
};

/// One factor over all instruments.
struct FactorRecovery {
  std::string factor_id;
  std::uint64_t exact = 0;        ///< instruments for which it is exact
  std::uint64_t approximate = 0;  ///< ... for which it began too late
  std::uint64_t hit = 0;          ///< ... for which it is missing, because of damage
  /// Of the exact ones: those for which it was not in the state that was loaded, and was computed
  /// from logged ticks.
  std::uint64_t back_filled = 0;
  /// Where the latest doubt began; 0 when all are exact.
  Sequence doubtful_since = 0;
};

/// Where the instruments' operator states came from.
struct SnapshotUse {
  std::uint64_t from_last = 0;      ///< instruments: from the last complete generation
  std::uint64_t from_previous = 0;  ///< from the one before, because the last one was not enough
  std::uint64_t from_log = 0;       ///< from a state or the first tick found in the whole log
  std::uint64_t ticks_replayed = 0;
  std::uint64_t generation = 0;  ///< of the last complete generation; 0 if there is none
};

struct FACTORWAL_EXPORT RecoveryCertificate {
  std::string directory;
  RecoveryCase decision = RecoveryCase::kCreate;
  std::string refusal;  ///< why an open is refused, and what helps; empty when it is not
  std::uint32_t format_version = 0;
  std::string boot_id;      ///< of this boot; 32 hex digits
  std::uint64_t epoch = 0;  ///< counts the opens for writing, this one included
  bool clean = true;        ///< the last writer closed the log in order
  OnCorruption on_corruption = OnCorruption::kRefuse;

  /// As found: the last record that a dead process had accepted, that is in the log, and that is
  /// known to have been durable.
  Sequence accepted = 0;
  Sequence written = 0;
  Sequence durable = 0;
  Sequence rewritten_first = 0;  ///< not known to be durable, and written again; 0 if none
  Sequence rewritten_last = 0;

  std::vector<RingRecovery> rings;
  /// Torn and undecidable bytes: cut from the log, and kept where `Finding` says.
  std::vector<Finding> cut;
  std::vector<Finding> corrupt;
  std::uint64_t lost_records = 0;  ///< that the damage has cost, as far as recovery has read
  /// Lost records lie at the end, and the source, which goes on at its position, gives them again.
  bool refed_by_source = false;

  std::uint64_t instruments = 0;        ///< that have ticks
  std::vector<HitInstrument> hit;       ///< by damage that this open has met
  std::vector<MissingFactors> missing;  ///< in the order in which the log defines instruments
  SnapshotUse snapshots;
  std::vector<FactorRecovery> factors;
  std::vector<std::byte> position;  ///< of the source, as of the last tick; empty if none

  /// How long each part took.
  std::chrono::nanoseconds look_time{0};    ///< manifest, headers, the end of the log, the rings
  std::chrono::nanoseconds replay_time{0};  ///< states and ticks
  std::chrono::nanoseconds write_time{0};   ///< the new segment, and draining into it
  std::chrono::nanoseconds total_time{0};

  /// Of what was read, nothing is lost, and every value is exact. An open reads from the states on
  /// that it begins with, `examine_recovery` everything.
  [[nodiscard]] bool perfect() const noexcept;
  /// For people: a line a fact.
  [[nodiscard]] std::string to_text() const;
  /// One object; the fields are those above, in snake case, times in seconds.
  [[nodiscard]] std::string to_json() const;
};

/// What an open would find and do, with the factor set of the log's last ticks: reads only, also
/// beside a live writer (whose rings are then left out). Damage that an open does not read is told
/// as well. kNotFound when there is no log.
[[nodiscard]] FACTORWAL_EXPORT Result<RecoveryCertificate> examine_recovery(
    const std::string& directory, OnCorruption on_corruption = OnCorruption::kRefuse);

}  // namespace factorwal
