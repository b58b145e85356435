#include "factorwal/table_source.h"

#include <arrow/c/bridge.h>
#include <arrow/io/file.h>
#include <arrow/ipc/reader.h>
#include <arrow/record_batch.h>
#include <parquet/arrow/reader.h>
#include <parquet/arrow/schema.h>
#include <parquet/properties.h>

#include <array>
#include <cerrno>
#include <functional>
#include <string_view>
#include <utility>

#include "archive/arrow_error.h"

namespace factorwal {
namespace archive {
namespace {

constexpr std::int64_t kTableBatchRows = 16'384;

using Input = std::shared_ptr<arrow::io::ReadableFile>;

/// Batches of one file, of whichever form.
class TableBatches {
 public:
  virtual ~TableBatches() = default;
  [[nodiscard]] virtual std::shared_ptr<arrow::Schema> schema() const = 0;
  /// Null at the end.
  virtual arrow::Result<std::shared_ptr<arrow::RecordBatch>> next() = 0;
};

class ParquetBatches final : public TableBatches {
 public:
  arrow::Status open(const Input& input, const std::vector<std::size_t>& columns) {
    parquet::ReaderProperties reading;
    // Pages come one by one: a row group may be the whole file.
    reading.enable_buffered_stream();
    reading.set_page_checksum_verification(true);
    parquet::ArrowReaderProperties properties(false);
    properties.set_batch_size(kTableBatchRows);
    properties.set_pre_buffer(false);
    parquet::arrow::FileReaderBuilder builder;
    ARROW_RETURN_NOT_OK(builder.Open(input, reading));
    ARROW_RETURN_NOT_OK(builder.properties(properties)->Build(&file_));
    std::vector<int> groups;
    for (int group = 0; group < file_->num_row_groups(); ++group) groups.push_back(group);
    if (columns.empty()) {
      ARROW_ASSIGN_OR_RAISE(batches_, file_->GetRecordBatchReader(groups));
      return arrow::Status::OK();
    }
    std::vector<int> leaves;
    for (const std::size_t column : columns) {
      const auto& fields = file_->manifest().schema_fields;
      if (column >= fields.size()) return arrow::Status::Invalid("it has no column ", column);
      add_leaves(fields[column], leaves);
    }
    ARROW_ASSIGN_OR_RAISE(batches_, file_->GetRecordBatchReader(groups, leaves));
    return arrow::Status::OK();
  }
  [[nodiscard]] std::shared_ptr<arrow::Schema> schema() const override {
    return batches_->schema();
  }
  arrow::Result<std::shared_ptr<arrow::RecordBatch>> next() override { return batches_->Next(); }

 private:
  static void add_leaves(const parquet::arrow::SchemaField& field, std::vector<int>& leaves) {
    if (field.is_leaf()) leaves.push_back(field.column_index);
    for (const auto& child : field.children) add_leaves(child, leaves);
  }

  std::unique_ptr<parquet::arrow::FileReader> file_;
  std::unique_ptr<arrow::RecordBatchReader> batches_;
};

arrow::ipc::IpcReadOptions ipc_options(const std::vector<std::size_t>& columns) {
  auto options = arrow::ipc::IpcReadOptions::Defaults();
  options.use_threads = false;
  for (const std::size_t column : columns) {
    options.included_fields.push_back(static_cast<int>(column));
  }
  return options;
}

/// Bytes come as they are: what they say of each other has to be seen to.
arrow::Result<std::shared_ptr<arrow::RecordBatch>> checked(
    std::shared_ptr<arrow::RecordBatch> batch) {
  if (batch != nullptr) ARROW_RETURN_NOT_OK(batch->ValidateFull());
  return batch;
}

class ArrowFileBatches final : public TableBatches {
 public:
  arrow::Status open(const Input& input, const std::vector<std::size_t>& columns) {
    ARROW_ASSIGN_OR_RAISE(file_,
                          arrow::ipc::RecordBatchFileReader::Open(input, ipc_options(columns)));
    return arrow::Status::OK();
  }
  [[nodiscard]] std::shared_ptr<arrow::Schema> schema() const override { return file_->schema(); }
  arrow::Result<std::shared_ptr<arrow::RecordBatch>> next() override {
    if (at_ == file_->num_record_batches()) return nullptr;
    ARROW_ASSIGN_OR_RAISE(auto batch, file_->ReadRecordBatch(at_++));
    return checked(std::move(batch));
  }

 private:
  std::shared_ptr<arrow::ipc::RecordBatchFileReader> file_;
  int at_ = 0;
};

class ArrowStreamBatches final : public TableBatches {
 public:
  arrow::Status open(const Input& input, const std::vector<std::size_t>& columns) {
    ARROW_ASSIGN_OR_RAISE(batches_,
                          arrow::ipc::RecordBatchStreamReader::Open(input, ipc_options(columns)));
    return arrow::Status::OK();
  }
  [[nodiscard]] std::shared_ptr<arrow::Schema> schema() const override {
    return batches_->schema();
  }
  arrow::Result<std::shared_ptr<arrow::RecordBatch>> next() override {
    std::shared_ptr<arrow::RecordBatch> batch;
    ARROW_RETURN_NOT_OK(batches_->ReadNext(&batch));
    return checked(std::move(batch));
  }

 private:
  std::shared_ptr<arrow::ipc::RecordBatchStreamReader> batches_;
};

Error error_of(const arrow::Status& status, const std::string& path) {
  const Errc code = status.IsIOError() || status.IsOutOfMemory() ? Errc::kIo
                    : status.IsNotImplemented()                  ? Errc::kInvalidArgument
                                                                 : Errc::kCorruption;
  return Error{code, path + ": " + status.message()};
}

template <class Batches>
Result<std::unique_ptr<TableBatches>> open_as(const Input& input, const std::string& path,
                                              const std::vector<std::size_t>& columns) {
  auto batches = std::make_unique<Batches>();
  Status done = guarded(path, Errc::kCorruption, [&]() -> Status {
    const auto opened = batches->open(input, columns);
    return opened.ok() ? Status() : error_of(opened, path);
  });
  if (!done) return done.error();
  return std::unique_ptr<TableBatches>(std::move(batches));
}

/// What stands behind an ArrowArrayStream.
struct TableStream {
  std::unique_ptr<TableBatches> batches;
  std::string failure;

  /// The code of what `give` met, whose text is kept.
  int run(const std::function<arrow::Status()>& give) noexcept try {
    arrow::Status done;
    try {
      done = give();
    } catch (const parquet::ParquetException& error) {
      done = arrow::Status::Invalid(error.what());
    }
    if (done.ok()) return 0;
    failure = done.message();
    if (done.IsOutOfMemory()) return ENOMEM;
    if (done.IsNotImplemented()) return EINVAL;
    return done.IsIOError() ? EIO : EBADMSG;
  } catch (...) {
    return ENOMEM;
  }

  static TableStream& of(ArrowArrayStream* stream) {
    return *static_cast<TableStream*>(stream->private_data);
  }
  static int get_schema(ArrowArrayStream* stream, ArrowSchema* out) {
    return of(stream).run([&] { return arrow::ExportSchema(*of(stream).batches->schema(), out); });
  }
  static int get_next(ArrowArrayStream* stream, ArrowArray* out) {
    *out = {};
    return of(stream).run([&] {
      ARROW_ASSIGN_OR_RAISE(const auto batch, of(stream).batches->next());
      return batch == nullptr ? arrow::Status::OK() : arrow::ExportRecordBatch(*batch, out);
    });
  }
  static const char* get_last_error(ArrowArrayStream* stream) {
    const std::string& text = of(stream).failure;
    return text.empty() ? nullptr : text.c_str();
  }
  static void release(ArrowArrayStream* stream) {
    delete &of(stream);
    stream->release = nullptr;
  }
};

Result<std::unique_ptr<TableBatches>> open_batches(const std::string& path,
                                                   const std::vector<std::size_t>& columns) {
  const auto opened = arrow::io::ReadableFile::Open(path);
  if (!opened.ok()) return Error{Errc::kIo, path + ": " + opened.status().message()};
  const Input& input = *opened;
  std::array<char, 8> bytes{};
  const auto read = input->ReadAt(0, bytes.size(), bytes.data());
  if (!read.ok()) return Error{Errc::kIo, path + ": " + read.status().message()};
  // Reading on goes from a place of its own.
  if (const auto back = input->Seek(0); !back.ok()) return error_of(back, path);
  const std::string_view start(bytes.data(), static_cast<std::size_t>(*read));
  if (start.starts_with("PAR1")) return open_as<ParquetBatches>(input, path, columns);
  if (start.starts_with("ARROW1")) return open_as<ArrowFileBatches>(input, path, columns);
  if (start.starts_with("\xff\xff\xff\xff")) {
    return open_as<ArrowStreamBatches>(input, path, columns);
  }
  const bool old = start.starts_with("FEA1");
  return Error{Errc::kInvalidArgument,
               path + (old ? ": is a Feather file of version 1; write it again with version 2"
                           : ": is neither a Parquet nor an Arrow file that can be read")};
}

}  // namespace
}  // namespace archive

Result<OwnedArrowStream> open_table(const std::string& path,
                                    const std::vector<std::size_t>& columns) {
  auto batches = archive::open_batches(path, columns);
  if (!batches) return batches.error();
  using archive::TableStream;
  auto stream = std::make_unique<TableStream>();
  stream->batches = std::move(*batches);
  ArrowArrayStream raw{TableStream::get_schema, TableStream::get_next, TableStream::get_last_error,
                       TableStream::release, stream.release()};
  return take_arrow_stream(raw);
}

}  // namespace factorwal
