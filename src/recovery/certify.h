#pragma once
/// Fills a recovery certificate from what an open found.

#include "factorwal/wal_manager.h"
#include "recovery/replay.h"

namespace factorwal::recovery {

/// `replayed` as it was when the open was done, drained ticks included. `names` has its
/// instruments.
[[nodiscard]] RecoveryCertificate certify(const std::string& directory, const LogRecovery& log,
                                          const Replayed& replayed, const wal::NameTable& names,
                                          const FactorSet& factors, OnCorruption on_corruption);

}  // namespace factorwal::recovery
