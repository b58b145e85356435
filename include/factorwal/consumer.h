#pragma once
/// \file
/// Recovers the last values of every instrument and factor from a log.

#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "factorwal/export.h"
#include "factorwal/finding.h"
#include "factorwal/log_progress.h"
#include "factorwal/message.h"
#include "factorwal/record.h"
#include "factorwal/result.h"
#include "factorwal/wal_manager.h"

namespace factorwal {

/// Reads a log once and keeps the last values. The order of acceptance decides, never a timestamp:
/// an update after a snapshot wins over it, one from before never does. For operators' state use
/// Engine or WalStreamFactorEngine. One thread at a time; reads only, also beside a live writer.
class FACTORWAL_EXPORT FactorWalConsumer {
 public:
  using Factors = std::map<std::string, FactorValues, std::less<>>;
  using Vectors = std::map<std::string, std::vector<double>, std::less<>>;

  /// The log of an open WalManager. Records that wait in a persister's channel are not read.
  explicit FactorWalConsumer(const std::shared_ptr<WalManager>& wal);
  /// The log of a data directory.
  explicit FactorWalConsumer(std::string directory);

  /// Reads everything. Calling it again reads anew. kCorruption when something durable is damaged:
  /// what the intact rest of the log holds is recovered all the same. A torn end is no error.
  /// kTimeout: `progress` gave up; this holds nothing then.
  Status recover(const TellLogProgress& progress = {});

  /// By instrument, by factor.
  [[nodiscard]] const Factors& get_recovered_factors() const noexcept { return factors_; }
  /// Null when the log knows no such instrument.
  [[nodiscard]] const FactorValues* get_instrument_factors(std::string_view instrument_id) const;
  /// The last vectors of an instrument, by factor; null when there are none.
  [[nodiscard]] const Vectors* get_instrument_vectors(std::string_view instrument_id) const;
  /// The maximum of the event times; kNoTimestamp when there are none.
  [[nodiscard]] TimestampNs last_timestamp() const noexcept { return last_timestamp_; }
  [[nodiscard]] Sequence last_sequence() const noexcept { return last_sequence_; }
  [[nodiscard]] const std::vector<Finding>& findings() const noexcept { return findings_; }

 private:
  std::string directory_;
  Factors factors_;
  std::map<std::string, Vectors, std::less<>> vectors_;
  TimestampNs last_timestamp_ = kNoTimestamp;
  Sequence last_sequence_ = 0;
  std::vector<Finding> findings_;
};

}  // namespace factorwal
