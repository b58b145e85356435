#include "archive/encoding_choice.h"

#include <arrow/buffer.h>
#include <arrow/util/compression.h>
#include <parquet/encoding.h>

#include <algorithm>
#include <limits>

#include "archive/arrow_error.h"
#include "archive/part_format.h"

namespace factorwal::archive {
namespace {

constexpr auto kImpossible = std::numeric_limits<std::size_t>::max();

/// Counts the bytes of values in pages as the writer would make them.
class Scale {
 public:
  explicit Scale(const Compression& compression) : compression_(compression) {
    if (compression.codec == Codec::kNone) return;
    const auto level = compression.codec == Codec::kZstd ? compression.level
                                                         : arrow::util::kUseDefaultCompressionLevel;
    codec_ = *arrow::util::Codec::Create(parquet_codec(compression.codec), level);
  }

  template <class Type>
  std::size_t bytes(std::span<const typename Type::c_type> values, ColumnEncoding encoding) {
    if (encoding == ColumnEncoding::kDictionary) return bytes_with_dictionary<Type>(values);
    auto encoder = parquet::MakeTypedEncoder<Type>(parquet_encoding(encoding));
    return pages<Type>(*encoder, values);
  }

 private:
  template <class Type>
  std::size_t bytes_with_dictionary(std::span<const typename Type::c_type> values) {
    auto encoder = parquet::MakeEncoder(Type::type_num, parquet::Encoding::PLAIN, true);
    auto& dictionary = dynamic_cast<parquet::DictEncoder<Type>&>(*encoder);
    auto total = pages<Type>(dictionary, values);
    std::vector<std::uint8_t> entries(static_cast<std::size_t>(dictionary.dict_encoded_size()));
    // The writer would give up the dictionary in the middle of a column.
    if (entries.size() > static_cast<std::size_t>(kDictionaryBytesMax)) return kImpossible;
    dictionary.WriteDict(entries.data());
    return total + compressed(entries);
  }

  template <class Type>
  std::size_t pages(parquet::TypedEncoder<Type>& encoder,
                    std::span<const typename Type::c_type> values) {
    std::size_t total = 0;
    while (!values.empty()) {
      const auto count = std::min<std::size_t>(values.size(), kPageRowsMax);
      encoder.Put(values.data(), static_cast<int>(count));
      const auto page = encoder.FlushValues();
      total += compressed({page->data(), static_cast<std::size_t>(page->size())});
      values = values.subspan(count);
    }
    return total;
  }

  std::size_t compressed(std::span<const std::uint8_t> bytes) {
    if (codec_ == nullptr) return bytes.size();
    const auto size = static_cast<std::int64_t>(bytes.size());
    out_.resize(static_cast<std::size_t>(codec_->MaxCompressedLen(size, bytes.data())));
    const auto made =
        codec_->Compress(size, bytes.data(), static_cast<std::int64_t>(out_.size()), out_.data());
    return made.ok() ? static_cast<std::size_t>(*made) : bytes.size();
  }

  Compression compression_;
  std::unique_ptr<arrow::util::Codec> codec_;
  std::vector<std::uint8_t> out_;
};

/// An encoding that takes more than so many fourths of the fewest bytes has lost: what is left of
/// the samples is not tried with it.
constexpr std::size_t kLostFourths = 5;

struct Candidate {
  ColumnEncoding encoding = ColumnEncoding::kPlain;
  std::size_t bytes = 0;
};

template <class Type>
ColumnEncoding best(std::span<const std::span<const typename Type::c_type>> samples,
                    ColumnEncoding other, Scale& scale) {
  std::vector<Candidate> left = {{other}, {ColumnEncoding::kPlain}, {ColumnEncoding::kDictionary}};
  for (const auto& sample : samples) {
    for (auto& candidate : left) {
      const auto bytes = scale.template bytes<Type>(sample, candidate.encoding);
      candidate.bytes =
          bytes > kImpossible - candidate.bytes ? kImpossible : candidate.bytes + bytes;
    }
    const auto fewest = std::ranges::min(left, {}, &Candidate::bytes).bytes;
    std::erase_if(left, [&](const Candidate& candidate) {
      return candidate.bytes / kLostFourths > fewest / 4;
    });
  }
  return std::ranges::min(left, {}, &Candidate::bytes).encoding;
}

ColumnEncoding best_of(const Leaf& leaf, std::size_t index, std::span<const RowGroup> samples,
                       Scale& scale) {
  if (leaf.type == LeafType::kText) return ColumnEncoding::kDictionary;
  if (leaf.type == LeafType::kInteger) {
    std::vector<std::span<const std::int64_t>> values;
    for (const auto& group : samples) values.emplace_back(group.leaves()[index].integers);
    return best<parquet::Int64Type>(values, ColumnEncoding::kDelta, scale);
  }
  std::vector<std::span<const double>> values;
  for (const auto& group : samples) values.emplace_back(group.leaves()[index].numbers);
  return best<parquet::DoubleType>(values, ColumnEncoding::kByteStreamSplit, scale);
}

ColumnEncoding forced(const Leaf& leaf, ColumnEncoding encoding) {
  if (leaf.type == LeafType::kText) return ColumnEncoding::kDictionary;
  const bool fits = encoding != (leaf.type == LeafType::kNumber ? ColumnEncoding::kDelta
                                                                : ColumnEncoding::kByteStreamSplit);
  return fits ? encoding : ColumnEncoding::kPlain;
}

}  // namespace

Compression compression_of(const CompressionStrategy& strategy, Category category) {
  switch (category) {
    case Category::kInputs: return strategy.inputs;
    case Category::kFactors: return strategy.factors;
    case Category::kBars: return strategy.bars;
    case Category::kStates: break;
  }
  return strategy.states;
}

parquet::Compression::type parquet_codec(Codec codec) {
  switch (codec) {
    case Codec::kNone: return parquet::Compression::UNCOMPRESSED;
    case Codec::kSnappy: return parquet::Compression::SNAPPY;
    case Codec::kLz4: return parquet::Compression::LZ4;  // as LZ4_RAW
    case Codec::kZstd: break;
  }
  return parquet::Compression::ZSTD;
}

parquet::Encoding::type parquet_encoding(ColumnEncoding encoding) {
  switch (encoding) {
    case ColumnEncoding::kByteStreamSplit: return parquet::Encoding::BYTE_STREAM_SPLIT;
    case ColumnEncoding::kDelta: return parquet::Encoding::DELTA_BINARY_PACKED;
    case ColumnEncoding::kDictionary:  // set apart from the encoding
    case ColumnEncoding::kPlain: break;
  }
  return parquet::Encoding::PLAIN;
}

Result<std::vector<ColumnEncoding>> choose_encodings(const PartSchema& schema,
                                                     std::span<const RowGroup> samples,
                                                     const ArchiveOptions& options) {
  std::vector<ColumnEncoding> chosen;
  auto status = guarded("choice of encodings", Errc::kIo, [&]() -> Status {
    for (std::size_t i = 0; i < schema.leaves.size(); ++i) {
      const auto& leaf = schema.leaves[i];
      Scale scale(compression_of(options.compression, leaf.category));
      chosen.push_back(options.encoding ? forced(leaf, *options.encoding)
                                        : best_of(leaf, i, samples, scale));
    }
    return {};
  });
  if (!status) return status.error();
  return chosen;
}

}  // namespace factorwal::archive
