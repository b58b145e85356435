#include "tables/table_builder.h"

#include <algorithm>
#include <utility>

namespace factorwal::python {
namespace {

// Each chunk has twice the rows of the one before: little memory for few rows, few chunks for many.
constexpr std::size_t kFirstRows = 1'024;
constexpr std::size_t kMostRows = 65'536;

}  // namespace

TableBuilder::TableBuilder(const std::vector<std::string>& factors)
    : width_(factors.size()),
      next_rows_(kFirstRows),
      ids_(std::make_shared<const std::vector<std::string>>()) {
  table_.columns = {"instrument_id", "timestamp"};
  for (const auto& name : factors) {
    // As History names them: each name of a column is there once.
    const bool taken = name == "instrument_id" || name == "timestamp" || name == "sequence";
    table_.columns.push_back(taken ? "factor." + name : name);
  }
}

void TableBuilder::add(const feed::TickBatch& ticks, std::size_t count,
                       std::span<const double> values) {
  if (ids_->size() < ticks.ids.size()) {
    ids_ = std::make_shared<const std::vector<std::string>>(ticks.ids.begin(), ticks.ids.end());
  }
  for (std::size_t done = 0; done < count;) {
    if (chunk_ == nullptr) {
      chunk_ = std::make_shared<TableChunk>(next_rows_, width_);
      next_rows_ = std::min(2 * next_rows_, kMostRows);
    }
    done += chunk_->append(ticks, done, count, values);
    if (chunk_->is_full()) finish_chunk();
  }
  table_.rows += count;
}

void TableBuilder::finish_chunk() {
  chunk_->set_ids(ids_);
  table_.chunks.push_back(std::exchange(chunk_, nullptr));
}

Table TableBuilder::finish() {
  if (chunk_ == nullptr && table_.chunks.empty()) chunk_ = std::make_shared<TableChunk>(0, width_);
  if (chunk_ != nullptr) finish_chunk();
  return std::move(table_);
}

}  // namespace factorwal::python
