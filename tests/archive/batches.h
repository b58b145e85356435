#pragma once
/// Batches made by hand, and what must come back.

#include <bit>
#include <cmath>
#include <cstdint>
#include <limits>
#include <map>
#include <random>
#include <string>
#include <vector>

#include "factorwal/column_batch.h"
#include "factorwal/record.h"

namespace factorwal::test {

inline Dictionary dictionary_of(std::vector<std::string> texts) {
  return std::make_shared<const std::vector<std::string>>(std::move(texts));
}

struct TickShape {
  std::size_t rows = 1000;
  std::size_t instruments = 5;
  std::size_t inputs = 3;
  std::size_t factors = 4;
  Sequence first_sequence = 1;
  TimestampNs first_time = TimestampNs{20'400} * 86'400'000'000'000 + 3'600'000'000'000;
  TimestampNs step_ns = 250'000'000;
  double missing = 0.1;  ///< of factor values
  std::uint64_t seed = 1;
};

/// Ticks as markets have them: prices on a grid that walk, sizes that are whole, factors of full
/// width, the first of them missing.
inline ColumnBatch make_ticks(const TickShape& shape) {
  std::mt19937_64 random(shape.seed);
  std::vector<std::string> ids;
  for (std::size_t i = 0; i < shape.instruments; ++i) {
    std::string id = "IF";
    id += std::to_string(2400 + (i * 37) % shape.instruments);
    ids.push_back(std::move(id));
  }
  ColumnBatch batch;
  batch.instrument_ids = dictionary_of(std::move(ids));
  std::vector<double> prices(shape.instruments, 3000);
  std::vector<std::uint64_t> ordinals(shape.instruments, 0);
  for (std::size_t c = 0; c < shape.inputs; ++c) {
    std::string name = c == 0 ? "last" : "in";
    if (c != 0) name += std::to_string(c);
    batch.columns.push_back({std::move(name), false, {}});
  }
  for (std::size_t c = 0; c < shape.factors; ++c) {
    std::string name = "f";
    name += std::to_string(c);
    batch.columns.push_back({std::move(name), true, {}});
  }
  std::normal_distribution<double> normal;
  std::uniform_real_distribution<double> part;
  std::vector<double> smooth(shape.instruments * (shape.factors + 1), 0);
  for (std::size_t row = 0; row < shape.rows; ++row) {
    const auto instrument = static_cast<std::uint32_t>(random() % shape.instruments);
    batch.instruments.push_back(instrument);
    batch.timestamps.push_back(shape.first_time + static_cast<TimestampNs>(row) * shape.step_ns);
    batch.sequences.push_back(shape.first_sequence + row);
    batch.ordinals.push_back(++ordinals[instrument]);
    batch.counted.push_back(instrument % 5 == 4 && ordinals[instrument] > 3 ? 0 : 1);
    prices[instrument] += 0.2 * static_cast<double>(static_cast<int>(random() % 5) - 2);
    const double price = std::round(prices[instrument] * 5) / 5;
    for (std::size_t c = 0; c < shape.inputs; ++c) {
      batch.columns[c].values.push_back(c == 0 ? price
                                               : static_cast<double>(random() % (10U << c)));
    }
    for (std::size_t c = 0; c < shape.factors; ++c) {
      auto& state = smooth[instrument * (shape.factors + 1) + c];
      state += (price - state) * (0.5 / static_cast<double>(c + 1)) + 1e-3 * normal(random);
      batch.columns[shape.inputs + c].values.push_back(
          part(random) < shape.missing ? std::numeric_limits<double>::quiet_NaN() : state);
    }
  }
  return batch;
}

inline ColumnBatch make_updates(std::size_t rows, Sequence first, TimestampNs time) {
  ColumnBatch batch;
  batch.data_set = DataSet::kUpdates;
  batch.instrument_ids = dictionary_of({"b", "a", "ü"});
  batch.factor_ids = dictionary_of({"alpha", "beta"});
  for (std::size_t i = 0; i < rows; ++i) {
    batch.instruments.push_back(static_cast<std::uint32_t>(i % 3));
    batch.factors.push_back(static_cast<std::uint32_t>(i % 2));
    batch.timestamps.push_back(i % 7 == 0 ? kNoTimestamp : time + static_cast<TimestampNs>(i % 5));
    batch.sequences.push_back(first + i);
    batch.values.push_back(i % 11 == 0 ? std::numeric_limits<double>::quiet_NaN()
                                       : static_cast<double>(i) * 0.37);
  }
  return batch;
}

/// Vectors, or with checkpoints snapshots; every fourth row has no items.
inline ColumnBatch make_items(DataSet data_set, std::size_t rows, Sequence first,
                              TimestampNs time) {
  auto batch = make_updates(rows, first, time);
  batch.data_set = data_set;
  batch.values.clear();
  if (data_set == DataSet::kSnapshots) batch.factors.clear();
  batch.offsets.push_back(0);
  for (std::size_t i = 0; i < rows; ++i) {
    for (std::size_t item = 0; item < i % 4; ++item) {
      batch.values.push_back(item == 1 ? std::numeric_limits<double>::quiet_NaN()
                                       : static_cast<double>(i) / 7);
      if (data_set == DataSet::kSnapshots)
        batch.factors.push_back(static_cast<std::uint32_t>(item % 2));
    }
    batch.offsets.push_back(batch.values.size());
    if (data_set == DataSet::kSnapshots) batch.checkpoint_ids.push_back(i / 2);
  }
  return batch;
}

/// A row as text that tells every bit; all NaNs are one.
using RowTexts = std::map<Sequence, std::string>;

inline std::string bits_text(double value) {
  return std::isnan(value) ? "NaN" : std::to_string(std::bit_cast<std::uint64_t>(value));
}

inline void add_row_texts(const ColumnBatch& batch, RowTexts& rows) {
  for (std::size_t row = 0; row < batch.row_count(); ++row) {
    std::string text = (*batch.instrument_ids)[batch.instruments[row]];
    text += ' ' + std::to_string(batch.timestamps[row]);
    if (batch.data_set == DataSet::kTicks) {
      text += batch.counted[row] != 0 ? " #" : " #<=";
      text += std::to_string(batch.ordinals[row]);
      std::map<std::string, std::string> columns;
      for (const auto& column : batch.columns) {
        if (!std::isnan(column.values[row]))
          columns[(column.is_factor ? "f:" : "i:") + column.id()] = bits_text(column.values[row]);
      }
      for (const auto& [name, value] : columns) text += ' ' + name + '=' + value;
    } else if (batch.data_set == DataSet::kUpdates) {
      text += ' ' + (*batch.factor_ids)[batch.factors[row]] + '=' + bits_text(batch.values[row]);
    } else {
      if (batch.data_set == DataSet::kVectors)
        text += ' ' + (*batch.factor_ids)[batch.factors[row]];
      else
        text += " @" + std::to_string(batch.checkpoint_ids[row]);
      for (auto i = batch.offsets[row]; i < batch.offsets[row + 1]; ++i) {
        if (batch.data_set == DataSet::kSnapshots)
          text += ' ' + (*batch.factor_ids)[batch.factors[i]];
        text += ' ' + bits_text(batch.values[i]);
      }
    }
    rows[batch.sequences[row]] += text + ';';
  }
}

}  // namespace factorwal::test
