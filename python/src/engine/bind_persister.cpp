#include <nanobind/ndarray.h>
#include <nanobind/stl/map.h>
#include <nanobind/stl/optional.h>
#include <nanobind/stl/string.h>
#include <nanobind/stl/string_view.h>

#include <chrono>

#include "base/aside.h"
#include "base/bind.h"
#include "base/errors.h"
#include "base/gil.h"
#include "base/signals.h"
#include "base/text.h"
#include "base/times.h"
#include "base/waits.h"
#include "engine/persister.h"

namespace nb = nanobind;

namespace factorwal::python {
namespace {

using std::chrono::nanoseconds;
using Doubles = nb::ndarray<const double, nb::ndim<1>, nb::c_contig, nb::device::cpu>;

/// By handle: the GIL is kept, since a send takes less than giving it up.
template <class Send>
Ticket send_by_handle(const Persister& sender, TimestampNs timestamp_ns, Send send) {
  auto& persister = sender.get();
  SendResult result = send(persister);
  while (result.status == SendStatus::kFull && sender.waits_for_space()) {
    wait_for_space();
    result = send(persister);
  }
  if (!result) raise(refusal(persister, result.status, timestamp_ns));
  return result.ticket;
}

/// By name: a thread's first send may wait for the disk.
template <class Send>
Ticket send_by_name(const Persister& sender, Send send) {
  auto& persister = sender.get();
  for (;;) {
    const auto sent = [&]() -> Result<Ticket> {
      WithoutGil released;
      return send(persister);
    }();
    if (sent) return *sent;
    if (sent.error().code != Errc::kFull || !sender.waits_for_space()) raise(sent.error());
    wait_for_space();
  }
}

/// A handle, or nothing for a str.
template <class Named>
const Named* known(nb::handle given, const char* what) {
  Named* found = nullptr;
  if (nb::try_cast(given, found) && found != nullptr) return found;
  if (PyUnicode_Check(given.ptr())) return nullptr;
  raise_type(std::string(what) + ": a str, or what " + what + "() gives, is asked for", given);
}

/// Both handles, of names too where the other one is a handle; or nothing, where both are names.
std::optional<std::pair<InstrumentHandle, FactorHandle>> handles_of(const Persister& sender,
                                                                    nb::handle instrument,
                                                                    nb::handle factor) {
  const auto* const known_instrument = known<Instrument>(instrument, "instrument");
  const auto* const known_factor = known<Factor>(factor, "factor");
  if (known_instrument == nullptr && known_factor == nullptr) return {};
  auto& persister = sender.get();
  return std::pair(
      known_instrument != nullptr ? known_instrument->handle
                                  : expect(persister.instrument(text_of(instrument))),
      known_factor != nullptr ? known_factor->handle : expect(persister.factor(text_of(factor))));
}

Ticket send_update(const Persister& sender, nb::handle instrument, nb::handle factor, double value,
                   nb::handle timestamp) {
  const auto timestamp_ns = read_timestamp(timestamp, nb::none());
  if (const auto handles = handles_of(sender, instrument, factor)) {
    return send_by_handle(sender, timestamp_ns, [&](FactorWalPersister& persister) {
      return persister.send_update(handles->first, handles->second, value, timestamp_ns);
    });
  }
  return send_by_name(sender,
                      [&, id = text_of(instrument), name = text_of(factor)](auto& persister) {
                        return persister.send_update(id, name, value, timestamp_ns);
                      });
}

Ticket send_vector(const Persister& sender, nb::handle instrument, nb::handle factor,
                   const Doubles& values, nb::handle timestamp) {
  const auto timestamp_ns = read_timestamp(timestamp, nb::none());
  const std::span<const double> numbers(values.data(), values.size());
  if (const auto handles = handles_of(sender, instrument, factor)) {
    return send_by_handle(sender, timestamp_ns, [&](FactorWalPersister& persister) {
      return persister.send_vector_update(handles->first, handles->second, numbers, timestamp_ns);
    });
  }
  return send_by_name(sender,
                      [&, id = text_of(instrument), name = text_of(factor)](auto& persister) {
                        return persister.send_vector_update(id, name, numbers, timestamp_ns);
                      });
}

Ticket send_snapshot(const Persister& sender, const std::string& instrument,
                     const FactorValues& factors, std::uint64_t checkpoint_id,
                     nb::handle last_event_time) {
  const auto time =
      last_event_time.is_none() ? kNoTimestamp : read_timestamp(last_event_time, nb::none());
  return send_by_name(sender, [&](FactorWalPersister& persister) {
    return persister.send_snapshot(instrument, factors, checkpoint_id, time);
  });
}

Ticket send_time(const Persister& sender, nb::handle timestamp) {
  const auto timestamp_ns = read_timestamp(timestamp, nb::none());
  return send_by_handle(sender, timestamp_ns, [&](FactorWalPersister& persister) {
    return persister.send_time(timestamp_ns);
  });
}

Ticket send_position(const Persister& sender, const nb::bytes& position) {
  const std::span<const std::byte> bytes(static_cast<const std::byte*>(position.data()),
                                         position.size());
  return send_by_handle(
      sender, 0, [&](FactorWalPersister& persister) { return persister.send_position(bytes); });
}

void wait_durable(const Persister& sender, nb::handle what,
                  const std::optional<double>& timeout_s) {
  auto& persister = sender.get();
  Ticket* ticket = nullptr;
  if (nb::try_cast(what, ticket) && ticket != nullptr) {
    wait_in_slices(timeout_s,
                   [&](nanoseconds slice) { return persister.wait_durable(*ticket, slice); });
    return;
  }
  Sequence sequence = 0;
  if (!nb::try_cast(what, sequence)) {
    raise_type("ticket: a Ticket, or a sequence, is asked for", what);
  }
  wait_in_slices(timeout_s,
                 [&](nanoseconds slice) { return persister.wait_durable(sequence, slice); });
}

void flush(const Persister& sender, const std::optional<double>& timeout_s) {
  auto& persister = sender.get();
  wait_in_slices(timeout_s, [&](nanoseconds slice) { return persister.flush(slice); });
}

void shut_down(const Persister& sender) {
  // A persister of its own alone is shut down: an engine's ends with its engine.
  expect(run_aside([persister = sender.shared()] { return persister->shutdown(); }));
}

nb::tuple health(const Persister& sender) {
  const auto found = sender.get().health();
  const auto age = std::chrono::steady_clock::now() - found.since;
  return nb::make_tuple(std::string(to_string(found.state)), found.reason, found.errno_value,
                        std::chrono::duration<double>(age).count(), found.last_failure);
}

nb::dict stats(const Persister& sender) {
  const auto found = sender.get().stats();
  nb::dict all;
  all["commits"] = found.commits;
  all["syncs"] = found.syncs;
  all["bytes_written"] = found.bytes_written;
  all["waits"] = found.waits;
  all["refusals"] = found.refusals;
  all["outages"] = found.outages;
  return all;
}

nb::tuple marks(const Persister& sender) {
  const auto found = sender.get().marks();
  return nb::make_tuple(found.accepted, found.written, found.durable, found.archived);
}

nb::tuple data_at_risk(const Persister& sender) {
  const auto found = sender.get().data_at_risk();
  return nb::make_tuple(found.records, found.bytes,
                        std::chrono::duration<double>(found.oldest_age).count());
}

}  // namespace

void bind_persister(nb::module_& module) {
  nb::class_<Factor>(module, "Factor", "A factor of an open log: for sends.")
      .def_ro("id", &Factor::id)
      .def("__repr__", [](const Factor& one) { return "Factor('" + one.id + "')"; });
  nb::class_<Persister>(module, "PersisterBase", nb::is_weak_referenceable())
      .def(
          "__init__",
          [](Persister* place, const Wal& wal, const EngineOptions& options) {
            new (place) Persister(wal, options.persist);
          },
          nb::arg("wal"), nb::arg("options"))
      .def(
          "__init__", [](Persister* place, Session& engine) { new (place) Persister(engine); },
          nb::arg("engine"), nb::keep_alive<1, 2>())
      .def_prop_ro("_here", &Persister::is_here)
      .def(
          "instrument",
          [](const Persister& sender, std::string_view id) {
            return Instrument{expect(sender.get().instrument(id)), std::string(id)};
          },
          nb::arg("id"), "The instrument of an id (1 to 255 bytes of UTF-8), for sends by handle.")
      .def(
          "factor",
          [](const Persister& sender, std::string_view id) {
            return Factor{expect(sender.get().factor(id)), std::string(id)};
          },
          nb::arg("id"), "The factor of an id (1 to 255 bytes of UTF-8), for sends by handle.")
      .def("send_update", &send_update, nb::arg("instrument"), nb::arg("factor"), nb::arg("value"),
           nb::arg("timestamp"),
           nb::sig("def send_update(self, instrument: Instrument | str, factor: Factor | str, "
                   "value: float, timestamp: int | object) -> Ticket"),
           "One factor's value. timestamp: nanoseconds, UTC, or a time with a zone. By handles it\n"
           "is quickest.")
      .def("_send_vector", &send_vector, nb::arg("instrument"), nb::arg("factor"),
           nb::arg("values"), nb::arg("timestamp"),
           nb::sig(
               "def _send_vector(self, instrument: Instrument | str, factor: Factor | str, "
               "values: numpy.typing.NDArray[numpy.float64], timestamp: int | object) -> Ticket"))
      .def("_send_snapshot", &send_snapshot, nb::arg("instrument_id"), nb::arg("factors"),
           nb::arg("checkpoint_id"), nb::arg("last_event_time").none(),
           nb::sig("def _send_snapshot(self, instrument_id: str, factors: dict[str, float], "
                   "checkpoint_id: int, last_event_time: int | object | None) -> Ticket"))
      .def("send_time", &send_time, nb::arg("timestamp"),
           nb::sig("def send_time(self, timestamp: int | object) -> Ticket"),
           "Tells the log that no tick before that time will come.")
      .def("send_position", &send_position, nb::arg("position"),
           nb::sig("def send_position(self, position: bytes) -> Ticket"),
           "Tells the log how far a source has been read, apart from any tick. At most 64 KiB.")
      .def("wait_durable", &wait_durable, nb::arg("ticket"), nb::arg("timeout") = nb::none(),
           nb::sig("def wait_durable(self, ticket: Ticket | int, timeout: float | None = None) "
                   "-> None"),
           "Waits until that send (or that sequence), and all before it, survive a power failure.\n"
           "timeout: seconds; Timeout when they do not yet.")
      .def("flush", &flush, nb::arg("timeout") = nb::none(),
           "Makes everything durable that was accepted before. timeout: seconds.")
      .def("shutdown", &shut_down,
           "Ends the persister: everything accepted is written and synced, and later sends are\n"
           "Closed. The log stays open. An engine's ends with its engine: TypeError.")
      .def("_marks", &marks, nb::sig("def _marks(self) -> tuple[int, int, int, int]"))
      .def("_data_at_risk", &data_at_risk,
           nb::sig("def _data_at_risk(self) -> tuple[int, int, float]"))
      .def("_health", &health, nb::sig("def _health(self) -> tuple[str, str, int, float, str]"))
      .def("_stats", &stats, nb::sig("def _stats(self) -> dict[str, int]"))
      .def(
          "check", [](const Persister& sender) { expect(sender.get().status()); },
          "Raises Storage, with the reason, where storage has failed or fails now.")
      .def_prop_ro(
          "power_safe", [](const Persister& sender) { return sender.get().power_safe(); },
          "False with enable_group_commit=False: durable lags behind by sync_interval_ms.")
      .def_prop_ro(
          "channel_fallback",
          [](const Persister& sender) { return sender.get().channel_fallback(); },
          "Not empty when records wait in a file because shared memory was not to be had: why.");
}

}  // namespace factorwal::python
