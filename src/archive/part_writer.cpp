#include "archive/part_writer.h"

#include <arrow/array.h>
#include <arrow/array/builder_binary.h>
#include <arrow/type.h>
#include <arrow/util/key_value_metadata.h>
#include <parquet/column_writer.h>
#include <parquet/file_writer.h>
#include <parquet/properties.h>

#include <algorithm>
#include <limits>

#include "archive/arrow_error.h"
#include "archive/arrow_files.h"
#include "archive/encoding_choice.h"
#include "archive/part_reader.h"

namespace factorwal::archive {
namespace {

std::shared_ptr<parquet::WriterProperties> properties(const PartSchema& schema,
                                                      std::span<const ColumnEncoding> encodings,
                                                      const CompressionStrategy& compression) {
  parquet::WriterProperties::Builder builder;
  builder.version(parquet::ParquetVersion::PARQUET_2_6)
      ->created_by("factorwal")
      ->disable_dictionary()
      ->dictionary_pagesize_limit(kDictionaryBytesMax)
      ->max_rows_per_page(kPageRowsMax)
      ->write_batch_size(kPageRowsMax)
      ->max_row_group_length(static_cast<std::int64_t>(kGroupRowsMax))
      ->set_size_statistics_level(parquet::SizeStatisticsLevel::None)
      ->enable_page_checksum()
      ->enable_write_page_index();
  std::vector<parquet::SortingColumn> sorting;
  for (const int leaf : {kInstrumentLeaf, schema.timestamp_leaf, schema.sequence_leaf})
    sorting.push_back({leaf, false, true});
  builder.set_sorting_columns(std::move(sorting));
  for (std::size_t i = 0; i < schema.leaves.size(); ++i) {
    const auto& path = schema.leaves[i].path;
    const auto chosen = compression_of(compression, schema.leaves[i].category);
    builder.compression(path, parquet_codec(chosen.codec));
    if (chosen.codec == Codec::kZstd) builder.compression_level(path, chosen.level);
    if (encodings[i] == ColumnEncoding::kDictionary) {
      builder.enable_dictionary(path);
    } else {
      builder.encoding(path, parquet_encoding(encodings[i]));
    }
  }
  return builder.build();
}

template <class Type>
void write_values(parquet::ColumnWriter& column, const LeafData& data, std::size_t levels,
                  const typename Type::c_type* values) {
  static_cast<parquet::TypedColumnWriter<Type>&>(column).WriteBatch(
      static_cast<std::int64_t>(levels), data.definitions.data(), data.repetitions.data(), values);
}

/// As codes with their dictionary: texts are hashed once a group, not once a row.
void write_texts(parquet::ColumnWriter& column, const LeafData& data, std::size_t levels) {
  arrow::StringBuilder builder;
  for (const auto& text : data.table.texts()) PARQUET_THROW_NOT_OK(builder.Append(text));
  PARQUET_ASSIGN_OR_THROW(const auto dictionary, builder.Finish());
  const auto indices = std::make_shared<arrow::Int32Array>(
      static_cast<std::int64_t>(data.codes.size()), arrow::Buffer::Wrap(data.codes));
  PARQUET_ASSIGN_OR_THROW(
      const auto array, arrow::DictionaryArray::FromArrays(
                            arrow::dictionary(arrow::int32(), arrow::utf8()), indices, dictionary));
  const auto arrow_properties = parquet::default_arrow_writer_properties();
  parquet::ArrowWriteContext context(arrow::default_memory_pool(), arrow_properties.get());
  PARQUET_THROW_NOT_OK(column.WriteArrow(data.definitions.data(), data.repetitions.data(),
                                         static_cast<std::int64_t>(levels), *array, &context,
                                         false));
}

}  // namespace

struct PartWriter::State {
  State(Storage& of, std::string at, const PartSchema& columns)
      : storage(of), path(std::move(at)), schema(columns), group(columns) {
    summary.time_min = std::numeric_limits<TimestampNs>::max();
    summary.time_max = std::numeric_limits<TimestampNs>::min();
    summary.sequence_min = std::numeric_limits<Sequence>::max();
  }

  void write_group();
  void note_ranges();
  [[nodiscard]] Status verify();

  Storage& storage;
  std::string path;
  const PartSchema& schema;
  std::shared_ptr<HashedOutput> output;
  std::unique_ptr<parquet::ParquetFileWriter> writer;
  RowGroup group;
  std::vector<std::uint64_t> hashes;  // of each group's leaves
  PartSummary summary;
};

PartWriter::PartWriter(std::unique_ptr<State> state) : state_(std::move(state)) {}
PartWriter::~PartWriter() {
  // Parquet's own destructor would write a footer to a file that is given up.
  if (state_->writer != nullptr && !state_->output->closed()) (void)state_->output->Close();
  try {
    state_->writer.reset();
  } catch (...) {
  }
}

Result<std::unique_ptr<PartWriter>> PartWriter::create(Storage& storage, std::string path,
                                                       const PartSchema& schema,
                                                       std::span<const ColumnEncoding> encodings,
                                                       const CompressionStrategy& compression,
                                                       const PartMetadata& metadata) {
  auto file = storage.create(path);
  if (!file) return file.error();
  auto state = std::make_unique<State>(storage, std::move(path), schema);
  state->output = std::make_shared<HashedOutput>(std::move(*file));
  auto status = guarded(state->path, Errc::kIo, [&]() -> Status {
    state->writer = parquet::ParquetFileWriter::Open(
        state->output, schema.root, properties(schema, encodings, compression),
        arrow::key_value_metadata({{kMetadataKey, encode_metadata(schema.data_set, metadata)}}));
    return {};
  });
  if (!status) return status.error();
  return std::unique_ptr<PartWriter>(new PartWriter(std::move(state)));
}

Status PartWriter::append(const RowSource& source, std::string_view instrument,
                          std::span<const Place> places) {
  auto& group = state_->group;
  auto status = guarded(state_->path, Errc::kIo, [&]() -> Status {
    while (!places.empty()) {
      const auto count = std::min(places.size(), kGroupRowsMax - group.row_count());
      group.append(source, instrument, places.first(count));
      places = places.subspan(count);
      if (group.row_count() >= (places.empty() ? kGroupRowsMin : kGroupRowsMax))
        state_->write_group();
    }
    return {};
  });
  return state_->output->status() ? status : state_->output->status();
}

void PartWriter::State::note_ranges() {
  const auto& leaves = group.leaves();
  for (const auto time : leaves[static_cast<std::size_t>(schema.timestamp_leaf)].integers) {
    summary.time_min = std::min(summary.time_min, time);
    summary.time_max = std::max(summary.time_max, time);
  }
  for (const auto bits : leaves[static_cast<std::size_t>(schema.sequence_leaf)].integers) {
    const auto sequence = static_cast<Sequence>(bits);
    summary.sequence_min = std::min(summary.sequence_min, sequence);
    summary.sequence_max = std::max(summary.sequence_max, sequence);
  }
}

void PartWriter::State::write_group() {
  auto* target = writer->AppendRowGroup();
  for (std::size_t i = 0; i < schema.leaves.size(); ++i) {
    const auto& leaf = schema.leaves[i];
    const auto& data = group.leaves()[i];
    const auto levels =
        leaf.definition_max == 0 ? data.value_count(leaf.type) : data.definitions.size();
    auto& column = *target->NextColumn();
    switch (leaf.type) {
      case LeafType::kText: write_texts(column, data, levels); break;
      case LeafType::kInteger:
        write_values<parquet::Int64Type>(column, data, levels, data.integers.data());
        break;
      case LeafType::kNumber:
        write_values<parquet::DoubleType>(column, data, levels, data.numbers.data());
        break;
    }
    column.Close();
    hashes.push_back(data.hash(leaf.type));
  }
  target->Close();
  note_ranges();
  summary.rows += group.row_count();
  group.clear();
}

Result<PartSummary> PartWriter::finish() {
  auto& state = *state_;
  auto status = guarded(state.path, Errc::kIo, [&]() -> Status {
    if (state.group.row_count() != 0) state.write_group();
    state.writer->Close();
    PARQUET_THROW_NOT_OK(state.output->Close());
    return {};
  });
  if (!state.output->status()) return state.output->status().error();
  if (!status) return status.error();
  if (status = state.output->sync(); !status) return status.error();
  state.summary.bytes = state.output->bytes();
  state.summary.hash = state.output->hash();
  if (status = state.verify(); !status) return status.error();
  return state.summary;
}

Status PartWriter::State::verify() {
  auto opened = storage.open(path);
  if (!opened) return opened.error();
  const std::shared_ptr<InputFile> file = std::move(*opened);
  const auto footer = footer_hash(*file, path);
  if (!footer) return footer.error();
  summary.footer_hash = *footer;
  auto part = PartReader::open(file, path, summary.footer_hash);
  if (!part) return part.error();
  const auto groups = (*part)->groups().size();
  if ((*part)->row_count() != summary.rows || groups * schema.leaves.size() != hashes.size())
    return Error{Errc::kCorruption, path + ": read back, it has other rows than were written"};
  LeafData data;
  for (std::size_t g = 0; g < groups; ++g) {
    for (std::size_t i = 0; i < schema.leaves.size(); ++i) {
      if (auto status = (*part)->read_leaf(g, i, data); !status) return status;
      if (data.hash(schema.leaves[i].type) != hashes[g * schema.leaves.size() + i]) {
        return Error{Errc::kCorruption, path + ": read back, column " + schema.leaves[i].path +
                                            " has other values than were written"};
      }
    }
  }
  return {};
}

}  // namespace factorwal::archive
