#pragma once
/// Rows of several data sets as records, in the one order in which they were accepted.

#include <deque>
#include <functional>
#include <memory>
#include <string>
#include <unordered_map>
#include <vector>

#include "factorwal/batch_stream.h"
#include "factorwal/history.h"
#include "factorwal/record.h"

namespace factorwal::tool {

using OpenHistory = std::function<Result<std::unique_ptr<BatchStream>>(const HistoryQuery& query)>;

/// Handles and layouts are this object's own: all ticks have one layout, of all columns that were
/// asked for, in which what a tick's own layout lacks is missing.
class MergedRecords {
 public:
  /// `query` but for its data set; its factors only choose columns of ticks. Handles of
  /// `instruments` are their places.
  static Result<std::unique_ptr<MergedRecords>> open(const std::vector<DataSet>& data_sets,
                                                     const HistoryQuery& query,
                                                     const std::vector<std::string>& instruments,
                                                     const OpenHistory& open_history);

  /// The next record, valid until the next call; ids as long as this object. False at the end, and
  /// at an error, which `status` has.
  [[nodiscard]] bool next(LogRecord& record);
  [[nodiscard]] const Status& status() const noexcept { return status_; }
  /// Of all streams, each once.
  [[nodiscard]] std::vector<Finding> findings() const;
  [[nodiscard]] std::uint64_t cut_records() const;

 private:
  /// Ids by handle, in order of first appearance.
  class Names {
   public:
    /// Of each text of a dictionary.
    void translate(const Dictionary& dictionary, std::vector<std::uint32_t>& handles);
    std::uint32_t handle_of(const std::string& text);
    [[nodiscard]] std::string_view text(std::uint32_t handle) const { return texts_[handle]; }

   private:
    std::deque<std::string> texts_;
    std::unordered_map<std::string_view, std::uint32_t> handles_;
  };

  struct Lane {
    std::unique_ptr<BatchStream> stream;
    ColumnBatch batch;
    std::size_t row = 0;
    std::vector<std::uint32_t> instruments;  // places in dictionaries -> handles
    std::vector<std::uint32_t> factors;
    [[nodiscard]] bool ended() const { return row == batch.row_count(); }
    [[nodiscard]] Sequence sequence() const { return batch.sequences[row]; }
  };

  MergedRecords() = default;
  [[nodiscard]] bool load(Lane& lane);
  void give(const Lane& lane, LogRecord& record);
  void give_tick(const Lane& lane, LogRecord& record);
  void give_snapshot(const Lane& lane, LogRecord& record);

  std::vector<Lane> lanes_;
  Lane* given_ = nullptr;  // whose row the last record was
  Names instruments_;
  Names factors_;
  TickLayout layout_;
  std::vector<double> numbers_;
  std::vector<FactorValue> items_;
  Status status_;
};

}  // namespace factorwal::tool
