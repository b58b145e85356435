#include <nanobind/stl/optional.h>
#include <nanobind/stl/string.h>
#include <nanobind/stl/vector.h>

#include <utility>

#include "base/bind.h"
#include "base/errors.h"
#include "base/gil.h"
#include "log/history_pass.h"

namespace nb = nanobind;

namespace factorwal::python {
namespace {

void make_pass(HistoryPass* place, const std::string& directory, const std::string& data_set,
               std::vector<std::string> instruments, std::optional<std::vector<std::string>> inputs,
               std::optional<std::vector<std::string>> factors, std::optional<TimestampNs> start,
               std::optional<TimestampNs> end, bool sequences, std::size_t batch_rows) {
  const auto query = make_query(data_set, std::move(instruments), std::move(inputs),
                                std::move(factors), start, end, sequences, batch_rows);
  auto history = without_gil([&] { return History::open(directory, query); });
  new (place) HistoryPass(std::make_unique<History>(expect(std::move(history))));
}

}  // namespace

void bind_history(nb::module_& module) { bind_history_pass(module, &make_pass); }

}  // namespace factorwal::python
