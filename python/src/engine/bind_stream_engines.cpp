#include <nanobind/stl/optional.h>
#include <nanobind/stl/string.h>
#include <nanobind/stl/vector.h>

#include <memory>
#include <utility>

#include "base/bind.h"
#include "base/doubles.h"
#include "base/errors.h"
#include "base/gil.h"
#include "base/one_caller.h"
#include "base/signals.h"
#include "base/times.h"
#include "base/told_progress.h"
#include "engine/persister.h"
#include "engine/values.h"
#include "factors/operator_object.h"
#include "factors/schema.h"
#include "factorwal/stream_factor_engine.h"
#include "factorwal/wal_stream_factor_engine.h"

namespace nb = nanobind;

namespace factorwal::python {
namespace {

using Names = std::vector<std::string>;

/// The Values of an engine whose factors may grow until its first tick.
class ValuesSlot {
 public:
  nb::object set(const Names& names, std::span<const double> values, TimestampNs timestamp_ns,
                 Ticket ticket) {
    if (!values_ || values_->names().names.size() != names.size()) {
      auto shared = std::make_shared<FactorNames>();
      shared->names = names;
      for (std::size_t i = 0; i < names.size(); ++i) shared->places[names[i].c_str()] = i;
      auto made = std::make_unique<Values>(std::move(shared));
      values_ = made.get();
      object_ = nb::cast(made.release(), nb::rv_policy::take_ownership);
    }
    values_->set(values, timestamp_ns, ticket);
    return object_;
  }

 private:
  Values* values_ = nullptr;  // in object_
  nb::object object_;
};

class Stream {
 public:
  explicit Stream(const Names& fields) : engine_(expect(schema_of(fields))) {}

  void add(const Names& ids, const OperatorObject& op, const Names& inputs) {
    auto fresh = op.get().clone_fresh();
    expect(ids.size() == 1 ? engine_.register_factor(ids.front(), std::move(fresh), inputs)
                           : engine_.register_factors(ids, std::move(fresh), inputs));
  }
  nb::object process_tick(nb::handle values) {
    auto fields = std::exchange(fields_, {});
    read_doubles(values, engine_.schema(), fields);
    fields_ = std::move(fields);
    return slot_.set(engine_.names(), engine_.process_tick({{}, 0, fields_}), 0, {});
  }
  nb::bytes save() {
    std::vector<std::byte> bytes;
    engine_.save_state(bytes);
    return nb::bytes(reinterpret_cast<const char*>(bytes.data()), bytes.size());
  }
  nb::tuple load(const nb::bytes& state) {
    const auto report =
        expect(engine_.load_state({static_cast<const std::byte*>(state.data()), state.size()}));
    return nb::make_tuple(report.loaded, report.cold, report.unused);
  }
  [[nodiscard]] StreamFactorEngine& get() noexcept { return engine_; }

 private:
  StreamFactorEngine engine_;
  std::vector<double> fields_;
  ValuesSlot slot_;
};

class WalStream {
 public:
  WalStream(const std::string& instrument, const Persister& persister, bool auto_persist,
            const Names& fields)
      : waits_for_space_(persister.waits_for_space()),
        schema_(expect(schema_of(fields))),
        persister_(persister.shared()),
        engine_(
            expect(WalStreamFactorEngine::make(instrument, persister_, auto_persist, schema_))) {}

  void add(const Names& ids, const OperatorObject& op, const Names& inputs) {
    auto fresh = op.get().clone_fresh();
    const OneCaller::Turn turn(caller_);
    expect(ids.size() == 1 ? get().register_factor(ids.front(), std::move(fresh), inputs)
                           : get().register_factors(ids, std::move(fresh), inputs));
  }
  nb::object process_tick(nb::handle timestamp, nb::handle values) {
    auto& engine = get();
    const auto timestamp_ns = read_timestamp(timestamp, nb::none());
    auto fields = std::exchange(fields_, {});
    read_doubles(values, schema_, fields);
    const OneCaller::Turn turn(caller_);
    auto result = engine.process_tick({{}, timestamp_ns, fields});
    while (result.status == SendStatus::kFull && waits_for_space_) {
      wait_for_space();
      result = engine.process_tick({{}, timestamp_ns, fields});
    }
    fields_ = std::move(fields);
    if (!result) raise(refusal(*persister_, result.status, timestamp_ns));
    return slot_.set(engine.names(), result.values, timestamp_ns, result.ticket);
  }
  Ticket snapshot(std::uint64_t checkpoint_id) {
    auto& engine = get();
    const OneCaller::Turn turn(caller_);
    for (;;) {
      const auto sent =
          without_gil([&] { return engine.create_and_persist_snapshot(checkpoint_id); });
      if (sent) return *sent;
      if (sent.error().code != Errc::kFull || !waits_for_space_) raise(sent.error());
      wait_for_space();
    }
  }
  /// Raises Forked.
  [[nodiscard]] WalStreamFactorEngine& get() {
    made_.expect("the factor engine");
    return engine_;
  }
  [[nodiscard]] OneCaller& caller() noexcept { return caller_; }

 private:
  MadeHere made_;
  OneCaller caller_;
  bool waits_for_space_;
  TickSchema schema_;
  std::shared_ptr<FactorWalPersister> persister_;
  WalStreamFactorEngine engine_;
  std::vector<double> fields_;
  ValuesSlot slot_;
};

void recover_all(const std::vector<WalStream*>& streams, const nb::object& tell) {
  std::vector<WalStreamFactorEngine*> engines;
  std::vector<std::unique_ptr<OneCaller::Turn>> turns;
  for (auto* const stream : streams) {
    engines.push_back(&stream->get());
    turns.push_back(std::make_unique<OneCaller::Turn>(stream->caller()));
  }
  expect(run_watched(tell, "replay", [&](const TellLogProgress& progress) {
    return WalStreamFactorEngine::recover(engines, progress);
  }));
}

}  // namespace

void bind_stream_engines(nb::module_& module) {
  nb::class_<Stream>(module, "StreamFactorEngineBase")
      .def(nb::init<const Names&>(), nb::arg("fields"))
      .def("_register", &Stream::add, nb::arg("factor_ids"), nb::arg("operator"), nb::arg("inputs"))
      .def("process_tick", &Stream::process_tick, nb::arg("values"),
           nb::sig("def process_tick(self, values: object) -> Values"),
           "One tick: a tuple, a list or a buffer of float64, one a field. Gives the engine's\n"
           "Values object, which the next tick overwrites.")
      .def(
          "get_factor",
          [](Stream& stream, const std::string& id) { return stream.get().get_factor(id); },
          nb::arg("factor_id"),
          "The value after the last tick, NaN while missing; None without a tick or such a factor.")
      .def(
          "get_all_factors",
          [](Stream& stream) {
            nb::dict all;
            for (const auto& [id, value] : stream.get().get_all_factors()) all[id.c_str()] = value;
            return all;
          },
          nb::sig("def get_all_factors(self) -> dict[str, float]"),
          "In order of registration; empty before the first tick.")
      .def("save_state", &Stream::save, nb::sig("def save_state(self) -> bytes"),
           "The operators' state, for load_state.")
      .def("load_state", &Stream::load, nb::arg("state"),
           nb::sig("def load_state(self, state: bytes) -> tuple[int, int, int]"),
           "Takes over what save_state gave; how many states were loaded, start fresh, and were\n"
           "not asked for. Corruption, and nothing is changed.")
      .def(
          "restart", [](Stream& stream) { stream.get().restart(); }, "As if no tick had come.")
      .def_prop_ro("names", [](Stream& stream) { return stream.get().names(); })
      .def_prop_ro("fields", [](Stream& stream) { return stream.get().schema().names(); });
  nb::class_<WalStream>(module, "WalStreamFactorEngineBase")
      .def(nb::init<const std::string&, const Persister&, bool, const Names&>(),
           nb::arg("instrument_id"), nb::arg("persister"), nb::arg("auto_persist"),
           nb::arg("fields"))
      .def("_register", &WalStream::add, nb::arg("factor_ids"), nb::arg("operator"),
           nb::arg("inputs"))
      .def("process_tick", &WalStream::process_tick, nb::arg("timestamp"), nb::arg("values"),
           nb::sig("def process_tick(self, timestamp: int | object, values: object) -> Values"),
           "Computes and, with auto_persist, logs. timestamp: nanoseconds, UTC, or a time with a\n"
           "zone. values: a tuple, a list or a buffer of float64, one a field. Gives the engine's\n"
           "Values object, which the next tick overwrites. A refused tick changes nothing.")
      .def(
          "get_factor",
          [](WalStream& stream, const std::string& id) { return stream.get().get_factor(id); },
          nb::arg("factor_id"),
          "The value after the last tick, NaN while missing; None without a tick or such a factor.")
      .def("create_and_persist_snapshot", &WalStream::snapshot, nb::arg("checkpoint_id"),
           "Sends all current values as a snapshot, and the operators' state after it.")
      .def_prop_ro("names", [](WalStream& stream) { return stream.get().names(); })
      .def_prop_ro("instrument_id", [](WalStream& stream) { return stream.get().instrument_id(); });
  module.def("recover_all", &recover_all, nb::arg("engines"), nb::arg("tell").none());
}

}  // namespace factorwal::python
