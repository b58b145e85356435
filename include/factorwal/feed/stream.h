#pragma once
/// \file
/// Rows of ticks, one after the other, wherever they come from.

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string_view>
#include <vector>

#include "factorwal/export.h"
#include "factorwal/feed/position.h"
#include "factorwal/feed/position_list.h"
#include "factorwal/feed/report.h"
#include "factorwal/result.h"
#include "factorwal/tick.h"

namespace factorwal::feed {

/// kIdle: nothing there yet; a later call may give more.
enum class FeedStep : std::uint8_t { kRow = 1, kEnd = 2, kFailed = 3, kIdle = 4 };

/// One row. `values` is valid until the next call; `instrument_id` as long as the stream.
struct TickRow {
  std::string_view instrument_id;
  std::uint32_t instrument_index = 0;  ///< dense, by first appearance in this stream
  TimestampNs timestamp_ns = 0;
  std::span<const double> values;  ///< of the schema's length and order; NaN is missing
  std::size_t file_index = 0;
  std::uint64_t row_number = 0;  ///< in its file, from 0; counts bad rows too
  FeedPosition position;         ///< where to go on after this row
  std::uint64_t line = 0;        ///< in its file, from 1; 0 where there is none
};

/// Rows one after another, for `Engine::process_ticks`: arrays of one length each.
struct FACTORWAL_EXPORT TickBatch {
  std::vector<std::uint32_t> instruments;  ///< as TickRow::instrument_index
  std::vector<TimestampNs> times_ns;
  std::vector<double> values;  ///< `schema().size()` a row
  PositionList positions;
  /// By index: the ids of all instruments met so far; valid as long as the stream.
  std::vector<std::string_view> ids;
  [[nodiscard]] std::size_t size() const noexcept { return times_ns.size(); }
  void clear() noexcept;  ///< keeps the memory, and `ids`
  void append(const TickRow& row);
};

class FACTORWAL_EXPORT TickStream {
 public:
  static constexpr std::size_t kBatchRows = 256;
  TickStream() = default;
  TickStream(const TickStream&) = delete;
  TickStream& operator=(const TickStream&) = delete;
  virtual ~TickStream() = default;

  [[nodiscard]] virtual const TickSchema& schema() const = 0;
  /// kRow fills `row`. After kFailed, `error()` says why, and every later call gives kFailed.
  [[nodiscard]] virtual FeedStep next(TickRow& row) = 0;
  /// Replaces `batch` by the next rows, at most `most`. kRow: at least one is there, also when the
  /// stream ends, pauses or fails behind them, which the next call says.
  [[nodiscard]] FeedStep next_batch(TickBatch& batch, std::size_t most = kBatchRows);
  [[nodiscard]] virtual const Error& error() const = 0;
  [[nodiscard]] virtual const FeedReport& report() const = 0;

 protected:
  /// Adds the next rows until `batch` has `most` (kRow), or until something else is to be said.
  [[nodiscard]] virtual FeedStep append_rows(TickBatch& batch, std::size_t most);

 private:
  std::optional<FeedStep> step_after_batch_;
};

}  // namespace factorwal::feed
