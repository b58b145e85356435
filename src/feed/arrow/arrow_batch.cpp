#include "feed/arrow/arrow_batch.h"

#include <cerrno>
#include <string_view>
#include <system_error>

namespace factorwal::feed {

Error ArrowBatches::failure(int code, const char* what) {
  const char* const told = stream_->get_last_error(stream_.get());
  std::string text = name_ + ": " + what + ": ";
  text += told != nullptr ? told : std::generic_category().message(code);
  const Errc kind = code == EINVAL    ? Errc::kInvalidArgument
                    : code == EBADMSG ? Errc::kCorruption
                                      : Errc::kIo;
  return Error{kind, std::move(text), code};
}

Result<OwnedArrowSchema> ArrowBatches::schema() {
  OwnedArrowSchema schema(new ArrowSchema{});
  if (stream_ == nullptr || stream_->release == nullptr) {
    return Error{Errc::kInvalidArgument, name_ + ": the stream was released before"};
  }
  if (const int code = stream_->get_schema(stream_.get(), schema.get()); code != 0) {
    return failure(code, "cannot read its columns");
  }
  if (schema->format == nullptr || std::string_view(schema->format) != "+s") {
    return Error{Errc::kInvalidArgument,
                 name_ + ": is no table: a stream of record batches is needed, not one of values"};
  }
  return schema;
}

Result<OwnedArrowArray> ArrowBatches::next(std::int64_t column_count) {
  while (!ended_) {
    if (stop_ != nullptr && stop_->load(std::memory_order_relaxed)) {
      return Error{Errc::kClosed, name_ + ": stopped"};
    }
    OwnedArrowArray batch(new ArrowArray{});
    if (const int code = stream_->get_next(stream_.get(), batch.get()); code != 0) {
      return failure(code, "cannot be read further");
    }
    if (batch->release == nullptr) break;
    if (batch->n_children != column_count) {
      return Error{Errc::kCorruption, name_ + ": a batch has " + std::to_string(batch->n_children) +
                                          " columns, not " + std::to_string(column_count)};
    }
    if (batch->length > 0) return batch;
  }
  ended_ = true;
  return OwnedArrowArray();
}

}  // namespace factorwal::feed
