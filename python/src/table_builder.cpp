#include "table_builder.h"

#include <utility>

namespace factorwal::python {
namespace {

constexpr std::size_t kBatchRows = 65'536;

/// Gives copies: what Arrow takes over, a second look at the table must not miss.
class TableStream final : public BatchStream {
 public:
  explicit TableStream(std::vector<std::shared_ptr<const ColumnBatch>> batches)
      : batches_(std::move(batches)) {}
  [[nodiscard]] ReadResult next(ColumnBatch& batch) override {
    while (at_ < batches_.size() && batches_[at_]->row_count() == 0) ++at_;
    if (at_ == batches_.size()) return Result<bool>(false);
    batch = *batches_[at_++];
    return Result<bool>(true);
  }
  [[nodiscard]] const Status& status() const noexcept override { return status_; }
  [[nodiscard]] ColumnBatch no_rows() const override {
    const auto& first = *batches_.front();
    ColumnBatch empty;
    empty.has_sequences = first.has_sequences;
    empty.instrument_ids = first.instrument_ids;
    for (const auto& column : first.columns) {
      empty.columns.push_back({column.name, column.is_factor, {}, column.own_name});
    }
    return empty;
  }
  [[nodiscard]] const std::vector<Finding>& findings() const noexcept override { return findings_; }
  [[nodiscard]] std::uint64_t cut_records() const noexcept override { return 0; }

 private:
  std::vector<std::shared_ptr<const ColumnBatch>> batches_;
  std::size_t at_ = 0;
  Status status_;
  std::vector<Finding> findings_;
};

}  // namespace

std::unique_ptr<BatchStream> Table::stream() const {
  return std::make_unique<TableStream>(batches);
}

TableBuilder::TableBuilder(const std::vector<std::string>& factors) : factors_(factors) {
  batch_ = new_batch();
  table_.columns = {"instrument_id", "timestamp"};
  for (const auto& column : batch_.columns) table_.columns.push_back(column.name);
}

ColumnBatch TableBuilder::new_batch() const {
  ColumnBatch batch;
  batch.has_sequences = false;
  for (const auto& name : factors_) {
    // As History names them: each name of a column is there once.
    const bool taken = name == "instrument_id" || name == "timestamp" || name == "sequence";
    batch.columns.push_back({taken ? "factor." + name : name, true, {}, taken ? name : ""});
  }
  return batch;
}

void TableBuilder::add(const feed::TickBatch& ticks, std::size_t count,
                       std::span<const double> values) {
  const auto rows = static_cast<std::ptrdiff_t>(count);
  const auto width = factors_.size();
  while (ids_.size() < ticks.ids.size()) ids_.emplace_back(ticks.ids[ids_.size()]);
  batch_.instruments.insert(batch_.instruments.end(), ticks.instruments.begin(),
                            ticks.instruments.begin() + rows);
  batch_.timestamps.insert(batch_.timestamps.end(), ticks.times_ns.begin(),
                           ticks.times_ns.begin() + rows);
  for (std::size_t column = 0; column < width; ++column) {
    auto& into = batch_.columns[column].values;
    const auto begin = into.size();
    // Of a long table, at once: growing step by step touches and copies twice the memory.
    if (begin > 0 && into.capacity() < kBatchRows) into.reserve(kBatchRows + count);
    into.resize(begin + count);
    for (std::size_t row = 0; row < count; ++row) into[begin + row] = values[row * width + column];
  }
  table_.rows += count;
  if (batch_.row_count() >= kBatchRows) finish_batch();
}

void TableBuilder::finish_batch() {
  batch_.instrument_ids = std::make_shared<const std::vector<std::string>>(ids_);
  table_.batches.push_back(std::make_shared<const ColumnBatch>(std::move(batch_)));
  batch_ = new_batch();
}

Table TableBuilder::finish() {
  if (batch_.row_count() > 0 || table_.batches.empty()) finish_batch();
  return std::move(table_);
}

}  // namespace factorwal::python
