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

Result<std::vector<NewPart>> ChunkWriter::write(const Chunk& chunk,
                                                const std::vector<TickColumn>& columns,
                                                const std::vector<Definition>& definitions) {
  std::vector<NewPart> parts;
  for (const auto data_set : kDataSets) {
    if (chunk.batches[static_cast<std::size_t>(data_set)].empty()) continue;
    const bool ticks = data_set == DataSet::kTicks;
    const auto schema = make_part_schema(data_set, ticks ? columns : std::vector<TickColumn>{});
    PartMetadata metadata{chunk.first, chunk.last, schema.columns, {}};
    if (ticks) metadata.definitions = definitions;
    if (auto status = write_set(chunk, schema, metadata, parts); !status) return status.error();
  }
  return parts;
}

Result<std::vector<ColumnEncoding>> ChunkWriter::encodings_of(const PartSchema& schema,
                                                              const RowSource& source,
                                                              const RowOrder& order) {
  auto& chosen = chosen_[static_cast<std::size_t>(schema.data_set)];
  const bool known = !chosen.encodings.empty() && chosen.columns == schema.columns &&
                     chosen.day == order.runs.front().day;
  if (!known) {
    const auto samples = sample_rows(schema, source, order);
    auto encodings = choose_encodings(schema, samples, options_);
    if (!encodings) return encodings.error();
    // Few rows say little about those that follow.
    const bool enough = std::ranges::all_of(
        samples, [](const RowGroup& group) { return group.row_count() >= kGroupRowsMin; });
    if (!enough) {
      chosen = {};
      return encodings;
    }
    chosen.columns = schema.columns;
    chosen.encodings = std::move(*encodings);
  }
  chosen.day = order.runs.back().day;
  return chosen.encodings;
}

Status ChunkWriter::write_set(const Chunk& chunk, const PartSchema& schema,
                              const PartMetadata& metadata, std::vector<NewPart>& parts) {
  std::span<const ColumnBatch> batches = chunk.batches[static_cast<std::size_t>(schema.data_set)];
  auto order = order_rows(batches, store_.days());
  if (schema.data_set == DataSet::kTicks) {
    sort_ticks(schema, batches, order, sorted_);
    batches = {&sorted_, 1};
  }
  const RowSource source(schema, batches);
  const auto encodings = encodings_of(schema, source, order);
  if (!encodings) return encodings.error();
  for (auto run = order.runs.begin(); run != order.runs.end();) {
    const auto end = std::find_if(run, order.runs.end(),
                                  [&](const InstrumentDay& r) { return r.day != run->day; });
    NewPart part;
    part.file = {schema.data_set, run->day, chunk.first, chunk.last, {}};
    part.scratch_path = store_.scratch_path(std::string(folder_of(schema.data_set)) + "-" +
                                            day_text(run->day) + ".parquet");
    auto summary = write_day(store_, part.scratch_path, schema, *encodings, source, order,
                             {run, end}, metadata, options_);
    if (!summary) return summary.error();
    part.file.summary = *summary;
    parts.push_back(std::move(part));
    run = end;
  }
  return {};
}

}  // namespace factorwal::archive
