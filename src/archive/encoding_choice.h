#pragma once
/// Which encoding each column of a part gets: the one that makes the fewest bytes of a sample.

#include <parquet/types.h>

#include <span>
#include <vector>

#include "archive/row_group.h"

namespace factorwal::archive {

[[nodiscard]] Compression compression_of(const CompressionStrategy& strategy, Category category);
[[nodiscard]] parquet::Compression::type parquet_codec(Codec codec);
[[nodiscard]] parquet::Encoding::type parquet_encoding(ColumnEncoding encoding);

/// One for each leaf. Texts have dictionaries always; a forced encoding that a column's type
/// cannot have is plain there.
[[nodiscard]] Result<std::vector<ColumnEncoding>> choose_encodings(
    const PartSchema& schema, std::span<const RowGroup> samples, const ArchiveOptions& options);

}  // namespace factorwal::archive
