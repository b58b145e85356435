#pragma once
/// A kind of operator, declared once: what the language, the documentation, the state's identity,
/// saving, the tests and the benches say of it is read from here. docs/operators.md shows how to
/// add one.

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "factorwal/result.h"
#include "operators/node.h"

namespace factorwal::operators {

/// One number per parameter, in the order of the kind.
using Numbers = std::span<const double>;

struct Parameter {
  enum class Type : unsigned char {
    kWindow,  ///< a whole number of ticks
    kMinp,    ///< present values that a window must have; 0 and the default: all of it
    kInteger,
    kNumber,
  };
  std::string_view name = {};
  Type type = Type::kWindow;
  std::optional<double> fallback = {};  ///< the default; none: must be given (but for kMinp)
  std::int64_t least = 1;               ///< of whole numbers
  std::int64_t most = 1'000'000;
};

/// A series that the operator takes, and the field that is meant when a call names none.
struct Series {
  std::string_view name = {};
  std::string_view field = {};
};

/// Another name of the kind, with the default that differs under it.
struct Alias {
  std::string_view name = {};
  std::string_view parameter = {};
  double fallback = 0;
};

/// What an operator of given parameters keeps in an instrument's block.
struct Layout {
  struct WindowNeed {
    std::size_t input = 0;
    std::int64_t slots = 1;  ///< the current tick's included
    Order order = Order::kCount;
  };
  std::vector<WindowNeed> windows = {};
  std::int64_t pair_slots = 0;         ///< of the first two inputs together; 0: not asked for
  std::size_t state_bytes = 0;         ///< beside the windows; saved
  std::size_t derived_bytes = 0;       ///< not saved
  std::vector<double> constants = {};  ///< numbers that the kernel wants beside its parameters
  /// After so many ticks with all inputs present the state is one that `Node::steady` promises;
  /// 0 with a state: never. Windows count by themselves.
  std::int64_t steady_after = 0;
};

struct Kind {
  std::string_view name = {};
  int version = 1;  ///< raised when the meaning of its state or its last bits change
  std::vector<Alias> aliases = {};
  std::vector<Series> series = {};
  std::vector<Parameter> parameters = {};
  std::vector<std::string_view> outputs = {};  ///< empty: one value
  std::string_view first_value = {};
  std::string_view definition = {};
  std::string_view source = {};
  std::string_view fixed = {};  ///< what the identity says beside the parameters
  /// What the ranges of single parameters cannot say. Null: nothing.
  Status (*check)(Numbers) = nullptr;
  /// Null: it keeps nothing.
  Layout (*layout)(Numbers) = nullptr;
  Kernels kernel = {};
  /// Whether bytes just loaded can be a state. Null: all can.
  bool (*sound)(Numbers, std::byte* state) = nullptr;

  [[nodiscard]] std::size_t output_count() const noexcept {
    return outputs.empty() ? 1 : outputs.size();
  }
};

/// A kind with its parameters: what a node of a plan is made of.
struct Call {
  const Kind* kind = nullptr;
  std::vector<double> numbers;
};

/// Checks and completes parameters: kMinp of 0 becomes the first window. kInvalidArgument names the
/// parameter, what it may be and what it is.
[[nodiscard]] Result<Call> make_call(const Kind& kind, Numbers numbers);

[[nodiscard]] inline Layout layout_of(const Call& call) {
  return call.kind->layout == nullptr ? Layout{} : call.kind->layout(call.numbers);
}

/// `ts_mean(d=5,minp=5)#2`: names the state of a call across runs.
[[nodiscard]] std::string identity_of(const Call& call);

/// How many earlier updates have a part in the value of a call; nothing if all have: it has a state
/// of its own.
[[nodiscard]] std::optional<std::uint64_t> memory_of(const Call& call);

/// Every kind, sorted by name: the list in kinds.cpp.
[[nodiscard]] std::span<const Kind* const> kinds();

/// By its own name. Null: there is none.
[[nodiscard]] const Kind* find_kind(std::string_view name);

}  // namespace factorwal::operators
