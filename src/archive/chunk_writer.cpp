#include "archive/chunk_writer.h"

#include <algorithm>
#include <set>

#include "archive/days.h"
#include "archive/encoding_choice.h"
#include "archive/sorted_ticks.h"

namespace factorwal::archive {
namespace {

constexpr std::size_t kSampleRowsMax = 32'768;

Result<PartSummary> write_day(Store& store, const std::string& path, const PartSchema& schema,
                              const std::vector<ColumnEncoding>& encodings, const RowSource& source,
                              const RowOrder& order, std::span<const InstrumentDay> runs,
                              const PartMetadata& metadata, const ArchiveOptions& options) {
  auto writer =
      PartWriter::create(store.storage(), path, schema, encodings, options.compression, metadata);
  if (!writer) return writer.error();
  const std::span<const Place> places(order.places);
  for (const auto& run : runs) {
    auto status =
        (*writer)->append(source, run.instrument, places.subspan(run.begin, run.end - run.begin));
    if (!status) return status.error();
  }
  return (*writer)->finish();
}

}  // namespace

std::vector<RowGroup> sample_rows(const PartSchema& schema, const RowSource& source,
                                  const RowOrder& order) {
  std::vector<RowGroup> samples;
  const std::span<const Place> places(order.places);
  // Of a part's first rows the operators warm up.
  const std::set<std::size_t> begins = {order.runs.size() / 2, order.runs.size() * 3 / 4};
  for (const auto from : begins) {
    RowGroup group(schema);
    for (auto r = from; r < order.runs.size() && group.row_count() < kGroupRowsMin; ++r) {
      const auto& run = order.runs[r];
      const auto rows = std::min(run.end - run.begin, kSampleRowsMax - group.row_count());
      const auto begin = run.begin + (run.end - run.begin - rows) / 2;
      group.append(source, run.instrument, places.subspan(begin, rows));
    }
    samples.push_back(std::move(group));
  }
  return samples;
}

Result<std::vector<NewPart>> write_chunk(Store& store, const Chunk& chunk,
                                         const std::vector<TickColumn>& columns,
                                         const std::vector<Definition>& definitions,
                                         const ArchiveOptions& options) {
  std::vector<NewPart> parts;
  for (const auto data_set : kDataSets) {
    const auto& batches = chunk.batches[static_cast<std::size_t>(data_set)];
    if (batches.empty()) continue;
    const bool ticks = data_set == DataSet::kTicks;
    const auto schema = make_part_schema(data_set, ticks ? columns : std::vector<TickColumn>{});
    auto order = order_rows(batches, store.days());
    std::vector<ColumnBatch> sorted;
    if (ticks) sorted.push_back(sort_ticks(schema, batches, order));
    const RowSource source(schema, ticks ? sorted : batches);
    const auto encodings = choose_encodings(schema, sample_rows(schema, source, order), options);
    if (!encodings) return encodings.error();
    PartMetadata metadata{chunk.first, chunk.last, schema.columns, {}};
    if (ticks) metadata.definitions = definitions;
    for (auto run = order.runs.begin(); run != order.runs.end();) {
      const auto end = std::find_if(run, order.runs.end(),
                                    [&](const InstrumentDay& r) { return r.day != run->day; });
      NewPart part;
      part.file = {data_set, run->day, chunk.first, chunk.last, {}};
      part.scratch_path = store.scratch_path(std::string(folder_of(data_set)) + "-" +
                                             day_text(run->day) + ".parquet");
      auto summary = write_day(store, part.scratch_path, schema, *encodings, source, order,
                               {run, end}, metadata, options);
      if (!summary) return summary.error();
      part.file.summary = *summary;
      parts.push_back(std::move(part));
      run = end;
    }
  }
  return parts;
}

}  // namespace factorwal::archive
