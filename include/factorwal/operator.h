#pragma once
/// \file
/// What an incremental operator promises. Every built-in operator (operators.h) keeps this
/// contract, and users bring their own by deriving from IncrementalOperator.

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "factorwal/export.h"
#include "factorwal/result.h"

namespace factorwal {

/// Walks an operator's state. The operator names each of its state variables once, in a fixed
/// order, in `visit_state`; saving, loading, hashing and cloning all use that one list.
///
/// Only state goes here: parameters (a window, a smoothing constant) are fixed at construction
/// and are part of `identity()`.
class FACTORWAL_EXPORT StateVisitor {
 public:
  virtual ~StateVisitor() = default;
  virtual void visit(double& value) = 0;
  virtual void visit(std::int64_t& value) = 0;
  virtual void visit(std::uint64_t& value) = 0;
  virtual void visit(std::uint32_t& value) = 0;
  virtual void visit(bool& value) = 0;
  /// A block whose length is fixed by the operator's parameters.
  virtual void visit(std::span<double> values) = 0;
  virtual void visit(std::span<std::uint32_t> values) = 0;
  virtual void visit(std::span<std::uint64_t> values) = 0;
};

/// A node of a factor graph: takes one number per input and tick, gives one per output.
///
/// - Deterministic: outputs depend on parameters and earlier inputs only; same bits on every
///   machine (no libm transcendental functions; see `LogReturn`).
/// - `update` does not allocate, throw or block. A missing input is NaN, an output that is not
///   warmed up or not defined is NaN (of these bits: 7ff8000000000000). A missing input must not
///   spoil the state for later ticks.
/// - Compiled without -ffast-math, under which `std::isnan` may be a constant and sums are
///   reordered: docs/architecture.md, "A host built with -ffast-math".
/// - Say how much it remembers (`memory`), if it is not everything.
/// - One object serves one instrument; `clone_fresh` makes the others.
/// - Called by one thread at a time.
class FACTORWAL_EXPORT IncrementalOperator {
 public:
  virtual ~IncrementalOperator() = default;
  IncrementalOperator() = default;
  IncrementalOperator(const IncrementalOperator&) = delete;
  IncrementalOperator& operator=(const IncrementalOperator&) = delete;

  /// Name, version and parameters, e.g. `ts_mean(d=5,minp=5)#1`. State saved under one identity
  /// is never loaded under another: raise the version when the meaning of the state changes.
  [[nodiscard]] virtual std::string identity() const = 0;

  /// The fields it takes when nobody says which, in order; its length is the number of inputs.
  [[nodiscard]] virtual std::vector<std::string> default_inputs() const { return {"close"}; }
  [[nodiscard]] virtual std::size_t output_count() const { return 1; }

  /// One tick. Requires: `inputs` has as many elements as `default_inputs()`, `outputs` has
  /// `output_count()`. Writes every output.
  virtual void update(std::span<const double> inputs, std::span<double> outputs) noexcept = 0;

  /// Names every state variable, in a fixed order.
  virtual void visit_state(StateVisitor& visitor) = 0;

  /// How many updates it remembers: its state depends, bit for bit, on the last so many inputs and
  /// on how many updates there were, modulo this number, and on nothing else; outputs depend on the
  /// state before and the inputs. Nothing: on every update that there ever was. After damage, or in
  /// a log that begins too late, the state is exact after so many ticks, values from the next one.
  [[nodiscard]] virtual std::optional<std::uint64_t> memory() const noexcept { return {}; }

  /// Whether numbers just loaded can be a state of this operator. Return false for what would make
  /// `update` read out of bounds, e.g. a ring's position beyond its end.
  [[nodiscard]] virtual bool state_is_sound() const { return true; }

  /// The same parameters, no history.
  [[nodiscard]] virtual std::unique_ptr<IncrementalOperator> clone_fresh() const = 0;
};

/// How many bytes `save_state` appends; fixed by the operator's parameters, 0 for one without
/// state.
[[nodiscard]] FACTORWAL_EXPORT std::size_t state_bytes(IncrementalOperator& op);

/// The state as bytes (little-endian; 8 a number, 4 for 32-bit ones, 1 for a bool), appended to
/// `out`. The same history gives the same bytes.
FACTORWAL_EXPORT void save_state(IncrementalOperator& op, std::vector<std::byte>& out);

/// Puts back what `save_state` wrote for the same identity. Fails (kCorruption) when the length
/// does not fit or the state is not sound, and then leaves `op` unchanged.
FACTORWAL_EXPORT Status load_state(IncrementalOperator& op, std::span<const std::byte> bytes);

}  // namespace factorwal
