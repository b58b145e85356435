#pragma once
/// \file
/// A log's history as batches of columns, also beside a live writer.

#include <cstddef>
#include <limits>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "factorwal/column_batch.h"
#include "factorwal/export.h"
#include "factorwal/finding.h"
#include "factorwal/record_stream.h"
#include "factorwal/result.h"

namespace factorwal {

/// Which rows and columns of which data set. A name that the log does not know gives no rows; of
/// ticks, an input or factor that it does not know is a column in which every value is missing.
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
class FACTORWAL_EXPORT History {
 public:
  /// kNotFound when the directory holds no log, kInvalidArgument when `batch_rows` is 0.
  static Result<History> open(const std::string& directory, const HistoryQuery& query = {});
  /// Of inner classes.
  explicit History(std::unique_ptr<history::HistoryScan> scan);
  History(History&&) noexcept;
  History& operator=(History&&) noexcept;
  ~History();

  /// The next rows, at least one, in place of what `batch` held; false, and no rows, at the end:
  ///
  ///     ColumnBatch batch;
  ///     while (history.next(batch)) use(batch);
  ///     if (!history.status()) report(history.status().error());
  ///
  /// A batch that comes back lends its memory to its successor. After an error every later call
  /// repeats it.
  [[nodiscard]] ReadResult next(ColumnBatch& batch);
  /// The error at which `next` has ended, if it was one.
  [[nodiscard]] const Status& status() const noexcept;
  /// A batch without rows, with the columns that every batch has.
  [[nodiscard]] ColumnBatch no_rows() const;

  /// What is wrong, as far as it was read.
  [[nodiscard]] const std::vector<Finding>& findings() const noexcept;
  /// Whether something durable is damaged.
  [[nodiscard]] bool corrupt() const noexcept;
  /// Records that retention cut while this read the log, before it had come to them.
  [[nodiscard]] std::uint64_t cut_records() const noexcept;
  /// As of the call of `open`: what is certainly durable. Rows above it may be read too.
  [[nodiscard]] Sequence durable_sequence() const noexcept;
  /// As of the call of `open`: the log's last sequence, durable or not.
  [[nodiscard]] Sequence last_sequence() const noexcept;

 private:
  std::unique_ptr<history::HistoryScan> scan_;
};

}  // namespace factorwal
