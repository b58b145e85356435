#include <nanobind/stl/string.h>
#include <nanobind/stl/vector.h>

#include <chrono>
#include <thread>
#include <unordered_set>
#include <utility>

#include "base/bind.h"
#include "base/gil.h"
#include "engine/session.h"
#include "tables/table_builder.h"

namespace nb = nanobind;

namespace factorwal::python {
namespace {

/// One tick's values, as a subscriber sees them.
struct Change {
  std::string instrument_id;
  std::uint64_t tick_count = 0;
  std::uint64_t update = 0;
  nb::object values;
};

Table latest(const Session& session) {
  const auto& engine = session.engine();
  feed::TickBatch rows;
  std::vector<double> values;
  {
    WithoutGil released;
    engine.cache().for_each([&](const CachedFactors& found) {
      rows.instruments.push_back(static_cast<std::uint32_t>(rows.ids.size()));
      rows.ids.push_back(engine.instrument_id(found.instrument));
      rows.times_ns.push_back(found.timestamp_ns);
      values.insert(values.end(), found.values.begin(), found.values.end());
    });
  }
  TableBuilder table(engine.factors().names());
  if (rows.size() > 0) table.add(rows, rows.size(), values);
  return table.finish();
}

std::uint64_t update_count(const Session& session) {
  return session.engine().cache().update_count();
}

/// The changes behind `since`, of these instruments or, where none is named, of all; then where to
/// go on, and how many were overwritten before. Waits for `timeout_s` until there is one.
nb::tuple poll(const Session& session, std::uint64_t since,
               const std::vector<const Instrument*>& instruments, double timeout_s) {
  using Clock = std::chrono::steady_clock;
  constexpr auto kRecheck = std::chrono::milliseconds(1);
  const auto& engine = session.engine();
  std::unordered_set<std::uint32_t> wanted;
  for (const auto* const one : instruments) wanted.insert(one->handle.index);
  std::vector<CachedFactors> found;
  FactorCache::PollResult result;
  {
    WithoutGil released;
    const auto& cache = engine.cache();
    const auto end = Clock::now() + std::chrono::duration_cast<Clock::duration>(
                                        std::chrono::duration<double>(timeout_s));
    while (cache.update_count() <= since && Clock::now() < end)
      std::this_thread::sleep_for(kRecheck);
    result = cache.poll(since, [&](const CachedFactors& change) {
      if (wanted.empty() || wanted.contains(change.instrument.index)) found.push_back(change);
    });
  }
  nb::list changes;
  for (const auto& change : found) {
    auto values = std::make_unique<Values>(session.names());
    values->set(change.values, change.timestamp_ns, {});
    changes.append(
        nb::cast(Change{std::string(engine.instrument_id(change.instrument)), change.tick_count,
                        change.update, nb::cast(values.release(), nb::rv_policy::take_ownership)}));
  }
  return nb::make_tuple(changes, result.next, result.missed);
}

TimestampNs timestamp_of(const Change& change) {
  return nb::cast<const Values&>(change.values).timestamp_ns();
}

}  // namespace

void bind_cache(nb::module_& module) {
  nb::class_<Change>(module, "Change",
                     "The factors of one tick of an instrument, as a subscription gives them.")
      .def_ro("instrument_id", &Change::instrument_id)
      .def_prop_ro("timestamp_ns", &timestamp_of, "Of the tick; nanoseconds, UTC.")
      .def_ro("tick_count", &Change::tick_count, "Which tick of its instrument it is, from 1.")
      .def_ro("update", &Change::update, "Which change of the engine's cache it is, from 1.")
      .def_ro("values", &Change::values, nb::sig("def values(self) -> Values"),
              "The values: its own, no later tick changes them.")
      .def(
          "__getitem__", [](const Change& change, nb::handle key) { return change.values[key]; },
          nb::arg("key"), nb::sig("def __getitem__(self, key: str | int) -> float"))
      .def("__repr__", [](const Change& change) {
        return "<factorwal.Change: " + change.instrument_id + ", tick " +
               std::to_string(change.tick_count) + ", " +
               std::string(nb::repr(change.values).c_str()) + ">";
      });
  module.def(
      "report_unraisable",
      [](nb::handle error, nb::handle callback) {
        PyErr_SetObject(error.type().ptr(), error.ptr());
        PyErr_WriteUnraisable(callback.ptr());
      },
      nb::arg("error"), nb::arg("callback"),
      nb::sig("def report_unraisable(error: BaseException, callback: object) -> None"));
  module.def("latest", &latest, nb::arg("engine"));
  module.def("update_count", &update_count, nb::arg("engine"));
  module.def("poll", &poll, nb::arg("engine"), nb::arg("since"), nb::arg("instruments"),
             nb::arg("timeout"),
             nb::sig("def poll(engine: EngineBase, since: int, instruments: list[Instrument], "
                     "timeout: float) -> tuple[list[Change], int, int]"));
}

}  // namespace factorwal::python
