#include "session.h"

#include <utility>

#include "doubles.h"
#include "errors.h"
#include "schema.h"
#include "signals.h"

namespace nb = nanobind;

namespace factorwal::python {
namespace {

TimestampNs read_timestamp(nb::handle timestamp) {
  if (PyLong_CheckExact(timestamp.ptr())) {
    const auto value = PyLong_AsLongLong(timestamp.ptr());
    if (value == -1 && PyErr_Occurred() != nullptr) throw nb::python_error();
    return value;
  }
  return nb::cast<TimestampNs>(
      nb::module_::import_("factorwal._times").attr("nanoseconds")(timestamp));
}

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
  if (status == SendStatus::kTimestamp) {
    if (auto checked = check_timestamp(timestamp_ns); !checked) return checked.error();
  }
  if (auto state = engine.status(); !state) return state.error();
  if (status == SendStatus::kNoChannel) {
    auto& persister = const_cast<Engine&>(engine).persister();
    if (auto channel = persister.channel_status(); !channel) return channel.error();
  }
  const auto code = [status] {
    switch (status) {
      case SendStatus::kFull:
      case SendStatus::kBusy: return Errc::kFull;
      case SendStatus::kClosed: return Errc::kClosed;
      case SendStatus::kStopped: return Errc::kPoisoned;
      case SendStatus::kForked: return Errc::kForked;
      case SendStatus::kNoChannel: return Errc::kIo;
      default: return Errc::kInvalidArgument;
    }
  }();
  const auto why = [status]() -> std::string {
    switch (status) {
      case SendStatus::kFull: return "the channel is full, and when_full is \"refuse\"";
      case SendStatus::kBusy: return "another thread is processing ticks of this engine";
      case SendStatus::kClosed: return "the engine is closed";
      case SendStatus::kForked:
        return "the engine was opened by the parent of this process; open one here, in another "
               "directory or once the parent's is closed";
      case SendStatus::kMismatch: return "the instrument is not one of this engine";
      default: return std::string(to_string(status));
    }
  }();
  return Error{code, "the tick was not accepted: " + why, 0};
}

Session::Session(std::string directory, std::string factors, EngineOptions options,
                 std::optional<TickSchema> fields)
    : directory_(std::move(directory)), factors_(std::move(factors)), options_(options) {
  if (options_.persist.when_full == FactorWalConfig::WhenFull::kWait) {
    waits_for_space_ = true;
    options_.persist.when_full = FactorWalConfig::WhenFull::kRefuse;
  }
  if (!fields) fields = expect(logged_schema(directory_));
  if (fields) open_with(*fields);
}

Session::~Session() {
  if (engine_ == nullptr) return;
  nb::gil_scoped_release released;
  engine_.reset();
}

void Session::open_with(const TickSchema& schema) {
  auto factors = FactorSet::parse(factors_, schema);
  if (!factors) raise_syntax(factors.error());
  auto engine = [&] {
    nb::gil_scoped_release released;
    return Engine::open(directory_, *factors, options_);
  }();
  if (!engine) raise_open(engine.error(), directory_);
  engine_ = std::move(*engine);
  position_ = engine_->recovery().position;
  auto values = std::make_unique<Values>(names_of(engine_->factors()));
  values_ = values.get();
  values_object_ = nb::cast(values.release(), nb::rv_policy::take_ownership);
}

Engine& Session::engine() const {
  if (engine_ == nullptr) {
    raise(Error{Errc::kClosed,
                "nothing is known of the fields of this engine's ticks: give process_many a table "
                "first, or open with fields=[\"close\", \"volume\"] or fields=\"quotes\"",
                0});
  }
  return *engine_;
}

void Session::expect_unclaimed() const {
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

InstrumentHandle Session::handle_of(nb::handle instrument) {
  Instrument* known = nullptr;
  if (nb::try_cast(instrument, known) && known != nullptr) return known->handle;
  if (!PyUnicode_Check(instrument.ptr())) {
    throw nb::type_error("instrument: what Engine.instrument gives, or a str, is asked for");
  }
  return this->instrument(nb::str(instrument).c_str()).handle;
}

nb::object Session::process(nb::handle instrument, nb::handle timestamp, nb::handle values,
                            nb::handle position) {
  auto& engine = this->engine();
  const auto handle = handle_of(instrument);
  const auto timestamp_ns = read_timestamp(timestamp);
  // Taken for this call: a number's own code may run other ticks meanwhile, in this thread or
  // another.
  auto fields = std::exchange(fields_, {});
  read_doubles(values, engine.factors().schema(), fields);
  std::span<const std::byte> place;
  if (!position.is_none()) {
    if (!PyBytes_Check(position.ptr())) throw nb::type_error("position: bytes are asked for");
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

void Session::close() {
  if (engine_ == nullptr) return;
  const Claim claim(*this);
  const auto closed = [&] {
    nb::gil_scoped_release released;
    return engine_->close();
  }();
  expect(closed);
}

}  // namespace factorwal::python
