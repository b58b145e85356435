#include "archive/part_reader.h"

#include <arrow/util/key_value_metadata.h>
#include <parquet/column_reader.h>
#include <parquet/file_reader.h>
#include <parquet/metadata.h>
#include <parquet/statistics.h>

#include <cstring>
#include <limits>

#include "archive/arrow_error.h"
#include "archive/arrow_files.h"

namespace factorwal::archive {
namespace {

constexpr std::uint64_t kTrailerBytes = 8;  // length of the metadata, magic

/// The metadata at the end, with its trailer.
Result<std::vector<std::byte>> read_footer(InputFile& file, const std::string& path) {
  const Error none{Errc::kCorruption, path + ": not a whole Parquet file"};
  const auto size = file.size();
  if (!size) return size.error();
  if (*size < 2 * kTrailerBytes) return none;
  std::vector<std::byte> trailer(kTrailerBytes);
  auto read = file.read_at(*size - kTrailerBytes, trailer);
  if (!read) return read.error();
  std::uint32_t length = 0;
  std::memcpy(&length, trailer.data(), sizeof length);
  if (*read != kTrailerBytes || std::memcmp(trailer.data() + 4, "PAR1", 4) != 0 ||
      length > *size - kTrailerBytes) {
    return none;
  }
  std::vector<std::byte> footer(length + kTrailerBytes);
  read = file.read_at(*size - footer.size(), footer);
  if (!read) return read.error();
  if (*read != footer.size()) return none;
  return footer;
}

/// Integers of a chunk's bounds, if it has them.
std::shared_ptr<parquet::Int64Statistics> integer_bounds(const parquet::RowGroupMetaData& group,
                                                         int leaf) {
  const auto statistics = group.ColumnChunk(leaf)->statistics();
  if (statistics == nullptr || !statistics->HasMinMax()) return nullptr;
  return std::static_pointer_cast<parquet::Int64Statistics>(statistics);
}

GroupRange range_of(const parquet::RowGroupMetaData& group, const PartSchema& schema) {
  GroupRange range;
  range.rows = static_cast<std::uint64_t>(group.num_rows());
  range.items =
      static_cast<std::uint64_t>(group.ColumnChunk(group.num_columns() - 1)->num_values());
  range.time_min = std::numeric_limits<TimestampNs>::min();
  range.time_max = std::numeric_limits<TimestampNs>::max();
  range.sequence_max = std::numeric_limits<Sequence>::max();
  const auto ids = group.ColumnChunk(kInstrumentLeaf)->statistics();
  if (ids != nullptr && ids->HasMinMax()) {
    const auto& typed = static_cast<const parquet::ByteArrayStatistics&>(*ids);
    range.instrument_min = std::string(std::string_view(typed.min()));
    range.instrument_max = std::string(std::string_view(typed.max()));
  }
  if (const auto times = integer_bounds(group, schema.timestamp_leaf); times != nullptr) {
    range.time_min = times->min();
    range.time_max = times->max();
    range.times_missing = !times->HasNullCount() || times->null_count() != 0;
  }
  if (const auto bounds = integer_bounds(group, schema.sequence_leaf); bounds != nullptr) {
    range.sequence_min = static_cast<Sequence>(bounds->min());
    range.sequence_max = static_cast<Sequence>(bounds->max());
  }
  return range;
}

/// Reads levels and values of a whole chunk, page by page.
template <class Type, class Take>
void read_values(parquet::ColumnReader& column, const Leaf& leaf, std::int64_t levels,
                 LeafData& data, Take&& take) {
  auto& typed = static_cast<parquet::TypedColumnReader<Type>&>(column);
  const auto count = static_cast<std::size_t>(levels);
  if (leaf.definition_max > 0) data.definitions.resize(count);
  if (leaf.repetition_max > 0) data.repetitions.resize(count);
  std::int64_t at = 0;
  while (at < levels) {
    const auto step =
        take(typed, levels - at, leaf.definition_max > 0 ? data.definitions.data() + at : nullptr,
             leaf.repetition_max > 0 ? data.repetitions.data() + at : nullptr);
    if (step == 0) throw parquet::ParquetException("column " + leaf.path + " ends too early");
    at += step;
  }
}

/// Numbers and integers lie in one vector, which grows to what it may hold.
template <class Type>
void read_plain(parquet::ColumnReader& column, const Leaf& leaf, std::int64_t levels,
                LeafData& data, std::vector<typename Type::c_type>& values) {
  values.resize(static_cast<std::size_t>(levels));
  std::int64_t there = 0;
  read_values<Type>(
      column, leaf, levels, data,
      [&](auto& typed, std::int64_t left, std::int16_t* definitions, std::int16_t* repetitions) {
        std::int64_t got = 0;
        const auto step =
            typed.ReadBatch(left, definitions, repetitions, values.data() + there, &got);
        there += got;
        return step;
      });
  values.resize(static_cast<std::size_t>(there));
}

void read_texts(parquet::ColumnReader& column, const Leaf& leaf, std::int64_t levels,
                LeafData& data) {
  std::vector<parquet::ByteArray> texts(static_cast<std::size_t>(kPageRowsMax));
  std::string_view last;
  std::int32_t code = -1;
  read_values<parquet::ByteArrayType>(
      column, leaf, levels, data,
      [&](auto& typed, std::int64_t left, std::int16_t* definitions, std::int16_t* repetitions) {
        std::int64_t got = 0;
        const auto step = typed.ReadBatch(std::min(left, kPageRowsMax), definitions, repetitions,
                                          texts.data(), &got);
        last = {};
        code = -1;
        for (std::int64_t i = 0; i < got; ++i) {
          const std::string_view text(texts[static_cast<std::size_t>(i)]);
          // Runs of one text, and texts of one dictionary, are most often at one address.
          if (code < 0 || text.data() != last.data() || text.size() != last.size())
            code = data.table.code_of(text);
          last = text;
          data.codes.push_back(code);
        }
        return step;
      });
}

}  // namespace

struct PartReader::State {
  std::string path;
  PartSchema schema;
  PartMetadata metadata;
  std::vector<GroupRange> groups;
  std::uint64_t rows = 0;
  std::unique_ptr<parquet::ParquetFileReader> reader;
};

PartReader::PartReader(std::unique_ptr<State> state) : state_(std::move(state)) {}
PartReader::~PartReader() = default;
const PartSchema& PartReader::schema() const noexcept { return state_->schema; }
const PartMetadata& PartReader::metadata() const noexcept { return state_->metadata; }
const std::vector<GroupRange>& PartReader::groups() const noexcept { return state_->groups; }
std::uint64_t PartReader::row_count() const noexcept { return state_->rows; }
const std::string& PartReader::path() const noexcept { return state_->path; }

Result<std::uint64_t> footer_hash(InputFile& file, const std::string& path) {
  auto footer = read_footer(file, path);
  if (!footer) return footer.error();
  return hash_of(*footer);
}

Result<std::unique_ptr<PartReader>> PartReader::open(std::shared_ptr<InputFile> file,
                                                     const std::string& path,
                                                     std::optional<std::uint64_t> footer_hash) {
  const auto size = file->size();
  if (!size) return size.error();
  auto footer = read_footer(*file, path);
  if (!footer) return footer.error();
  if (footer_hash && hash_of(*footer) != *footer_hash)
    return Error{Errc::kCorruption, path + ": its end is not what the archive's manifest says"};

  auto state = std::make_unique<State>();
  state->path = path;
  auto status = guarded(path, Errc::kCorruption, [&]() -> Status {
    parquet::ReaderProperties properties;
    properties.set_page_checksum_verification(true);
    state->reader =
        parquet::ParquetFileReader::Open(std::make_shared<ArrowInput>(file, *size), properties);
    const auto found = state->reader->metadata();
    const auto pairs = found->key_value_metadata();
    if (pairs == nullptr || !pairs->Contains(kMetadataKey))
      return Error{Errc::kCorruption, path + ": not a file of factorwal's archive"};
    const auto text = pairs->Get(kMetadataKey).ValueOrDie();
    auto metadata = decode_metadata(path, text);
    if (!metadata) return metadata.error();
    state->metadata = std::move(metadata->part);
    state->schema = make_part_schema(metadata->data_set, state->metadata.columns);
    if (!found->schema()->group_node()->Equals(state->schema.root.get()))
      return Error{Errc::kCorruption, path + ": its columns are not those of an archive's file"};
    state->rows = static_cast<std::uint64_t>(found->num_rows());
    for (int g = 0; g < found->num_row_groups(); ++g)
      state->groups.push_back(range_of(*found->RowGroup(g), state->schema));
    return {};
  });
  if (!status) return status.error();
  return std::unique_ptr<PartReader>(new PartReader(std::move(state)));
}

Status PartReader::read_leaf(std::size_t group, std::size_t index, LeafData& data) {
  data.clear();
  return guarded(state_->path, Errc::kCorruption, [&]() -> Status {
    const auto& leaf = state_->schema.leaves[index];
    const auto rows = state_->reader->RowGroup(static_cast<int>(group));
    const auto levels = rows->metadata()->ColumnChunk(static_cast<int>(index))->num_values();
    const auto column = rows->Column(static_cast<int>(index));
    switch (leaf.type) {
      case LeafType::kText: read_texts(*column, leaf, levels, data); break;
      case LeafType::kInteger:
        read_plain<parquet::Int64Type>(*column, leaf, levels, data, data.integers);
        break;
      case LeafType::kNumber:
        read_plain<parquet::DoubleType>(*column, leaf, levels, data, data.numbers);
        break;
    }
    return {};
  });
}

}  // namespace factorwal::archive
