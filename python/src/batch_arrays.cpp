#include "batch_arrays.h"

#include <nanobind/ndarray.h>
#include <nanobind/stl/string.h>
#include <nanobind/stl/vector.h>

#include <utility>
#include <vector>

namespace nb = nanobind;

namespace factorwal::python {
namespace {

using Owner = std::shared_ptr<const ColumnBatch>;

template <class T>
nb::object array_of(const std::vector<T>& values, const nb::object& owner) {
  // numpy refuses a null pointer where there is nothing.
  static constexpr T kNone{};
  const T* const data = values.empty() ? &kNone : values.data();
  return nb::cast(nb::ndarray<nb::numpy, const T, nb::ndim<1>>(data, {values.size()}, owner));
}

nb::object ids_of(const std::vector<std::uint32_t>& places, const Dictionary& ids,
                  const nb::object& owner) {
  return nb::make_tuple(array_of(places, owner), ids ? nb::cast(*ids) : nb::object(nb::list()));
}

}  // namespace

nb::dict batch_arrays(const std::shared_ptr<const ColumnBatch>& batch) {
  const nb::object owner =
      nb::capsule(new Owner(batch), [](void* kept) noexcept { delete static_cast<Owner*>(kept); });
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

}  // namespace factorwal::python
