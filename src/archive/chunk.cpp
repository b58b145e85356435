#include "archive/chunk.h"

#include <algorithm>
#include <numeric>
#include <utility>

#include "archive/part_batch.h"

namespace factorwal::archive {
namespace {

/// Reads one data set until the end, or until it takes `bytes_max`; gives the last sequence that is
/// wholly read.
Result<Sequence> read_rows(LogSource& source, DataSet data_set, Chunk& chunk,
                           std::size_t bytes_max) {
  auto stream = source.read(data_set, chunk.first, chunk.last);
  if (!stream) return stream.error();
  auto& batches = chunk.batches[static_cast<std::size_t>(data_set)];
  auto spare = std::exchange(batches, {});
  std::size_t bytes = 0;
  while (true) {
    ColumnBatch batch;
    if (!spare.empty()) {
      batch = std::move(spare.back());
      spare.pop_back();
    }
    const auto found = (*stream)->next(batch);
    if (!found) return found.error();
    if (!*found) return chunk.last;
    if (batch.row_count() == 0) continue;
    bytes += bytes_of(batch);
    batches.push_back(std::move(batch));
    if (bytes >= bytes_max) return batches.back().sequences.back();
  }
}

/// Rows behind the end are the next chunk's.
void drop_beyond(Chunk& chunk) {
  for (auto& batches : chunk.batches) {
    while (!batches.empty() && batches.back().sequences.front() > chunk.last) batches.pop_back();
    if (batches.empty() || batches.back().sequences.back() <= chunk.last) continue;
    auto& last = batches.back();
    const auto end = std::upper_bound(last.sequences.begin(), last.sequences.end(), chunk.last);
    std::vector<std::uint32_t> rows(static_cast<std::size_t>(end - last.sequences.begin()));
    std::iota(rows.begin(), rows.end(), 0U);
    RowCollector kept(last.data_set);
    kept.append(last, rows);
    last = kept.take();
  }
}

}  // namespace

std::uint64_t Chunk::row_count() const {
  std::uint64_t rows = 0;
  for (const auto& of_set : batches)
    for (const auto& batch : of_set) rows += batch.row_count();
  return rows;
}

std::size_t bytes_of(const ColumnBatch& batch) {
  auto bytes = batch.row_count() * (sizeof(std::uint32_t) + sizeof(TimestampNs) + sizeof(Sequence));
  bytes += sizeof(double) * batch.columns.size() * batch.row_count();
  bytes += sizeof(std::uint64_t) * (batch.ordinals.size() + batch.offsets.size() +
                                    batch.checkpoint_ids.size() + batch.values.size());
  return bytes + sizeof(std::uint32_t) * batch.factors.size() + batch.counted.size();
}

Status read_chunk(LogSource& source, Sequence first, Sequence last, std::size_t bytes_max,
                  Chunk& chunk) {
  chunk.first = first;
  chunk.last = last;
  for (const auto data_set : kDataSets) {
    const auto end = read_rows(source, data_set, chunk, bytes_max);
    if (!end) return end.error();
    chunk.last = *end;
  }
  drop_beyond(chunk);
  return {};
}

}  // namespace factorwal::archive
