#include <nanobind/stl/optional.h>
#include <nanobind/stl/string.h>
#include <nanobind/stl/vector.h>

#include <utility>

#include "archive/bind.h"
#include "base/errors.h"
#include "base/gil.h"
#include "factorwal/full_history.h"
#include "log/history_pass.h"

namespace nb = nanobind;

namespace factorwal::python {
namespace {

void make_pass(HistoryPass* place, const std::string& directory, const std::string& data_set,
               std::vector<std::string> instruments, std::optional<std::vector<std::string>> inputs,
               std::optional<std::vector<std::string>> factors, std::optional<TimestampNs> start,
               std::optional<TimestampNs> end, bool sequences, std::size_t batch_rows,
               const std::string& archive, const std::string& scratch) {
  const auto query = make_query(data_set, std::move(instruments), std::move(inputs),
                                std::move(factors), start, end, sequences, batch_rows);
  FullHistoryOptions options;
  options.archive_directory = archive;
  options.memory.scratch_directory = scratch;
  auto history = without_gil([&] { return FullHistory::open(directory, query, options); });
  new (place) HistoryPass(std::make_unique<FullHistory>(expect(std::move(history))));
}

}  // namespace

void bind_full_history(nb::module_& module) {
  bind_history_pass(module, &make_pass, nb::arg("archive"), nb::arg("scratch"));
}

}  // namespace factorwal::python
