#pragma once
/// A directory, a log in it, a persister on top, and a look at what the log holds in the end.

#include <gtest/gtest.h>

#include <chrono>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "factorwal/persister.h"
#include "support/temp_dir.h"

namespace factorwal::test {

/// Long enough for a busy machine under a sanitizer: reached only by a failing test.
inline constexpr std::chrono::seconds kLong{60};

/// A record with copies of everything.
struct ReadRecord {
  RecordType type = RecordType::kUpdate;
  Sequence sequence = 0;
  std::string instrument;
  std::string factor;
  TimestampNs timestamp_ns = 0;
  double value = 0;
  std::vector<double> values;
  std::vector<std::pair<std::string, double>> factors;
  std::uint64_t checkpoint_id = 0;
};

/// Calls `visit(const LogRecord&)` with each record; expects an intact log and dense sequences.
template <class Visit>
void for_each_record(const std::string& directory, Visit visit) {
  auto stream = RecordStream::open(directory);
  ASSERT_TRUE(stream) << stream.error().message;
  LogRecord record;
  Sequence last = 0;
  while (stream->next(record)) {
    if (record.type != RecordType::kOperatorState) {
      ASSERT_EQ(record.sequence, last + 1);
      last = record.sequence;
    }
    visit(record);
  }
  EXPECT_TRUE(stream->status()) << stream->status().error().message;
  EXPECT_FALSE(stream->corrupt());
}

inline std::vector<ReadRecord> read_records(const std::string& directory) {
  std::vector<ReadRecord> records;
  for_each_record(directory, [&](const LogRecord& record) {
    ReadRecord copy;
    copy.type = record.type;
    copy.sequence = record.sequence;
    copy.instrument = record.instrument_id;
    copy.factor = record.factor_id;
    copy.timestamp_ns = record.timestamp_ns;
    copy.value = record.value;
    copy.values.assign(record.values.begin(), record.values.end());
    for (const auto& factor : record.factors)
      copy.factors.emplace_back(factor.factor_id, factor.value);
    copy.checkpoint_id = record.checkpoint_id;
    records.push_back(std::move(copy));
  });
  return records;
}

class PersisterTest : public testing::Test {
 protected:
  PersisterTest() : wal_(open_wal(dir_.path().string())) {}

  static std::shared_ptr<WalManager> open_wal(const std::string& directory) {
    return WalManager::open(directory).value();
  }
  /// Only `batch_size` and `max_delay_ms` start a commit.
  static FactorWalConfig seed_timing(std::size_t batch_size, std::uint64_t max_delay_ms) {
    FactorWalConfig config;
    config.adaptive = false;
    config.batch_size = batch_size;
    config.max_delay_ms = max_delay_ms;
    return config;
  }
  static constexpr std::uint64_t kHour = 3'600'000;  // as max_delay_ms: in effect never

  void start(FactorWalConfig config = {}) {
    persister_ = std::make_unique<FactorWalPersister>(wal_, config);
  }
  /// Ends the persister and the log, and reads what is there.
  std::vector<ReadRecord> finish() {
    EXPECT_TRUE(persister_->shutdown());
    EXPECT_TRUE(wal_->close());
    return read_records(directory());
  }
  [[nodiscard]] std::string directory() const { return dir_.path().string(); }

  TempDir dir_;
  std::shared_ptr<WalManager> wal_;
  std::unique_ptr<FactorWalPersister> persister_;
};

}  // namespace factorwal::test
