#include "archive/row_sums.h"

#include <bit>
#include <cmath>

#include "archive/hash.h"

namespace factorwal::archive {
namespace {

/// Mixes two numbers well enough that rows with exchanged values differ.
std::uint64_t mix(std::uint64_t a, std::uint64_t b) noexcept {
  __extension__ using Wide = unsigned __int128;
  const auto product = static_cast<Wide>(a ^ 0x9e3779b97f4a7c15U) * (b ^ 0xd1342543de82ef95U);
  return static_cast<std::uint64_t>(product) ^ static_cast<std::uint64_t>(product >> 64);
}

std::uint64_t hash_text(const std::string& text) { return hash_of(std::as_bytes(std::span(text))); }

std::vector<std::uint64_t> hash_texts(const Dictionary& texts) {
  std::vector<std::uint64_t> hashes;
  if (texts != nullptr)
    for (const auto& text : *texts) hashes.push_back(hash_text(text));
  return hashes;
}

std::uint64_t bits_of(double value) noexcept {
  return std::isnan(value) ? 0x7ff8000000000000U : std::bit_cast<std::uint64_t>(value);
}

void add_columns(const ColumnBatch& batch, std::vector<std::uint64_t>& hashes) {
  for (const auto& column : batch.columns) {
    const auto name = mix(hash_text(column.id()), column.is_factor ? 1 : 2);
    for (std::size_t row = 0; row < hashes.size(); ++row) {
      // Added, for the order of columns is not a row's.
      if (!std::isnan(column.values[row])) hashes[row] += mix(name, bits_of(column.values[row]));
    }
  }
  for (std::size_t row = 0; row < hashes.size(); ++row)
    hashes[row] = mix(mix(hashes[row], batch.ordinals[row]), batch.counted[row]);
}

void add_items(const ColumnBatch& batch, std::vector<std::uint64_t>& hashes) {
  const auto factors = hash_texts(batch.factor_ids);
  for (std::size_t row = 0; row < hashes.size(); ++row) {
    auto& hash = hashes[row];
    if (batch.data_set != DataSet::kSnapshots) hash = mix(hash, factors[batch.factors[row]]);
    if (batch.data_set == DataSet::kSnapshots) hash = mix(hash, batch.checkpoint_ids[row]);
    if (batch.data_set == DataSet::kUpdates) {
      hash = mix(hash, bits_of(batch.values[row]));
      continue;
    }
    for (auto i = batch.offsets[row]; i < batch.offsets[row + 1]; ++i) {
      if (batch.data_set == DataSet::kSnapshots) hash = mix(hash, factors[batch.factors[i]]);
      hash = mix(hash, bits_of(batch.values[i]));
    }
  }
}

}  // namespace

void RowSums::add(const ColumnBatch& batch) {
  const auto instruments = hash_texts(batch.instrument_ids);
  std::vector<std::uint64_t> hashes(batch.row_count());
  for (std::size_t row = 0; row < hashes.size(); ++row) {
    hashes[row] = mix(
        mix(instruments[batch.instruments[row]], static_cast<std::uint64_t>(batch.timestamps[row])),
        batch.sequences[row]);
  }
  if (batch.data_set == DataSet::kTicks) {
    add_columns(batch, hashes);
  } else {
    add_items(batch, hashes);
  }
  for (std::size_t row = 0; row < hashes.size(); ++row) {
    const auto sequence = batch.sequences[row];
    auto& block = (sequence < first_ ? blocks_before_ : blocks_)[sequence / kBlockSequences];
    ++block.rows;
    block.sum += mix(hashes[row], 1);
  }
}

}  // namespace factorwal::archive
