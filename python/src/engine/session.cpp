#include "engine/session.h"

#include <nanobind/stl/string.h>

#include <algorithm>
#include <chrono>
#include <utility>

#include "base/aside.h"
#include "base/doubles.h"
#include "base/errors.h"
#include "base/gil.h"
#include "base/signals.h"
#include "base/text.h"
#include "base/times.h"
#include "base/told_progress.h"
#include "engine/persister.h"
#include "factors/schema.h"

namespace nb = nanobind;

namespace factorwal::python {
namespace {

std::shared_ptr<const FactorNames> names_of(const FactorSet& factors) {
  auto names = std::make_shared<FactorNames>();
  names->names = factors.names();
  for (std::size_t i = 0; i < names->names.size(); ++i) {
    names->places[names->names[i].c_str()] = i;
  }
  return names;
}

}  // namespace

Error refusal(const Engine& engine, SendStatus status, TimestampNs timestamp_ns) {
  return refusal(const_cast<Engine&>(engine).persister(), status, timestamp_ns);
}

Session::Session(std::string directory, std::string factors, EngineOptions options,
                 std::optional<TickSchema> fields, std::vector<AbsentOperator> absent,
                 bool keep_absent, const std::string& zone, nb::object tell)
    : directory_(std::move(directory)),
      factors_(std::move(factors)),
      options_(options),
      zone_(zone.empty() ? nb::none() : nb::object(nb::str(zone.c_str()))),
      factor_options_(own_functions()),
      absent_(std::move(absent)),
      keep_absent_(keep_absent) {
  for (const auto& one : absent_) factor_options_.functions.push_back(stand_in(one));
  waits_for_space_ = take_over_wait(options_.persist);
  if (!fields) {
    auto logged = run_aside(
        [directory = directory_, log = options_.log] { return logged_schema(directory, log); });
    if (!logged) raise_open(logged.error(), directory_);
    fields = *std::move(logged);
  }
  if (fields) open_with(*fields, std::move(tell));
}

Session::~Session() {
  if (engine_ == nullptr) return;
  WithoutGil released;
  engine_.reset();
}

void Session::open_with(const TickSchema& schema, nb::object tell) {
  if (closed_) raise(Error{Errc::kClosed, "the engine is closed", 0});
  auto factors = FactorSet::parse(factors_, schema, "<factors>", factor_options_);
  if (!factors) raise_syntax(factors.error());
  expect_operators(*factors);
  auto engine = run_told(std::move(tell), [directory = directory_, factors = *factors,
                                           options = options_](Progress& progress) {
    auto told = options;
    told.progress = replay_into(progress);
    return Engine::open(directory, factors, told);
  });
  if (!engine) raise_open(engine.error(), directory_);
  engine_ = std::move(*engine);
  position_ = engine_->recovery().position;
  names_ = names_of(engine_->factors());
  auto values = std::make_unique<Values>(names_);
  values_ = values.get();
  values_object_ = nb::cast(values.release(), nb::rv_policy::take_ownership);
}

void Session::expect_operators(const FactorSet& factors) {
  std::erase_if(absent_, [&](const auto& one) {
    return std::ranges::find(factors.functions(), one.name, &FunctionNote::name) ==
           factors.functions().end();
  });
  if (absent_.empty() || keep_absent_) return;
  nb::dict names;
  std::string list;
  for (const auto& one : absent_) {
    names[one.name.c_str()] = one.version;
    list += (list.empty() ? "`" : ", `") + one.name + "` (version " + one.version + ")";
  }
  auto exception = make_exception(
      "MissingOperator",
      Error{Errc::kNotFound,
            directory_ + ": its log uses operators that this program has not registered: " + list +
                "; import the module that defines them with @factorwal.operator, or open with "
                "missing_operators=\"keep\": their factors stay as columns, and are missing until "
                "they are registered again",
            0});
  exception.attr("operators") = names;
  raise(exception);
}

Engine& Session::engine() const {
  made_.expect("the engine");
  if (engine_ == nullptr) {
    raise(Error{Errc::kClosed,
                "nothing is known of the fields of this engine's ticks: give process_many a table "
                "first, or open with fields=[\"close\", \"volume\"] or fields=\"quotes\"",
                0});
  }
  return *engine_;
}

void Session::expect_unclaimed() const {
  made_.expect("the engine");
  if (claimed_) {
    raise(make_exception(
        "Busy", Error{Errc::kFull, "another thread is processing ticks of this engine", 0}));
  }
}

Session::Claim::Claim(Session& session) : claimed_(session.claimed_) {
  session.expect_unclaimed();
  claimed_ = true;
}

Instrument Session::instrument(std::string_view id) const {
  return {expect(engine().instrument(id)), std::string(id)};
}

InstrumentHandle Session::handle_of(nb::handle instrument) const {
  Instrument* known = nullptr;
  if (nb::try_cast(instrument, known) && known != nullptr) return known->handle;
  if (!PyUnicode_Check(instrument.ptr())) {
    raise_type("instrument: what Engine.instrument gives, or a str, is asked for", instrument);
  }
  return this->instrument(text_of(instrument)).handle;
}

TimestampNs Session::read_time(nb::handle timestamp) const {
  return read_timestamp(timestamp, zone_);
}

nb::object Session::process(nb::handle instrument, nb::handle timestamp, nb::handle values,
                            nb::handle position) {
  auto& engine = this->engine();
  const auto handle = handle_of(instrument);
  const auto timestamp_ns = read_time(timestamp);
  // Taken for this call: a number's own code may run other ticks meanwhile, in this thread or
  // another.
  auto fields = std::exchange(fields_, {});
  read_doubles(values, engine.factors().schema(), fields);
  std::span<const std::byte> place;
  if (!position.is_none()) {
    if (!PyBytes_Check(position.ptr())) raise_type("position: bytes are asked for", position);
    place = {reinterpret_cast<const std::byte*>(PyBytes_AS_STRING(position.ptr())),
             static_cast<std::size_t>(PyBytes_GET_SIZE(position.ptr()))};
  }
  expect_unclaimed();
  auto result = engine.process_tick({handle, timestamp_ns, fields}, place);
  while (result.status == SendStatus::kFull && waits_for_space_) {
    const Claim claim(*this);
    wait_for_space();
    result = engine.process_tick({handle, timestamp_ns, fields}, place);
  }
  fields_ = std::move(fields);
  if (!result) raise(refusal(engine, result.status, timestamp_ns));
  values_->set(result.values, timestamp_ns, result.ticket);
  if (!position.is_none()) set_position(place);
  return values_object_;
}

void Session::wait_until_durable() {
  for (;;) {
    const auto done = without_gil([&] { return engine_->flush(std::chrono::milliseconds(50)); });
    if (done || done.error().code != Errc::kTimeout) return;  // close says what has failed
    if (PyErr_CheckSignals() != 0) throw nb::python_error();
  }
}

PyObject* Session::quick_process(const Instrument& instrument, PyObject* timestamp,
                                 PyObject* values) noexcept try {
  if (engine_ == nullptr || claimed_) return nullptr;
  if (!PyLong_CheckExact(timestamp) || !PyTuple_CheckExact(values)) return nullptr;
  const auto timestamp_ns = PyLong_AsLongLong(timestamp);
  if (timestamp_ns == -1 && PyErr_Occurred() != nullptr) {
    PyErr_Clear();
    return nullptr;
  }
  const auto count = static_cast<std::size_t>(PyTuple_GET_SIZE(values));
  fields_.resize(count);
  for (std::size_t i = 0; i < count; ++i) {
    PyObject* const item = PyTuple_GET_ITEM(values, static_cast<Py_ssize_t>(i));
    if (!PyFloat_CheckExact(item)) return nullptr;
    fields_[i] = PyFloat_AS_DOUBLE(item);
  }
  // Refuses another count, as everything that is said by the long way.
  const auto result = engine_->process_tick({instrument.handle, timestamp_ns, fields_});
  if (!result) return nullptr;
  values_->set(result.values, timestamp_ns, result.ticket);
  return Py_NewRef(values_object_.ptr());
} catch (...) {
  return nullptr;  // no memory for a new instrument: said by the long way
}

template <class Work>
void Session::run_in_turn(Work work) {
  expect(run_aside([engine = engine_, turn = turn_, work] {
    const std::lock_guard lock(*turn);
    return work(*engine);
  }));
}

void Session::close() {
  made_.expect("the engine");
  const Claim claim(*this);
  if (engine_ == nullptr) {
    closed_ = true;
    return;
  }
  // What takes long is to make things durable: in slices, so that Ctrl-C ends it.
  if (!closed_) wait_until_durable();
  closed_ = true;
  run_in_turn([](Engine& engine) { return engine.close(); });
}

void Session::checkpoint() {
  (void)engine();
  const Claim claim(*this);
  run_in_turn([](Engine& engine) { return engine.checkpoint(); });
}

}  // namespace factorwal::python
