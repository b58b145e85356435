#pragma once
/// Every kind of operator in the list, with small parameters: what tests over all of them take. A
/// new kind is among them without being named.

#include <algorithm>
#include <array>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "factorwal/operators/built_in.h"
#include "operators/kind.h"

namespace factorwal::test {

/// Parameters of the kind at which every window without a default has so many slots, or at least
/// `least`; with `short_windows` those that have a default, too, each 3 longer than the one before
/// it, as `fast` and `slow` must be.
inline std::vector<double> parameters_of(const operators::Kind& kind, double slots,
                                         bool short_windows) {
  using Type = operators::Parameter::Type;
  std::vector<double> numbers;
  for (const auto& parameter : kind.parameters) {
    if (parameter.type == Type::kMinp) {
      numbers.push_back(0);
    } else if (parameter.type == Type::kWindow && (short_windows || !parameter.fallback)) {
      numbers.push_back(std::max(slots, static_cast<double>(parameter.least)));
      slots += 3;
    } else {
      numbers.push_back(parameter.fallback.value_or(1));
    }
  }
  return numbers;
}

/// Defaults, short and longer windows, and from each of these one other parameter changed at a
/// time: a smaller minp, another number.
inline std::vector<operators::Call> calls_of(const operators::Kind& kind) {
  using Type = operators::Parameter::Type;
  std::vector<operators::Call> calls;
  std::set<std::string> seen;
  const auto add = [&](const std::vector<double>& numbers) {
    auto call = operators::make_call(kind, numbers);  // what `check` refuses is no call
    if (call && seen.insert(operators::identity_of(*call)).second) {
      calls.push_back(std::move(call).value());
    }
  };
  for (const auto& [slots, short_windows] :
       {std::pair{20.0, false}, {20.0, true}, {7.0, true}, {1.0, true}}) {
    const auto numbers = parameters_of(kind, slots, short_windows);
    add(numbers);
    for (std::size_t i = 0; i < numbers.size(); ++i) {
      if (kind.parameters[i].type == Type::kWindow) continue;
      auto changed = numbers;
      // minp: 1, where 0 is the window.
      changed[i] += changed[i] > static_cast<double>(kind.parameters[i].least) ? -1 : 1;
      add(changed);
    }
  }
  return calls;
}

/// An operator of any kind, for what takes an IncrementalOperator.
class AnyOperator final : public BuiltInOperator {
 public:
  template <std::size_t... kIndex>
  AnyOperator(const operators::Call& call, std::index_sequence<kIndex...>)
      : BuiltInOperator(call.kind->name, {call.numbers[kIndex]...}) {}
};

template <std::size_t kCount = 0>
std::unique_ptr<IncrementalOperator> operator_of(const operators::Call& call) {
  if (call.numbers.size() == kCount) {
    return std::make_unique<AnyOperator>(call, std::make_index_sequence<kCount>());
  }
  if constexpr (kCount < operators::kNodeNumbersMax) return operator_of<kCount + 1>(call);
  return nullptr;
}

/// `ts_mean(x, 20, 5)`, of the first fields.
inline std::string text_of(const operators::Call& call, const std::vector<std::string>& fields) {
  std::string text(call.kind->name);
  text += '(';
  for (std::size_t i = 0; i < call.kind->series.size(); ++i) {
    text.append(i == 0 ? "" : ", ").append(fields[i % fields.size()]);
  }
  for (const double number : call.numbers) text.append(", ").append(std::to_string(number));
  return text + ')';
}

}  // namespace factorwal::test
