#pragma once
/// \file
/// Record batches of an Arrow stream, one after another.

#include <atomic>
#include <cstdint>
#include <memory>
#include <string>

#include "factorwal/arrow_c.h"
#include "factorwal/result.h"

namespace factorwal::feed {

struct ReleaseArrowArray {
  void operator()(ArrowArray* array) const noexcept {
    if (array->release != nullptr) array->release(array);
    delete array;
  }
};
using OwnedArrowArray = std::unique_ptr<ArrowArray, ReleaseArrowArray>;

struct ReleaseArrowSchema {
  void operator()(ArrowSchema* schema) const noexcept {
    if (schema->release != nullptr) schema->release(schema);
    delete schema;
  }
};
using OwnedArrowSchema = std::unique_ptr<ArrowSchema, ReleaseArrowSchema>;

class ArrowBatches {
 public:
  /// `name`: how messages call the stream. `stop`: as FeedOptions::stop.
  ArrowBatches(OwnedArrowStream stream, std::string name, const std::atomic<bool>* stop)
      : stream_(std::move(stream)), name_(std::move(name)), stop_(stop) {}

  /// That of the rows: a struct with a child for each column.
  Result<OwnedArrowSchema> schema();
  /// The next that has rows; null at the end.
  Result<OwnedArrowArray> next(std::int64_t column_count);

 private:
  [[nodiscard]] Error failure(int code, const char* what);

  OwnedArrowStream stream_;
  std::string name_;
  const std::atomic<bool>* stop_;
  bool ended_ = false;
};

}  // namespace factorwal::feed
