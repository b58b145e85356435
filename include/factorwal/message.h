#pragma once
/// \file
/// What may enter the channel, as values with names. The hot path uses handles instead
/// (FactorWalPersister::send_update). Shutdown is a state of the channel, not a message that could
/// be lost in it.

#include <cstdint>
#include <map>
#include <string>
#include <variant>
#include <vector>

#include "factorwal/types.h"

namespace factorwal {

/// The factors of one instrument by id, in byte order of ids.
using FactorValues = std::map<std::string, double, std::less<>>;

struct FactorWalMessage {
  /// One factor's value.
  struct Update {
    std::string instrument_id;
    std::string factor_id;
    double value = 0;
    TimestampNs source_timestamp = 0;
  };
  /// One factor's vector, of any length that fits a record (see `kVectorLengthMax`).
  struct VectorUpdate {
    std::string instrument_id;
    std::string factor_id;
    std::vector<double> values;
    TimestampNs source_timestamp = 0;
  };
  /// All factors of an instrument: replaces what was accepted for it before.
  struct Snapshot {
    std::string instrument_id;
    FactorValues factors;
    std::uint64_t checkpoint_id = 0;
  };

  std::variant<Update, VectorUpdate, Snapshot> content;

  FactorWalMessage(Update update) : content(std::move(update)) {}        // NOLINT
  FactorWalMessage(VectorUpdate update) : content(std::move(update)) {}  // NOLINT
  FactorWalMessage(Snapshot snapshot) : content(std::move(snapshot)) {}  // NOLINT
};

/// The longest vector that a send accepts, in doubles. A channel smaller than 8 MiB lowers it to
/// what half the channel holds.
inline constexpr std::size_t kVectorLengthMax = 500'000;
/// The largest snapshot that a send accepts, in factors; lowered by a small channel too.
inline constexpr std::size_t kSnapshotFactorsMax = 300'000;
/// The longest source position. Bytes.
inline constexpr std::size_t kPositionBytesMax = std::size_t{64} << 10;

}  // namespace factorwal
