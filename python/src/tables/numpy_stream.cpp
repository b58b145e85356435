#include "tables/numpy_stream.h"

#include <nanobind/stl/string.h>

#include <deque>
#include <string>
#include <vector>

#include "base/gil.h"
#include "tables/arrow_capsules.h"

namespace nb = nanobind;

namespace factorwal::python {
namespace {

struct Column {
  std::string name;
  std::string format;
  std::vector<Py_buffer> views;
  std::vector<const void*> buffers{nullptr};  // no validity bitmap
  ArrowSchema schema{};
  ArrowArray array{};
};

/// What schema and array of the table point to: each of the two keeps it alive.
struct Columns {
  std::deque<Column> all;
  std::vector<ArrowSchema*> schemas;
  std::vector<ArrowArray*> arrays;
  const void* no_bitmap = nullptr;

  Columns() = default;
  Columns(const Columns&) = delete;
  Columns& operator=(const Columns&) = delete;
  ~Columns() {
    WithGil held;
    for (auto& column : all) {
      for (auto& view : column.views) PyBuffer_Release(&view);
    }
  }
};
using Owner = std::shared_ptr<Columns>;

template <class Struct>
void release_child(Struct* child) {
  child->release = nullptr;
}
template <class Struct>
void release_parent(Struct* parent) {
  for (std::int64_t i = 0; i < parent->n_children; ++i) {
    auto* const child = parent->children[i];
    if (child->release != nullptr) child->release(child);
  }
  parent->release = nullptr;
  delete static_cast<Owner*>(parent->private_data);
}

void add_column(Columns& columns, nb::handle tuple, std::int64_t length) {
  auto& column = columns.all.emplace_back();
  column.name = nb::cast<std::string>(tuple[0]);
  column.format = nb::cast<std::string>(tuple[1]);
  for (nb::handle array : nb::borrow<nb::tuple>(tuple[2])) {
    Py_buffer view{};
    if (PyObject_GetBuffer(array.ptr(), &view, PyBUF_C_CONTIGUOUS) != 0) throw nb::python_error();
    column.views.push_back(view);
    column.buffers.push_back(view.buf);
  }
  column.schema.format = column.format.c_str();
  column.schema.name = column.name.c_str();
  column.schema.release = release_child<ArrowSchema>;
  column.array.length = length;
  column.array.n_buffers = static_cast<std::int64_t>(column.buffers.size());
  column.array.buffers = column.buffers.data();
  column.array.release = release_child<ArrowArray>;
  columns.schemas.push_back(&column.schema);
  columns.arrays.push_back(&column.array);
}

}  // namespace

OwnedArrowStream stream_of_columns(const nb::list& columns, std::int64_t length) {
  const auto owner = std::make_shared<Columns>();
  for (nb::handle column : columns) add_column(*owner, column, length);
  const auto count = static_cast<std::int64_t>(owner->all.size());
  ArrowSchema schema{};
  schema.format = "+s";
  schema.name = "";
  schema.n_children = count;
  schema.children = owner->schemas.data();
  schema.release = release_parent<ArrowSchema>;
  schema.private_data = new Owner(owner);
  ArrowArray array{};
  array.length = length;
  array.n_buffers = 1;
  array.buffers = &owner->no_bitmap;
  array.n_children = count;
  array.children = owner->arrays.data();
  array.release = release_parent<ArrowArray>;
  array.private_data = new Owner(owner);
  return stream_of(schema, array);
}

}  // namespace factorwal::python
