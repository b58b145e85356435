#pragma once
/// \file
/// The structures of the Arrow C data and stream interfaces, as their specification has them and
/// under its guards, so that this header goes together with Arrow's own; and who releases a stream.

#include <cstdint>
#include <memory>

// NOLINTBEGIN: as the specification has them, for C and C++
#ifdef __cplusplus
extern "C" {
#endif

#ifndef ARROW_C_DATA_INTERFACE
#define ARROW_C_DATA_INTERFACE

#define ARROW_FLAG_DICTIONARY_ORDERED 1
#define ARROW_FLAG_NULLABLE 2
#define ARROW_FLAG_MAP_KEYS_SORTED 4

/// The type of an array.
struct ArrowSchema {
  const char* format;
  const char* name;
  const char* metadata;
  int64_t flags;
  int64_t n_children;
  struct ArrowSchema** children;
  struct ArrowSchema* dictionary;
  void (*release)(struct ArrowSchema*);  ///< null: released already
  void* private_data;
};

/// The values of an array.
struct ArrowArray {
  int64_t length;
  int64_t null_count;
  int64_t offset;
  int64_t n_buffers;
  int64_t n_children;
  const void** buffers;
  struct ArrowArray** children;
  struct ArrowArray* dictionary;
  void (*release)(struct ArrowArray*);  ///< null: released already
  void* private_data;
};

#endif  // ARROW_C_DATA_INTERFACE

#ifndef ARROW_C_STREAM_INTERFACE
#define ARROW_C_STREAM_INTERFACE

/// Arrays of one type, one after another.
struct ArrowArrayStream {
  int (*get_schema)(struct ArrowArrayStream*, struct ArrowSchema* out);
  int (*get_next)(struct ArrowArrayStream*, struct ArrowArray* out);
  const char* (*get_last_error)(struct ArrowArrayStream*);
  void (*release)(struct ArrowArrayStream*);  ///< null: released already
  void* private_data;
};

#endif  // ARROW_C_STREAM_INTERFACE

#ifdef __cplusplus
}
#endif
// NOLINTEND

namespace factorwal {

struct ReleaseArrowStream {
  void operator()(ArrowArrayStream* stream) const noexcept {
    if (stream->release != nullptr) stream->release(stream);
    delete stream;
  }
};
/// Releases its stream, and the structure, which is made by `new`.
using OwnedArrowStream = std::unique_ptr<ArrowArrayStream, ReleaseArrowStream>;

/// Moves a stream, as the specification says: `stream` is released afterwards.
[[nodiscard]] inline OwnedArrowStream take_arrow_stream(ArrowArrayStream& stream) {
  OwnedArrowStream owned(new ArrowArrayStream(stream));
  stream.release = nullptr;
  return owned;
}

}  // namespace factorwal
