#include "tables/arrow_capsules.h"

#include <cerrno>
#include <utility>

namespace nb = nanobind;

namespace factorwal::python {
namespace {

constexpr const char* kStream = "arrow_array_stream";

template <class T>
T& content(nb::handle capsule, const char* name) {
  auto* const found = static_cast<T*>(PyCapsule_GetPointer(capsule.ptr(), name));
  if (found == nullptr) throw nb::python_error();
  if (found->release == nullptr) throw nb::value_error("the Arrow capsule was taken already");
  return *found;
}

/// One array and its type. The type is given once: feeds and readers ask for it once.
struct OneArray {
  ArrowSchema schema{};
  ArrowArray array{};
  ~OneArray() {
    if (schema.release != nullptr) schema.release(&schema);
    if (array.release != nullptr) array.release(&array);
  }
};

int give_schema(ArrowArrayStream* stream, ArrowSchema* out) {
  auto& one = *static_cast<OneArray*>(stream->private_data);
  if (one.schema.release == nullptr) return EINVAL;
  *out = std::exchange(one.schema, ArrowSchema{});
  return 0;
}
int give_array(ArrowArrayStream* stream, ArrowArray* out) {
  *out = std::exchange(static_cast<OneArray*>(stream->private_data)->array, ArrowArray{});
  return 0;
}
const char* give_error(ArrowArrayStream* /*stream*/) {
  return "the type of this stream was asked for twice";
}
void release_one(ArrowArrayStream* stream) {
  delete static_cast<OneArray*>(stream->private_data);
  stream->release = nullptr;
}

void drop_capsule(PyObject* capsule) {
  auto* const stream = static_cast<ArrowArrayStream*>(PyCapsule_GetPointer(capsule, kStream));
  ReleaseArrowStream{}(stream);
}

}  // namespace

OwnedArrowStream take_stream(nb::handle capsule) {
  return take_arrow_stream(content<ArrowArrayStream>(capsule, kStream));
}

OwnedArrowStream take_array(nb::handle schema, nb::handle array) {
  return stream_of(content<ArrowSchema>(schema, "arrow_schema"),
                   content<ArrowArray>(array, "arrow_array"));
}

OwnedArrowStream stream_of(ArrowSchema& schema, ArrowArray& array) {
  auto one = std::make_unique<OneArray>();
  one->schema = std::exchange(schema, ArrowSchema{});
  one->array = std::exchange(array, ArrowArray{});
  return OwnedArrowStream(
      new ArrowArrayStream{give_schema, give_array, give_error, release_one, one.release()});
}

nb::object make_capsule(OwnedArrowStream stream) {
  PyObject* const capsule = PyCapsule_New(stream.get(), kStream, drop_capsule);
  if (capsule == nullptr) throw nb::python_error();
  (void)stream.release();
  return nb::steal(capsule);
}

}  // namespace factorwal::python
