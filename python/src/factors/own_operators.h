#pragma once
/// Operators that a Python program has registered, and stand-ins for those that it has not.

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "factorwal/factor_set.h"

namespace factorwal::python {

/// What a compiled function gets: `inputs` and `parameters` are its own copies, `state` is kept
/// from tick to tick, `outputs` are missing until it writes them. Called without the GIL, by any
/// thread, each state by one at a time. Returns 0, or another number when it raised.
using TickFunction = std::int32_t (*)(double* inputs, double* parameters, double* state,
                                      double* outputs);
/// The same of a program's own making, which cannot raise.
using PlainTickFunction = void (*)(double* inputs, double* parameters, double* state,
                                   double* outputs);

struct OwnOperator {
  std::string name;
  std::int64_t version = 0;
  std::uintptr_t address = 0;       ///< of a TickFunction or a PlainTickFunction
  bool returns_status = false;      ///< which
  std::vector<std::string> inputs;  ///< default fields; as many as it has inputs
  std::vector<std::string> parameters;
  std::vector<double> initial;       ///< its state before the first tick
  std::vector<std::string> outputs;  ///< names; empty when there is one
  std::optional<std::uint64_t> memory;
  std::string note;
  std::atomic<std::uint64_t> raised{0};  ///< calls that raised
};

/// What a log says of an operator that is not registered.
struct AbsentOperator {
  std::string name;
  std::string version;
  std::vector<std::string> inputs;
  std::vector<std::string> outputs;
  std::string note;
};

/// Takes the place of an earlier one of that name for whatever compiles a text from now on.
/// kInvalidArgument, kAlreadyExists for a name that is none, or is a built-in function's. All here
/// need the GIL.
[[nodiscard]] Status register_operator(std::shared_ptr<OwnOperator> made);
/// All that are registered.
[[nodiscard]] FactorSetOptions own_functions();
/// How often the registered operator of that name has raised; 0 for a name that is none.
[[nodiscard]] std::uint64_t raised_by(const std::string& name);
/// Gives missing outputs, whatever comes.
[[nodiscard]] CustomFunction stand_in(const AbsentOperator& absent);

}  // namespace factorwal::python
