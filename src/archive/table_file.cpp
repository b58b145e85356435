#include "factorwal/table_file.h"

#include <arrow/c/bridge.h>
#include <arrow/io/interfaces.h>
#include <arrow/ipc/writer.h>
#include <arrow/record_batch.h>
#include <parquet/arrow/writer.h>
#include <parquet/properties.h>

#include "archive/arrow_error.h"
#include "archive/encoding_choice.h"
#include "archive/part_format.h"
#include "factorwal/arrow.h"

namespace factorwal {
namespace {

/// Hands on what Arrow writes, and keeps the sink's own error.
class SinkStream final : public arrow::io::OutputStream {
 public:
  explicit SinkStream(const ByteSink& sink) : sink_(sink) {}
  arrow::Status Write(const void* data, int64_t bytes) override {
    if (status_) {
      status_ = sink_({static_cast<const std::byte*>(data), static_cast<std::size_t>(bytes)});
    }
    position_ += bytes;
    return status_ ? arrow::Status::OK() : arrow::Status::IOError(status_.error().message);
  }
  using OutputStream::Write;
  arrow::Result<int64_t> Tell() const override { return position_; }
  arrow::Status Close() override {
    closed_ = true;
    return arrow::Status::OK();
  }
  [[nodiscard]] bool closed() const override { return closed_; }
  [[nodiscard]] const Status& status() const noexcept { return status_; }

 private:
  const ByteSink& sink_;
  Status status_;
  int64_t position_ = 0;
  bool closed_ = false;
};

std::shared_ptr<parquet::WriterProperties> properties_of(const Compression& compression) {
  parquet::WriterProperties::Builder builder;
  builder.compression(archive::parquet_codec(compression.codec));
  if (compression.codec == Codec::kZstd) builder.compression_level(compression.level);
  builder.max_row_group_length(static_cast<int64_t>(archive::kGroupRowsMax));
  builder.enable_write_page_index();
  return builder.build();
}

arrow::Result<std::shared_ptr<arrow::RecordBatch>> import_batch(ColumnBatch&& batch) {
  ArrowArray rows{};
  ArrowSchema type{};
  if (auto done = export_batch(std::move(batch), rows, type); !done) {
    return arrow::Status::Invalid(done.error().message);
  }
  return arrow::ImportRecordBatch(&rows, &type);
}

/// Either format's writer takes batches, and is closed.
template <class Writer>
arrow::Status write_batches(BatchStream& rows, Writer& writer) {
  ColumnBatch batch;
  while (rows.next(batch)) {
    ARROW_ASSIGN_OR_RAISE(const auto imported, import_batch(std::move(batch)));
    ARROW_RETURN_NOT_OK(writer.WriteRecordBatch(*imported));
    batch = {};
  }
  return writer.Close();
}

arrow::Status write_all(BatchStream& rows, TableFormat format,
                        const std::shared_ptr<SinkStream>& output, const Compression& compression) {
  ARROW_ASSIGN_OR_RAISE(const auto shape, import_batch(rows.no_rows()));
  if (format == TableFormat::kArrow) {
    ARROW_ASSIGN_OR_RAISE(auto writer, arrow::ipc::MakeStreamWriter(output, shape->schema()));
    return write_batches(rows, *writer);
  }
  ARROW_ASSIGN_OR_RAISE(
      auto writer, parquet::arrow::FileWriter::Open(*shape->schema(), arrow::default_memory_pool(),
                                                    output, properties_of(compression)));
  return write_batches(rows, *writer);
}

}  // namespace

Status write_table(BatchStream& rows, TableFormat format, const ByteSink& sink,
                   const Compression& compression) {
  const auto output = std::make_shared<SinkStream>(sink);
  return archive::guarded("the table", Errc::kIo, [&]() -> Status {
    const auto done = write_all(rows, format, output, compression);
    if (!output->status()) return output->status();
    if (!rows.status()) return rows.status();
    if (!done.ok()) return Error{Errc::kIo, "the table: " + done.ToString()};
    return {};
  });
}

}  // namespace factorwal
