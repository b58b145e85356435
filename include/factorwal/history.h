#pragma once
/// \file
/// A log's history as batches of columns, also beside a live writer.

#include <cstddef>
#include <limits>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "factorwal/batch_stream.h"
#include "factorwal/column_batch.h"
#include "factorwal/export.h"
#include "factorwal/finding.h"
#include "factorwal/record_stream.h"
#include "factorwal/result.h"

namespace factorwal {

/// Which rows and columns of which data set. A name that the log does not know gives no rows; of
/// ticks, an input or factor that it does not know is a column in which every value is missing,
/// unless `known_names` is asked for.
struct HistoryQuery {
  DataSet data_set = DataSet::kTicks;
  std::vector<std::string> instruments;             ///< empty: all
  std::optional<std::vector<std::string>> inputs;   ///< of ticks; none given: all
  std::optional<std::vector<std::string>> factors;  ///< none given: all
  std::optional<TimestampNs> from;                  ///< event time, inclusive
  std::optional<TimestampNs> to;                    ///< event time, exclusive
  Sequence first_sequence = 1;
  Sequence last_sequence = std::numeric_limits<Sequence>::max();
  /// False: batches have no sequences. One instrument of many is read twice as fast then, since the
  /// order of the others' records need not be decoded.
  bool sequences = true;
  std::size_t batch_rows = 65'536;  ///< of one batch, at most
  /// True: an input or factor of ticks that no layout of the log names is refused, kNotFound with
  /// the nearest name, in a log that has any.
  bool known_names = false;
};

namespace history {
class HistoryScan;
}

/// Rows in order of sequence, as the log was at `open`: what a live writer adds later is not read.
///
/// Every batch of a stream has the same columns: all that the log's layouts name, those of earlier
/// factor sets included, in order of first appearance, or those that the query names, in its order.
/// A tick whose layout lacks a column has a missing value there. Names of columns are unique: an
/// input named as a selected factor is `field.NAME`, a factor named as one of the columns that
/// every tick has (`instrument_id`, `timestamp`, `sequence`) is `factor.NAME`.
///
/// A time range leaves out rows without a time. A row of a snapshot has the selected factors alone;
/// rows that have none of them are left out. Damaged places are skipped and told in `findings()`;
/// what is given back was read from intact bytes only. Used by one thread at a time; reads only;
/// memory is flat. A moved-from stream has no rows, and says kClosed.
class FACTORWAL_EXPORT History final : public BatchStream {
 public:
  /// kNotFound when the directory holds no log, kInvalidArgument when `batch_rows` is 0.
  static Result<History> open(const std::string& directory, const HistoryQuery& query = {});
  /// Of inner classes.
  explicit History(std::unique_ptr<history::HistoryScan> scan);
  History(History&&) noexcept;
  History& operator=(History&&) noexcept;
  ~History() override;

  [[nodiscard]] ReadResult next(ColumnBatch& batch) override;
  [[nodiscard]] const Status& status() const noexcept override;
  [[nodiscard]] ColumnBatch no_rows() const override;
  [[nodiscard]] const std::vector<Finding>& findings() const noexcept override;
  /// Whether something durable is damaged.
  [[nodiscard]] bool corrupt() const noexcept;
  [[nodiscard]] std::uint64_t cut_records() const noexcept override;
  /// As of the call of `open`: what is certainly durable. Rows above it may be read too.
  [[nodiscard]] Sequence durable_sequence() const noexcept;
  /// As of the call of `open`: the log's last sequence, durable or not.
  [[nodiscard]] Sequence last_sequence() const noexcept;

 private:
  std::unique_ptr<history::HistoryScan> scan_;
};

}  // namespace factorwal
