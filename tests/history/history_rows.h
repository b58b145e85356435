#pragma once
/// Rows of a history as text, bit for bit, and the same rows as the log's records tell them.

#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <bit>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "factorwal/history.h"
#include "history/history_scan.h"
#include "wal/reading/log_reader.h"

namespace factorwal::test {

/// A row's cells; `missing` and a NaN of another payload differ.
inline std::string cell(double value) {
  const auto bits = std::bit_cast<std::uint64_t>(value);
  // A column that a row does not have is the missing value.
  return bits == 0x7ff8000000000000 ? "missing" : std::to_string(bits);
}

using Cells = std::map<std::string, std::string>;

inline std::string row_text(const std::string& id, TimestampNs time, Sequence sequence,
                            const Cells& cells) {
  auto text = id + " " + std::to_string(time) + " " + std::to_string(sequence);
  for (const auto& [name, value] : cells) text.append(" ").append(name).append("=").append(value);
  return text;
}

inline std::string items_text(const std::vector<std::string>& items) {
  std::string text;
  for (const auto& item : items) text.append(item).append(",");
  return text;
}

/// Missing cells are left out, since a record does not tell of columns that it lacks.
inline std::string batch_row(const ColumnBatch& batch, std::size_t row) {
  Cells cells;
  const auto put = [&](const std::string& name, double value) {
    if (auto text = cell(value); text != "missing") cells[name] = std::move(text);
  };
  std::vector<std::string> items;
  switch (batch.data_set) {
    case DataSet::kTicks:
      for (const auto& column : batch.columns) put(column.name, column.values[row]);
      cells["#"] = (batch.counted[row] != 0 ? "" : "<=") + std::to_string(batch.ordinals[row]);
      break;
    case DataSet::kUpdates:
      cells["factor"] = (*batch.factor_ids)[batch.factors[row]];
      put("value", batch.values[row]);
      break;
    case DataSet::kVectors:
      cells["factor"] = (*batch.factor_ids)[batch.factors[row]];
      for (auto i = batch.offsets[row]; i < batch.offsets[row + 1]; ++i) {
        items.push_back(cell(batch.values[i]));
      }
      cells["values"] = items_text(items);
      break;
    case DataSet::kSnapshots:
      for (auto i = batch.offsets[row]; i < batch.offsets[row + 1]; ++i) {
        items.push_back((*batch.factor_ids)[batch.factors[i]] + ":" + cell(batch.values[i]));
      }
      cells["values"] = items_text(items);
      cells["checkpoint"] = std::to_string(batch.checkpoint_ids[row]);
      break;
  }
  return row_text((*batch.instrument_ids)[batch.instruments[row]], batch.timestamps[row],
                  batch.has_sequences ? batch.sequences[row] : 0, cells);
}

template <class Names>
bool names_one(const Names& names, std::string_view id) {
  return std::find(names.begin(), names.end(), id) != names.end();
}

/// What a query ought to make of a record; nothing if it does not ask for it.
inline std::optional<std::string> record_row(const HistoryQuery& query, const LogRecord& record) {
  constexpr std::array kTypes{RecordType::kTick, RecordType::kUpdate, RecordType::kVectorUpdate,
                              RecordType::kSnapshot};
  if (record.type != kTypes[static_cast<std::size_t>(query.data_set)]) return {};
  if (record.sequence < query.first_sequence || record.sequence > query.last_sequence) return {};
  if (!query.instruments.empty() && !names_one(query.instruments, record.instrument_id)) return {};
  const bool timed = record.timestamp_ns != kNoTimestamp;
  if (query.from && (!timed || record.timestamp_ns < *query.from)) return {};
  if (query.to && (!timed || record.timestamp_ns >= *query.to)) return {};
  const auto wants = [&](std::string_view id) {
    return !query.factors || names_one(*query.factors, id);
  };
  Cells cells;
  const auto put = [&](const std::string& name, double value) {
    if (auto text = cell(value); text != "missing") cells[name] = std::move(text);
  };
  std::vector<std::string> items;
  switch (query.data_set) {
    case DataSet::kTicks: {
      for (std::size_t i = 0; i < record.fields.size(); ++i) {
        const auto& id = record.layout->fields[i];
        if (!query.inputs || names_one(*query.inputs, id)) put(id, record.fields[i]);
      }
      for (std::size_t i = 0; i < record.values.size(); ++i) {
        const auto& id = record.layout->factors[i];
        if (wants(id)) put(id, record.values[i]);
      }
      cells["#"] =
          (record.tick_number.counted ? "" : "<=") + std::to_string(record.tick_number.ordinal);
      break;
    }
    case DataSet::kUpdates:
      if (!wants(record.factor_id)) return {};
      cells["factor"] = record.factor_id;
      put("value", record.value);
      break;
    case DataSet::kVectors:
      if (!wants(record.factor_id)) return {};
      cells["factor"] = record.factor_id;
      for (const auto value : record.values) items.push_back(cell(value));
      cells["values"] = items_text(items);
      break;
    case DataSet::kSnapshots:
      for (const auto& item : record.factors) {
        if (!wants(item.factor_id)) continue;
        items.push_back(std::string(item.factor_id) + ":" + cell(item.value));
      }
      if (items.empty() && query.factors) return {};
      cells["values"] = items_text(items);
      cells["checkpoint"] = std::to_string(record.checkpoint_id);
      break;
  }
  return row_text(std::string(record.instrument_id), record.timestamp_ns,
                  query.sequences ? record.sequence : 0, cells);
}

struct HistoryRows {
  std::vector<std::string> rows;
  std::vector<std::string> findings;
  std::uint64_t cut = 0;
  std::size_t largest_batch = 0;
};

inline std::vector<std::string> finding_texts(const std::vector<Finding>& findings) {
  std::vector<std::string> texts;
  for (const auto& finding : findings) {
    texts.push_back(finding.file + " " + std::to_string(finding.offset) + "+" +
                    std::to_string(finding.bytes) + " " + std::to_string(finding.first_sequence) +
                    ".." + std::to_string(finding.last_sequence) + " " + finding.what);
  }
  return texts;
}

/// The rows that records tell.
inline HistoryRows expected_rows(FileSystem& files, const wal::LogView& view,
                                 const HistoryQuery& query) {
  wal::NameTable names;
  wal::LogReader reader(files, view, names);
  HistoryRows all;
  LogRecord record;
  for (;;) {
    const auto found = reader.next(record);
    EXPECT_TRUE(found) << found.error().message;
    if (!found || !*found) break;
    if (auto row = record_row(query, record)) all.rows.push_back(std::move(*row));
  }
  all.findings = finding_texts(reader.findings());
  all.cut = reader.cut().records;
  return all;
}

inline void read_batches(history::HistoryScan& scan, HistoryRows& all) {
  ColumnBatch batch;
  for (;;) {
    const auto found = scan.next(batch);
    ASSERT_TRUE(found) << found.error().message;
    if (!*found) break;
    ASSERT_GT(batch.row_count(), 0U);
    all.largest_batch = std::max(all.largest_batch, batch.row_count());
    for (std::size_t i = 0; i < batch.row_count(); ++i) all.rows.push_back(batch_row(batch, i));
  }
  EXPECT_EQ(batch.row_count(), 0U);
  all.findings = finding_texts(scan.reader().findings());
  all.cut = scan.reader().cut().records;
}

inline HistoryRows history_rows(FileSystem& files, const wal::LogView& view,
                                const HistoryQuery& query) {
  HistoryRows all;
  auto scan = history::HistoryScan::open(files, view, query);
  EXPECT_TRUE(scan) << scan.error().message;
  if (scan) read_batches(**scan, all);
  return all;
}

}  // namespace factorwal::test
