#include <nanobind/stl/optional.h>
#include <nanobind/stl/string.h>
#include <nanobind/stl/string_view.h>
#include <nanobind/stl/vector.h>

#include <chrono>

#include "base/bind.h"
#include "base/errors.h"
#include "base/signals.h"
#include "base/waits.h"
#include "engine/process_many.h"
#include "engine/session.h"
#include "factors/schema.h"

namespace nb = nanobind;

namespace factorwal::python {
namespace {

using std::chrono::nanoseconds;

void wait_durable(Session& session, Ticket ticket, const std::optional<double>& timeout_s) {
  auto& engine = session.engine();
  wait_in_slices(timeout_s, [&](nanoseconds slice) { return engine.wait_durable(ticket, slice); });
}

void flush(Session& session, const std::optional<double>& timeout_s) {
  auto& engine = session.engine();
  wait_in_slices(timeout_s, [&](nanoseconds slice) { return engine.flush(slice); });
}

nb::tuple marks(const Session& session) {
  const auto found = session.engine().marks();
  return nb::make_tuple(found.accepted, found.written, found.durable, found.archived);
}

nb::tuple data_at_risk(const Session& session) {
  const auto found = session.engine().data_at_risk();
  return nb::make_tuple(found.records, found.bytes,
                        std::chrono::duration<double>(found.oldest_age).count());
}

nb::tuple certificate(const Session& session) {
  const auto& found = session.engine().certificate();
  return nb::make_tuple(found.perfect(), found.to_text(), found.to_json());
}

nb::object get_factor(const Session& session, nb::handle instrument, const std::string& factor) {
  const auto value = session.engine().get_factor(session.handle_of(instrument), factor);
  return value ? nb::cast(*value) : nb::none();
}

/// Quality and since when; None where there is no such factor or tick.
nb::object quality(const Session& session, nb::handle instrument, const std::string& factor) {
  session.expect_unclaimed();
  const auto found = session.engine().quality(session.handle_of(instrument), factor);
  if (!found) return nb::none();
  return nb::make_tuple(std::string(to_string(found->quality)), found->since);
}

void restart_instrument(const Session& session, nb::handle instrument) {
  session.expect_unclaimed();
  expect(session.engine().restart_instrument(session.handle_of(instrument)));
}

Ticket advance_time(const Session& session, nb::handle timestamp) {
  session.expect_unclaimed();
  auto& engine = session.engine();
  const auto timestamp_ns = session.read_time(timestamp);
  for (;;) {
    const auto sent = engine.advance_time(timestamp_ns);
    if (sent) return sent.ticket;
    if (sent.status != SendStatus::kFull || !session.waits_for_space()) {
      raise(refusal(engine, sent.status, timestamp_ns));
    }
    wait_for_space();
  }
}

std::vector<std::string> names(const Session& session) {
  return session.engine().factors().names();
}
nb::object fields(const Session& session) {
  if (!session.is_open()) return nb::none();
  return nb::cast(session.engine().factors().schema().names());
}

void make_session(Session* place, std::string directory, std::string factors,
                  const EngineOptions& options,
                  const std::optional<std::vector<std::string>>& fields,
                  std::vector<AbsentOperator> absent, bool keep_absent, const std::string& zone,
                  nb::object tell) {
  std::optional<TickSchema> schema;
  if (fields) schema = expect(schema_of(*fields));
  new (place) Session(std::move(directory), std::move(factors), options, std::move(schema),
                      std::move(absent), keep_absent, zone, std::move(tell));
}

}  // namespace

void bind_engine(nb::module_& module) {
  nb::class_<Instrument>(module, "Instrument", "An instrument of an open engine: for process.")
      .def_ro("id", &Instrument::id)
      .def("__repr__", [](const Instrument& one) { return "Instrument('" + one.id + "')"; });
  nb::class_<Session>(module, "EngineBase", nb::is_weak_referenceable())
      .def("__init__", &make_session, nb::arg("directory"), nb::arg("factors"), nb::arg("options"),
           nb::arg("fields").none(), nb::arg("absent"), nb::arg("keep_absent"), nb::arg("zone"),
           nb::arg("tell").none())
      .def_prop_ro("_here", &Session::is_here)
      .def_prop_ro("closed", &Session::is_closed, "`close` was called.")
      .def("instrument", &Session::instrument, nb::arg("id"),
           "The instrument of an id (1 to 255 bytes of UTF-8), which need not be declared before.")
      .def("process", &Session::process, nb::arg("instrument"), nb::arg("timestamp"),
           nb::arg("values"), nb::arg("position") = nb::none(),
           nb::sig("def process(self, instrument: Instrument | str, timestamp: int | object, "
                   "values: object, position: bytes | None = None) -> Values"),
           "Computes every factor of one tick, logs it, and gives the engine's Values object, "
           "which\n"
           "the next tick overwrites.\n\n"
           "timestamp: nanoseconds since 1970, UTC; or a datetime, numpy.datetime64 or\n"
           "pandas.Timestamp, one without a zone being of the engine's `tz`. values: a tuple, a "
           "list\n"
           "or a buffer of float64, one a field, in the order of `fields`; None and NaN are "
           "missing. position: how far the\n"
           "source has been read, this tick included; commits with it, see `position`.\n\n"
           "Never waits for the disk, only for space in the channel. The tick is in the log once\n"
           "`durable` or `flush` say so; when the process dies before, it is in the channel.")
      .def(
          "_process_many",
          [](Session& session, Source& source, bool resume, bool append, bool collect,
             nb::object tell) {
            return process_many(session, source, {resume, append, collect, std::move(tell)});
          },
          nb::arg("source"), nb::arg("resume"), nb::arg("append"), nb::arg("collect"),
          nb::arg("tell").none())
      .def("wait_durable", &wait_durable, nb::arg("ticket"), nb::arg("timeout") = nb::none(),
           "Waits until that tick, and all before it, survive a power failure. timeout: seconds;\n"
           "Timeout when they do not yet.")
      .def("flush", &flush, nb::arg("timeout") = nb::none(),
           "Makes everything durable that was accepted before. timeout: seconds.")
      .def("checkpoint", &Session::checkpoint,
           "Writes every instrument's state now, and waits until it is durable. Ctrl-C ends the "
           "wait:\n"
           "it is written all the same, and ticks are Busy until then.")
      .def(
          "close", &Session::close,
          "Makes everything durable and marks the directory as closed in order. An engine that is\n"
          "not closed loses nothing, and its next open replays more. Ctrl-C ends the wait: at "
          "most\n"
          "what was accepted is not durable yet, and `close` again waits for the rest.")
      .def("get_factor", &get_factor, nb::arg("instrument"), nb::arg("factor"),
           "The latest value; NaN while missing, None without a tick or such a factor.",
           nb::sig(
               "def get_factor(self, instrument: Instrument | str, factor: str) -> float | None"))
      .def("_quality", &quality, nb::arg("instrument"), nb::arg("factor"),
           nb::sig("def _quality(self, instrument: Instrument | str, factor: str) -> "
                   "tuple[str, int] | None"))
      .def("advance_time", &advance_time, nb::arg("timestamp"),
           nb::sig("def advance_time(self, timestamp: int | object) -> Ticket"),
           "Logs that no tick before that time will come.")
      .def("restart_instrument", &restart_instrument, nb::arg("instrument"),
           nb::sig("def restart_instrument(self, instrument: Instrument | str) -> None"),
           "Forgets everything that the instrument has seen: its next tick is its first.")
      .def(
          "_absent",
          [](const Session& session) {
            if (!session.is_open()) return std::vector<AbsentOperator>{};
            return session.absent();
          },
          "The operators that it goes without.")
      .def("_graph",
           [](const Session& session) { return session.engine().factors().describe_graph(); })
      .def("_marks", &marks, nb::sig("def _marks(self) -> tuple[int, int, int, int]"))
      .def("_data_at_risk", &data_at_risk,
           nb::sig("def _data_at_risk(self) -> tuple[int, int, float]"))
      .def("_certificate", &certificate, nb::sig("def _certificate(self) -> tuple[bool, str, str]"))
      .def_prop_ro("factor_names", &names, "In the order of values.")
      .def_prop_ro("fields", &fields,
                   "The fields of a tick in their order; None until they are known.",
                   nb::sig("def fields(self) -> list[str] | None"))
      .def_prop_ro("directory", &Session::directory)
      .def_prop_ro(
          "position",
          [](const Session& session) {
            return nb::bytes(reinterpret_cast<const char*>(session.position().data()),
                             session.position().size());
          },
          "Of the source, as of the last accepted tick that had one; empty if none.");
}

}  // namespace factorwal::python
