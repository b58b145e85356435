#include "tables/batch_arrays.h"

#include <nanobind/ndarray.h>
#include <nanobind/stl/string.h>
#include <nanobind/stl/vector.h>

#include <utility>
#include <vector>

namespace nb = nanobind;

namespace factorwal::python {
namespace {

/// What arrays of these rows keep alive.
template <class Rows>
nb::object owner_of(const std::shared_ptr<const Rows>& rows) {
  using Owner = std::shared_ptr<const Rows>;
  return nb::capsule(new Owner(rows),
                     [](void* kept) noexcept { delete static_cast<Owner*>(kept); });
}

template <class T>
nb::object array_of(const T* data, std::size_t size, const nb::object& owner) {
  return nb::cast(nb::ndarray<nb::numpy, const T, nb::ndim<1>>(data, {size}, owner));
}
template <class T>
nb::object array_of(const std::vector<T>& values, const nb::object& owner) {
  // numpy refuses a null pointer where there is nothing.
  static constexpr T kNone{};
  return array_of(values.empty() ? &kNone : values.data(), values.size(), owner);
}

nb::object ids_of(const std::vector<std::uint32_t>& places, const Dictionary& ids,
                  const nb::object& owner) {
  return nb::make_tuple(array_of(places, owner), ids ? nb::cast(*ids) : nb::object(nb::list()));
}

}  // namespace

nb::dict batch_arrays(const std::shared_ptr<const ColumnBatch>& batch) {
  const nb::object owner = owner_of(batch);
  nb::dict arrays;
  arrays["instrument_id"] = ids_of(batch->instruments, batch->instrument_ids, owner);
  if (batch->data_set == DataSet::kUpdates) {
    arrays["factor_id"] = ids_of(batch->factors, batch->factor_ids, owner);
  }
  arrays["timestamp"] = array_of(batch->timestamps, owner);
  if (batch->has_sequences) arrays["sequence"] = array_of(batch->sequences, owner);
  for (const auto& column : batch->columns) {
    arrays[column.name.c_str()] = array_of(column.values, owner);
  }
  if (batch->data_set == DataSet::kUpdates) arrays["value"] = array_of(batch->values, owner);
  return arrays;
}

nb::dict chunk_arrays(const std::vector<std::string>& columns,
                      const std::shared_ptr<const TableChunk>& chunk) {
  const nb::object owner = owner_of(chunk);
  nb::dict arrays;
  arrays[columns[0].c_str()] =
      nb::make_tuple(array_of(chunk->instruments(), chunk->size(), owner), nb::cast(*chunk->ids()));
  arrays[columns[1].c_str()] = array_of(chunk->times(), chunk->size(), owner);
  for (std::size_t i = 0; i < chunk->width(); ++i) {
    arrays[columns[i + 2].c_str()] = array_of(chunk->values(i), chunk->size(), owner);
  }
  return arrays;
}

}  // namespace factorwal::python
