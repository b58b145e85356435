#pragma once
/// \file
/// Whether a log holds what was written: every byte of it checked, and its values computed again.

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "factorwal/channel_recovery.h"
#include "factorwal/export.h"
#include "factorwal/finding.h"
#include "factorwal/record.h"
#include "factorwal/record_stream.h"
#include "factorwal/types.h"

namespace factorwal {

/// A logged value that the ticks do not give.
struct ValueMismatch {
  std::string instrument_id;
  std::string factor;     ///< of a saved state: the operator's canonical expression
  Sequence sequence = 0;  ///< 0 for a state
  TickNumber tick_number;
  double logged = 0;
  double computed = 0;
  bool is_state = false;
};

struct FACTORWAL_EXPORT RecomputeCounts {
  std::uint64_t ticks = 0;  ///< met, of factor sets
  std::uint64_t values_compared = 0;
  std::uint64_t values_unknown = 0;   ///< what came before them is not in the log
  std::uint64_t states_compared = 0;  ///< operators' saved states
  std::uint64_t foreign_ticks = 0;    ///< of operators registered by hand, or of own functions
  std::uint64_t mismatches = 0;

  RecomputeCounts& operator+=(const RecomputeCounts& other);
};

/// A factor set that this program cannot compile: its functions are another program's.
struct UnknownFactorSet {
  std::string why;
  std::vector<std::string> factors;
};

/// How many mismatches are told one by one.
inline constexpr std::size_t kMismatchesTold = 20;

/// Every factor value and saved state of a log, computed again from its ticks.
struct Recomputed {
  RecomputeCounts counts;
  std::vector<ValueMismatch> mismatches;  ///< the first kMismatchesTold
  std::vector<UnknownFactorSet> unknown;
  std::size_t factor_sets = 0;
  std::chrono::nanoseconds duration{0};
};

/// An instrument's ticks that do not follow each other.
struct TickGap {
  std::string instrument_id;
  std::uint64_t expected = 0;  ///< the ordinal; ticks count from 1
  TickNumber found;            ///< not counted: at most so many are lost
  Sequence sequence = 0;       ///< of the tick that was found
};

struct VerifyProgress {
  enum class Part : std::uint8_t { kReading, kRecomputing };
  Part part = Part::kReading;
  std::uint64_t done_bytes = 0;
  std::uint64_t all_bytes = 0;
  std::uint64_t records = 0;  ///< kReading: so far
};

struct VerifyOptions {
  bool recompute = false;  ///< also compute every value again: several times as long, on all cores
  /// Called now and then, on the calling thread; false gives up: kTimeout.
  std::function<bool(const VerifyProgress&)> progress{};
};

struct FACTORWAL_EXPORT Verification {
  std::size_t segments = 0;
  std::uint64_t frames = 0;
  std::uint64_t bytes = 0;    ///< read and checked
  std::uint64_t records = 0;  ///< that have a sequence
  std::uint64_t operator_states = 0;
  Sequence last_sequence = 0;
  CutRecords cut;  ///< by retention, before they were read
  std::vector<TickGap> gaps;
  std::vector<Finding> findings;
  /// Why the next open is refused because of the rings of accepted records; empty if it is not.
  std::string refusal;
  /// What the next open makes of the rings; empty beside a live writer, who uses them.
  std::vector<RingRecovery> rings;
  std::optional<Recomputed> recomputed;
  std::chrono::nanoseconds duration{0};  ///< of reading, without recomputing

  /// Something durable is not what was written.
  [[nodiscard]] bool corrupt() const noexcept;
  /// Some logged value or state is not what its ticks give.
  [[nodiscard]] bool differs() const noexcept;
};

}  // namespace factorwal
