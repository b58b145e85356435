#include <nanobind/stl/string.h>
#include <nanobind/stl/vector.h>

#include <limits>
#include <utility>
#include <vector>

#include "base/bind.h"
#include "base/errors.h"
#include "factors/operator_object.h"
#include "factorwal/operators.h"

namespace nb = nanobind;

namespace factorwal::python {
namespace {

/// One class a built-in operator, so that type() and help() tell them apart.
template <class Operator>
class BuiltIn : public OperatorObject {
 public:
  using OperatorObject::OperatorObject;
};

/// `Parameters`: of the constructor; `arguments`: their names and defaults.
template <class Operator, class... Parameters, class... Arguments>
void add(nb::module_& module, const char* name, const char* doc, Arguments... arguments) {
  nb::class_<BuiltIn<Operator>, OperatorObject>(module, name, doc)
      .def(
          "__init__",
          [](BuiltIn<Operator>* place, Parameters... parameters) {
            if constexpr (sizeof...(Parameters) > 0) {
              new (place) BuiltIn<Operator>(expect(make_operator<Operator>(parameters...)));
            } else {
              new (place) BuiltIn<Operator>(std::make_unique<Operator>());
            }
          },
          arguments...);
}

nb::object update(const OperatorObject& object, const nb::args& inputs) {
  auto& op = object.get();
  const auto wanted = op.default_inputs();
  if (inputs.size() != wanted.size()) {
    throw nb::type_error(("update: " + std::to_string(wanted.size()) +
                          " numbers are asked for, and " + std::to_string(inputs.size()) +
                          " were given")
                             .c_str());
  }
  std::vector<double> numbers;
  for (const auto input : inputs) {
    numbers.push_back(input.is_none() ? std::numeric_limits<double>::quiet_NaN()
                                      : nb::cast<double>(input));
  }
  std::vector<double> outputs(op.output_count());
  op.update(numbers, outputs);
  if (outputs.size() == 1) return nb::cast(outputs.front());
  return nb::tuple(nb::cast(outputs));
}

nb::bytes save(const OperatorObject& object) {
  // Under the identity: a state of another operator is no state.
  const auto identity = object.get().identity();
  const auto* const begin = reinterpret_cast<const std::byte*>(identity.c_str());
  std::vector<std::byte> bytes(begin, begin + identity.size() + 1);
  save_state(object.get(), bytes);
  return nb::bytes(reinterpret_cast<const char*>(bytes.data()), bytes.size());
}

void load(const OperatorObject& object, const nb::bytes& state) {
  const std::string_view text(state.c_str(), state.size());
  const auto end = text.find('\0');
  if (end == std::string_view::npos || text.substr(0, end) != object.get().identity()) {
    raise(Error{
        Errc::kInvalidArgument,
        "the state is not one of " + object.get().identity() +
            (end == std::string_view::npos ? "" : ", but of " + std::string(text.substr(0, end))),
        0});
  }
  const auto rest = text.substr(end + 1);
  expect(load_state(object.get(), {reinterpret_cast<const std::byte*>(rest.data()), rest.size()}));
}

}  // namespace

void bind_operator_classes(nb::module_& module) {
  using nb::arg;
  using Int = std::int64_t;
  nb::class_<OperatorObject>(
      module, "BuiltInOperator",
      "A built-in operator, for one number at a time, and for StreamFactorEngine and\n"
      "WalStreamFactorEngine, which take a fresh one of the same parameters. One thread at a time.")
      .def("update", &update, nb::arg("inputs"),
           nb::sig("def update(self, *inputs: float | None) -> typing.Any"),
           "One tick: a number an input (None and NaN are missing); gives the value, NaN while\n"
           "missing, or a tuple of the outputs where there are several.")
      .def_prop_ro(
          "identity", [](const OperatorObject& one) { return one.get().identity(); },
          "Name, parameters and version.")
      .def_prop_ro(
          "default_inputs", [](const OperatorObject& one) { return one.get().default_inputs(); },
          "The fields that it takes where nobody says which.")
      .def_prop_ro("output_count",
                   [](const OperatorObject& one) { return one.get().output_count(); })
      .def("save_state", &save, "The state as bytes; the same history gives the same.",
           nb::sig("def save_state(self) -> bytes"))
      .def("load_state", &load, nb::arg("state"),
           nb::sig("def load_state(self, state: bytes) -> None"),
           "Puts back what save_state gave, of one with the same parameters. InvalidArgument,\n"
           "Corruption.")
      .def("__repr__", [](const OperatorObject& one) { return one.get().identity(); });

  add<RollingMean, Int, Int>(module, "RollingMean", "The mean of the window; minp=0: all of it.",
                             arg("window"), arg("minp") = 0);
  add<RollingStd, Int, Int, Int>(module, "RollingStd", "The standard deviation of the window.",
                                 arg("window"), arg("ddof") = 0, arg("minp") = 0);
  add<RollingCorr, Int, Int>(module, "RollingCorr", "Pearson's correlation of two inputs.",
                             arg("window"), arg("minp") = 0);
  add<RollingSum, Int, Int>(module, "RollingSum", "The sum of the window.", arg("window"),
                            arg("minp") = 0);
  add<RollingMin, Int, Int>(module, "RollingMin", "The smallest input of the window.",
                            arg("window"), arg("minp") = 0);
  add<RollingMax, Int, Int>(module, "RollingMax", "The largest input of the window.", arg("window"),
                            arg("minp") = 0);
  add<BollingerBands, Int, double, Int>(module, "BollingerBands",
                                        "Upper, middle, lower, bandwidth, percent_b.",
                                        arg("window") = 20, arg("k") = 2.0, arg("ddof") = 0);
  add<EMA, Int>(module, "EMA", "Exponential moving average.", arg("window"));
  add<DEMA, Int>(module, "DEMA", "Double exponential moving average.", arg("window"));
  add<RSI, Int, double>(module, "RSI", "Relative strength index, 0 to 100.", arg("window") = 14,
                        arg("flat") = 0.0);
  add<MACD, Int, Int, Int>(module, "MACD", "Line, signal, histogram.", arg("fast") = 12,
                           arg("slow") = 26, arg("signal") = 9);
  add<ATR, Int>(module, "ATR", "Average true range of high, low, close.", arg("window") = 14);
  add<Delay, Int>(module, "Delay", "The input of so many ticks ago.", arg("lag"));
  add<Delta, Int>(module, "Delta", "The input less that of so many ticks ago.", arg("lag"));
  add<LogReturn, Int>(module, "LogReturn", "log(x / x of so many ticks ago).", arg("lag") = 1);
  add<OiDelta>(module, "OiDelta", "The open interest less that of the tick before.");
  add<Mid>(module, "Mid", "(bid + ask) / 2.");
  add<Spread>(module, "Spread", "ask - bid.");
  add<QueueImbalance>(module, "QueueImbalance",
                      "(bid volume - ask volume) / (bid volume + ask volume).");
}

}  // namespace factorwal::python
