#include "archive/compaction.h"

#include <algorithm>
#include <map>
#include <numeric>

#include "archive/chunk_writer.h"
#include "archive/days.h"
#include "archive/encoding_choice.h"
#include "archive/part_batch.h"

namespace factorwal::archive {
namespace {

/// Goes through a part instrument by instrument.
class PartCursor {
 public:
  explicit PartCursor(std::unique_ptr<PartReader> part) : part_(std::move(part)) {}
  [[nodiscard]] PartReader& part() { return *part_; }

  /// To the first row.
  [[nodiscard]] Status start() { return load(0); }
  [[nodiscard]] bool at_end() const { return group_ == part_->groups().size(); }
  [[nodiscard]] const std::string& instrument() const {
    return (*batch_.instrument_ids)[batch_.instruments[row_]];
  }
  /// Moves the rows of the instrument it stands at to `rows`.
  [[nodiscard]] Status take(RowCollector& rows) {
    const auto wanted = instrument();
    while (!at_end() && instrument() == wanted) {
      const auto code = batch_.instruments[row_];
      const auto begin = batch_.instruments.begin() + static_cast<std::ptrdiff_t>(row_);
      const auto end = std::find_if(begin, batch_.instruments.end(),
                                    [&](std::uint32_t other) { return other != code; });
      std::vector<std::uint32_t> indices(static_cast<std::size_t>(end - begin));
      std::iota(indices.begin(), indices.end(), static_cast<std::uint32_t>(row_));
      rows.append(batch_, indices);
      row_ += indices.size();
      if (row_ == batch_.row_count()) {
        if (auto status = load(group_ + 1); !status) return status;
      }
    }
    return {};
  }

 private:
  Status load(std::size_t group) {
    group_ = group;
    row_ = 0;
    return at_end() ? Status() : read_group(*part_, group_, batch_);
  }

  std::unique_ptr<PartReader> part_;
  std::size_t group_ = 0;
  std::size_t row_ = 0;
  ColumnBatch batch_;
};

Result<std::vector<PartCursor>> open_parts(Store& store, const DayParts& day) {
  std::vector<ManifestFile> files;
  for (const auto& file : store.manifest().files)
    if (file.data_set == day.data_set && file.day == day.day) files.push_back(file);
  std::sort(files.begin(), files.end(),
            [](const ManifestFile& a, const ManifestFile& b) { return a.first < b.first; });
  std::vector<PartCursor> cursors;
  for (const auto& file : files) {
    const auto path = store.path(file.path());
    auto opened = store.storage().open(path);
    if (!opened) return opened.error();
    auto part = PartReader::open(std::move(*opened), path, file.summary.footer_hash);
    if (!part) return part.error();
    cursors.emplace_back(std::move(*part));
    if (auto status = cursors.back().start(); !status) return status.error();
  }
  return cursors;
}

PartMetadata metadata_of(std::vector<PartCursor>& cursors, const PartSchema& schema) {
  PartMetadata all;
  all.columns = schema.columns;
  all.first = std::numeric_limits<Sequence>::max();
  for (auto& cursor : cursors) {
    const auto& metadata = cursor.part().metadata();
    all.first = std::min(all.first, metadata.first);
    all.last = std::max(all.last, metadata.last);
    for (const auto& definition : metadata.definitions) {
      if (!all.definitions.empty() && all.definitions.back().text == definition.text) {
        all.definitions.back().last = definition.last;
      } else {
        all.definitions.push_back(definition);
      }
    }
  }
  return all;
}

/// From the middle of the largest part.
Result<std::vector<ColumnEncoding>> encodings_of(std::vector<PartCursor>& cursors,
                                                 const PartSchema& schema, const DayParts& day,
                                                 const ArchiveOptions& options) {
  const auto largest = std::max_element(
      cursors.begin(), cursors.end(),
      [](PartCursor& a, PartCursor& b) { return a.part().row_count() < b.part().row_count(); });
  std::vector<ColumnBatch> batches(1);
  auto& part = largest->part();
  if (auto status = read_group(part, part.groups().size() / 2, batches[0]); !status)
    return status.error();
  const RowSource source(schema, batches);
  return choose_encodings(schema, sample_rows(schema, source, order_rows_of_day(batches, day.day)),
                          options);
}

/// The rows of one instrument from all cursors that stand at it, in the order of a part.
Status append_instrument(std::vector<PartCursor>& cursors, const std::string& instrument,
                         const PartSchema& schema, PartWriter& writer) {
  std::vector<ColumnBatch> batches;
  for (auto& cursor : cursors) {
    if (cursor.at_end() || cursor.instrument() != instrument) continue;
    RowCollector rows(schema.data_set);
    if (auto status = cursor.take(rows); !status) return status;
    batches.push_back(rows.take());
  }
  std::vector<Place> places;
  for (std::uint32_t b = 0; b < batches.size(); ++b)
    for (std::uint32_t row = 0; row < batches[b].row_count(); ++row) places.push_back({b, row});
  const auto key = [&](const Place& place) {
    return std::pair(batches[place.batch].timestamps[place.row],
                     batches[place.batch].sequences[place.row]);
  };
  const auto before = [&](const Place& a, const Place& b) { return key(a) < key(b); };
  if (!std::is_sorted(places.begin(), places.end(), before))
    std::sort(places.begin(), places.end(), before);
  return writer.append(RowSource(schema, batches), instrument, places);
}

}  // namespace

std::vector<DayParts> days_to_compact(const Manifest& manifest, const ArchiveOptions& options) {
  std::map<std::pair<DataSet, std::int32_t>, std::size_t> counts;
  std::int32_t newest = kFirstDay;
  for (const auto& file : manifest.files) {
    ++counts[{file.data_set, file.day}];
    newest = std::max(newest, file.day);
  }
  std::vector<DayParts> days;
  for (const auto& [day, parts] : counts) {
    // The first day's directory also holds the file of all columns.
    if (day.second == kFirstDay) continue;
    const bool ended = day.second < newest;
    if (parts > options.parts_of_day_max || (ended && parts > 1))
      days.push_back({day.first, day.second, parts});
  }
  return days;
}

Status compact_day(Store& store, const DayParts& day, const ArchiveOptions& options) {
  auto cursors = open_parts(store, day);
  if (!cursors) return cursors.error();
  const bool ticks = day.data_set == DataSet::kTicks;
  const auto schema =
      make_part_schema(day.data_set, ticks ? store.manifest().columns : std::vector<TickColumn>{});
  const auto encodings = encodings_of(*cursors, schema, day, options);
  if (!encodings) return encodings.error();
  const auto metadata = metadata_of(*cursors, schema);

  const auto scratch =
      store.scratch_path(std::string(folder_of(day.data_set)) + "-" + day_text(day.day));
  if (auto status = store.storage().make_directory(scratch); !status) return status;
  ManifestFile made{day.data_set, day.day, metadata.first, metadata.last, {}};
  auto writer =
      PartWriter::create(store.storage(), scratch + "/" + part_name(made.first, made.last), schema,
                         *encodings, options.compression, metadata);
  if (!writer) return writer.error();
  while (true) {
    std::optional<std::string> next;
    for (const auto& cursor : *cursors)
      if (!cursor.at_end() && (!next || cursor.instrument() < *next)) next = cursor.instrument();
    if (!next) break;
    auto status = append_instrument(*cursors, *next, schema, **writer);
    if (!status) return status;
  }
  const auto summary = (*writer)->finish();
  if (!summary) return summary.error();
  made.summary = *summary;

  std::uint64_t rows = 0;
  for (auto& cursor : *cursors) rows += cursor.part().row_count();
  if (rows != summary->rows) {
    return Error{Errc::kCorruption, store.path(day_directory(day.data_set, day.day)) +
                                        ": its parts hold other rows than their metadata says"};
  }
  return store.commit_compaction(made, scratch);
}

}  // namespace factorwal::archive
