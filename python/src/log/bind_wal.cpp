#include <nanobind/ndarray.h>
#include <nanobind/stl/map.h>
#include <nanobind/stl/string.h>
#include <nanobind/stl/vector.h>

#include "base/aside.h"
#include "base/bind.h"
#include "base/errors.h"
#include "base/findings.h"
#include "base/gil.h"
#include "base/one_caller.h"
#include "base/times.h"
#include "base/told_progress.h"
#include "engine/persister.h"
#include "factorwal/consumer.h"

namespace nb = nanobind;

namespace factorwal::python {
namespace {

using Doubles = nb::ndarray<const double, nb::ndim<1>, nb::c_contig, nb::device::cpu>;

Sequence append(const Wal& wal, const FactorWalMessage& message) {
  const auto manager = wal.get();
  auto appended = without_gil([&] { return manager->append(message); });
  return expect(std::move(appended));
}

Sequence append_update(const Wal& wal, std::string instrument, std::string factor, double value,
                       nb::handle timestamp) {
  return append(wal, FactorWalMessage::Update{std::move(instrument), std::move(factor), value,
                                              read_timestamp(timestamp, nb::none())});
}
Sequence append_vector(const Wal& wal, std::string instrument, std::string factor,
                       const Doubles& values, nb::handle timestamp) {
  return append(wal, FactorWalMessage::VectorUpdate{
                         std::move(instrument), std::move(factor),
                         std::vector<double>(values.data(), values.data() + values.size()),
                         read_timestamp(timestamp, nb::none())});
}
Sequence append_snapshot(const Wal& wal, std::string instrument, FactorValues factors,
                         std::uint64_t checkpoint_id) {
  return append(
      wal, FactorWalMessage::Snapshot{std::move(instrument), std::move(factors), checkpoint_id});
}

template <class Call>
void call_status(const Wal& wal, Call call) {
  expect(run_aside([manager = wal.get(), call] { return call(*manager); }));
}

/// For the waits that the log's commits cost.
template <class Call>
Sequence ask(const Wal& wal, Call call) {
  return run_aside([manager = wal.get(), call] { return call(*manager); });
}

class Consumer {
 public:
  explicit Consumer(const Wal& wal) : directory_(wal.get()->directory()) { reset(); }
  explicit Consumer(std::string directory) : directory_(std::move(directory)) { reset(); }

  void recover(nb::object tell) {
    const OneCaller::Turn turn(caller_);
    auto fresh = std::make_shared<FactorWalConsumer>(directory_);
    const auto done = run_told(std::move(tell), [fresh](Progress& progress) {
      return fresh->recover(replay_into(progress));
    });
    consumer_ = std::move(fresh);
    if (done) return;
    auto exception = make_exception(done.error());
    if (done.error().code == Errc::kCorruption) {
      exception.attr("findings") = list_findings(consumer_->findings());
    }
    raise(exception);
  }
  [[nodiscard]] const FactorWalConsumer& get() {
    const OneCaller::Turn turn(caller_);
    return *consumer_;
  }

 private:
  void reset() { consumer_ = std::make_shared<FactorWalConsumer>(directory_); }

  OneCaller caller_;
  std::string directory_;
  std::shared_ptr<FactorWalConsumer> consumer_;
};

nb::dict dict_of(const FactorValues& factors) {
  nb::dict all;
  for (const auto& [id, value] : factors) all[id.c_str()] = value;
  return all;
}

nb::dict all_factors(Consumer& consumer) {
  nb::dict all;
  for (const auto& [id, factors] : consumer.get().get_recovered_factors()) {
    all[id.c_str()] = dict_of(factors);
  }
  return all;
}

nb::object factors_of(Consumer& consumer, const std::string& instrument) {
  const auto* const found = consumer.get().get_instrument_factors(instrument);
  return found == nullptr ? nb::none() : nb::object(dict_of(*found));
}

nb::object vectors_of(Consumer& consumer, const std::string& instrument) {
  const auto* const found = consumer.get().get_instrument_vectors(instrument);
  if (found == nullptr) return nb::none();
  const auto array = nb::module_::import_("numpy").attr("array");
  nb::dict all;
  for (const auto& [id, values] : *found) all[id.c_str()] = array(nb::cast(values), "float64");
  return all;
}

}  // namespace

void bind_wal(nb::module_& module) {
  nb::class_<Wal>(module, "WalBase", nb::is_weak_referenceable())
      .def(
          "__init__",
          [](Wal* place, const std::string& directory, const EngineOptions& options) {
            new (place) Wal(directory, options.log);
          },
          nb::arg("directory"), nb::arg("options"))
      .def_prop_ro("_here", &Wal::is_here)
      .def("_append_update", &append_update, nb::arg("instrument_id"), nb::arg("factor_id"),
           nb::arg("value"), nb::arg("timestamp"))
      .def("_append_vector", &append_vector, nb::arg("instrument_id"), nb::arg("factor_id"),
           nb::arg("values"), nb::arg("timestamp"),
           nb::sig("def _append_vector(self, instrument_id: str, factor_id: str, values: "
                   "numpy.typing.NDArray[numpy.float64], timestamp: object) -> int"))
      .def("_append_snapshot", &append_snapshot, nb::arg("instrument_id"), nb::arg("factors"),
           nb::arg("checkpoint_id"))
      .def(
          "flush_group_commit",
          [](const Wal& wal) {
            call_status(wal, [](WalManager& log) { return log.flush_group_commit(); });
          },
          "One write and one fdatasync: everything appended is durable when it returns. Ctrl-C "
          "ends\n"
          "the wait; both are done all the same.")
      .def(
          "close",
          [](const Wal& wal) { call_status(wal, [](WalManager& log) { return log.close(); }); },
          "Flushes, and marks the directory as closed in order. A persister that is alive is shut\n"
          "down first. Ctrl-C ends the wait; it is closed all the same, and `close` again waits.")
      .def_prop_ro(
          "written_sequence",
          [](const Wal& wal) {
            return ask(wal, [](WalManager& log) { return log.written_sequence(); });
          },
          "With the operating system. Waits for a commit that is in progress.")
      .def_prop_ro(
          "durable_sequence",
          [](const Wal& wal) {
            return ask(wal, [](WalManager& log) { return log.durable_sequence(); });
          },
          "On the device. Waits for a commit that is in progress.")
      .def_prop_ro("directory", [](const Wal& wal) { return wal.directory(); })
      .def(
          "_recovery",
          [](const Wal& wal) {
            const auto& found = wal.get()->recovery();
            nb::dict all;
            all["decision"] = std::string(to_string(found.decision));
            all["created"] = found.created;
            all["clean"] = found.clean;
            all["last_sequence"] = found.last_sequence;
            all["rewritten_first"] = found.rewritten_first;
            all["rewritten_last"] = found.rewritten_last;
            all["epoch"] = found.epoch;
            all["findings"] = list_findings(found.findings);
            return all;
          },
          nb::sig("def _recovery(self) -> dict[str, typing.Any]"));
  nb::class_<Consumer>(module, "ConsumerBase")
      .def(nb::init<const Wal&>(), nb::arg("wal"))
      .def(nb::init<std::string>(), nb::arg("directory"))
      .def("_recover", &Consumer::recover, nb::arg("tell").none())
      .def("get_recovered_factors", &all_factors,
           nb::sig("def get_recovered_factors(self) -> dict[str, dict[str, float]]"),
           "The last values, by instrument, by factor.")
      .def("get_instrument_factors", &factors_of, nb::arg("instrument_id"),
           nb::sig("def get_instrument_factors(self, instrument_id: str) -> "
                   "dict[str, float] | None"),
           "By factor; None when the log knows no such instrument.")
      .def("get_instrument_vectors", &vectors_of, nb::arg("instrument_id"),
           nb::sig("def get_instrument_vectors(self, instrument_id: str) -> "
                   "dict[str, numpy.typing.NDArray[numpy.float64]] | None"),
           "The last vectors, by factor; None when there are none.")
      .def_prop_ro(
          "last_timestamp",
          [](Consumer& consumer) {
            const auto time = consumer.get().last_timestamp();
            return time == kNoTimestamp ? nb::none() : nb::object(nb::int_(time));
          },
          nb::sig("def last_timestamp(self) -> int | None"),
          "The greatest event time, nanoseconds, UTC; None when there are none.")
      .def_prop_ro("last_sequence",
                   [](Consumer& consumer) { return consumer.get().last_sequence(); })
      .def_prop_ro(
          "findings", [](Consumer& consumer) { return list_findings(consumer.get().findings()); },
          nb::sig("def findings(self) -> list[dict[str, typing.Any]]"),
          "What is damaged, as far as it was read.");
}

}  // namespace factorwal::python
