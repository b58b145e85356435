#pragma once
/// One pass over rows of history, whether of a log or of an archive and a log.

#include <nanobind/nanobind.h>

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/read_aside.h"
#include "factorwal/batch_stream.h"
#include "factorwal/history.h"

namespace factorwal::python {

class HistoryPass {
 public:
  explicit HistoryPass(std::unique_ptr<BatchStream> rows);

  /// The next batch as arrays; None at the end. A signal that ends it ends the pass.
  [[nodiscard]] nanobind::object next();
  [[nodiscard]] nanobind::dict no_rows() const;
  /// Raises Corruption, with the findings, where something durable is damaged; for the end.
  void check() const;
  /// The rows as an Arrow stream in a capsule; the pass is over then.
  [[nodiscard]] nanobind::object capsule();

 private:
  using Rows = std::unique_ptr<BatchStream>;
  /// Raises Closed where the pass is over.
  [[nodiscard]] BatchStream& rows() const;

  /// What a read gave.
  struct Read {
    ReadResult found;
    std::shared_ptr<ColumnBatch> batch;
    [[nodiscard]] bool goes_on() const noexcept { return static_cast<bool>(found); }
  };

  std::shared_ptr<Rows> rows_;  // also of what is read aside; null: the pass is over
  ReadAside<Read> reads_;
};

/// The query that the arguments of History._open say. ValueError.
[[nodiscard]] HistoryQuery make_query(const std::string& data_set,
                                      std::vector<std::string> instruments,
                                      std::optional<std::vector<std::string>> inputs,
                                      std::optional<std::vector<std::string>> factors,
                                      std::optional<TimestampNs> start,
                                      std::optional<TimestampNs> end, bool sequences,
                                      std::size_t batch_rows);

/// The methods, and `init`: (place, directory, arguments of make_query..., `more`...).
template <class Init, class... More>
void bind_history_pass(nanobind::module_& module, Init init, const More&... more) {
  namespace nb = nanobind;
  nb::class_<HistoryPass>(module, "HistoryPass")
      .def("__init__", init, nb::arg("directory"), nb::arg("data_set"), nb::arg("instruments"),
           nb::arg("inputs").none(), nb::arg("factors").none(), nb::arg("start").none(),
           nb::arg("end").none(), nb::arg("sequences"), nb::arg("batch_rows"), more...)
      .def("next", &HistoryPass::next, nb::sig("def next(self) -> dict[str, typing.Any] | None"))
      .def("no_rows", &HistoryPass::no_rows, nb::sig("def no_rows(self) -> dict[str, typing.Any]"))
      .def("check", &HistoryPass::check)
      .def("capsule", &HistoryPass::capsule);
}

}  // namespace factorwal::python
