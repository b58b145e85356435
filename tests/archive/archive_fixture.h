#pragma once
/// A log that is batches in memory, and what an archive of it must hold.

#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <numeric>

#include "archive/archive_pass.h"
#include "archive/batches.h"
#include "archive/history_reader.h"
#include "archive/part_batch.h"

namespace factorwal::test {

using archive::kDataSets;

/// Rows `rows` of a batch.
inline ColumnBatch rows_of(const ColumnBatch& batch, std::span<const std::uint32_t> rows) {
  archive::RowCollector collector(batch.data_set);
  collector.append(batch, rows);
  return collector.take();
}

class BatchSource final : public archive::LogSource {
 public:
  void add(ColumnBatch batch) {
    last_ = std::max(last_, batch.sequences.back());
    add_row_texts(batch, texts_[static_cast<std::size_t>(batch.data_set)]);
    batches_.push_back(std::move(batch));
  }
  [[nodiscard]] Sequence last() const { return last_; }
  [[nodiscard]] const RowTexts& texts(DataSet data_set) const {
    return texts_[static_cast<std::size_t>(data_set)];
  }
  std::vector<archive::Definition> all_definitions;
  std::size_t batch_rows = 100;

  Result<Sequence> settled_sequence() override { return last_; }
  Result<std::unique_ptr<archive::RowStream>> read(DataSet data_set, Sequence first,
                                                   Sequence last) override {
    return std::unique_ptr<archive::RowStream>(
        new Stream(batches_, data_set, first, last, batch_rows));
  }
  Result<std::vector<archive::Definition>> definitions(Sequence first, Sequence last) override {
    std::vector<archive::Definition> found;
    for (auto definition : all_definitions) {
      definition.first = std::max(definition.first, first);
      definition.last = std::min(definition.last, last);
      if (definition.first <= definition.last) found.push_back(definition);
    }
    return found;
  }

 private:
  class Stream final : public archive::RowStream {
   public:
    Stream(const std::vector<ColumnBatch>& batches, DataSet data_set, Sequence first, Sequence last,
           std::size_t batch_rows)
        : batches_(batches),
          data_set_(data_set),
          first_(first),
          last_(last),
          batch_rows_(batch_rows) {}
    Result<bool> next(ColumnBatch& batch) override {
      for (; at_ < batches_.size(); ++at_, row_ = 0) {
        const auto& source = batches_[at_];
        if (source.data_set != data_set_) continue;
        std::vector<std::uint32_t> rows;
        for (; row_ < source.row_count() && rows.size() < batch_rows_; ++row_)
          if (source.sequences[row_] >= first_ && source.sequences[row_] <= last_)
            rows.push_back(row_);
        if (rows.empty()) continue;
        batch = rows_of(source, rows);
        return true;
      }
      return false;
    }

   private:
    const std::vector<ColumnBatch>& batches_;
    DataSet data_set_;
    Sequence first_;
    Sequence last_;
    std::size_t batch_rows_;
    std::size_t at_ = 0;
    std::uint32_t row_ = 0;
  };

  std::vector<ColumnBatch> batches_;
  std::array<RowTexts, kDataSets.size()> texts_;
  Sequence last_ = 0;
};

inline const std::string kArchive = "/archive";

inline Result<ArchiveReport> archive_all(archive::Storage& storage, archive::LogSource& source,
                                         const ArchiveOptions& options = {},
                                         const std::string& directory = kArchive) {
  auto store = archive::Store::open(storage, directory);
  if (!store) return store.error();
  return archive::archive_pass(**store, source, options);
}

/// Rows that a query gives, as texts; the query's order is checked by `see`.
template <class See>
RowTexts read_archive(archive::Storage& storage, HistoryQuery query, See&& see,
                      const std::string& directory = kArchive) {
  RowTexts texts;
  auto reader = archive::HistoryReader::open(storage, directory, std::move(query));
  EXPECT_TRUE(reader.has_value()) << reader.error().message;
  if (!reader) return texts;
  ColumnBatch batch;
  while (true) {
    const auto found = (*reader)->next(batch);
    EXPECT_TRUE(found.has_value()) << found.error().message;
    if (!found || !*found) break;
    EXPECT_GT(batch.row_count(), 0U);
    see(batch);
    add_row_texts(batch, texts);
  }
  return texts;
}

inline RowTexts read_archive(archive::Storage& storage, HistoryQuery query,
                             const std::string& directory = kArchive) {
  return read_archive(
      storage, std::move(query), [](const ColumnBatch&) {}, directory);
}

inline RowTexts read_archive(archive::Storage& storage, DataSet data_set,
                             const std::string& directory = kArchive) {
  HistoryQuery query;
  query.data_set = data_set;
  return read_archive(storage, query, directory);
}

/// Texts of rows up to a sequence.
inline RowTexts up_to(const RowTexts& texts, Sequence last) {
  return {texts.begin(), texts.upper_bound(last)};
}

}  // namespace factorwal::test
