#include "operators/kind.h"

#include <algorithm>
#include <charconv>
#include <cmath>

namespace factorwal::operators {
namespace {

using Type = Parameter::Type;

std::string number_text(double number) {
  char buffer[40];
  return {buffer,
          std::to_chars(buffer, buffer + sizeof buffer, number).ptr};  // shortest exact form
}

/// Without an exponent where it is whole.
std::string whole_text(double number) {
  const bool whole = number == std::floor(number) && std::fabs(number) < 1e15;
  return whole ? std::to_string(static_cast<std::int64_t>(number)) : number_text(number);
}

/// How messages name it: `d` and `n` are windows.
std::string_view spoken_name(const Parameter& parameter) {
  const bool letter = parameter.name == "d" || parameter.name == "n";
  return parameter.type == Type::kWindow && letter ? std::string_view("window") : parameter.name;
}

Status check_range(const Parameter& parameter, double number, double most) {
  const auto least = static_cast<double>(parameter.least);
  if (number >= least && number <= most && number == std::floor(number)) return {};
  std::string message(spoken_name(parameter));
  message.append(" must be between ").append(whole_text(least));
  message.append(" and ").append(whole_text(most)).append(", not ").append(whole_text(number));
  return Error{Errc::kInvalidArgument, std::move(message)};
}

Status check_number(const Kind& kind, Numbers numbers, std::size_t i) {
  const auto& parameter = kind.parameters[i];
  switch (parameter.type) {
    case Type::kNumber: return {};
    case Type::kMinp: return check_range(parameter, numbers[i], numbers[0]);
    case Type::kWindow:
    case Type::kInteger:
      return check_range(parameter, numbers[i], static_cast<double>(parameter.most));
  }
  return {};
}

}  // namespace

Result<Call> make_call(const Kind& kind, Numbers numbers) {
  Call call{&kind, {numbers.begin(), numbers.end()}};
  for (std::size_t i = 0; i < call.numbers.size(); ++i) {
    auto& number = call.numbers[i];
    if (kind.parameters[i].type == Type::kMinp && number == 0) number = call.numbers[0];
    if (Status valid = check_number(kind, call.numbers, i); !valid) return std::move(valid).error();
  }
  if (kind.check != nullptr) {
    if (Status valid = kind.check(call.numbers); !valid) return std::move(valid).error();
  }
  return call;
}

std::string identity_of(const Call& call) {
  std::string text(call.kind->name);
  text += '(';
  for (std::size_t i = 0; i < call.numbers.size(); ++i) {
    if (i > 0) text += ',';
    text.append(call.kind->parameters[i].name).append("=").append(number_text(call.numbers[i]));
  }
  if (!call.kind->fixed.empty())
    text.append(call.numbers.empty() ? "" : ",").append(call.kind->fixed);
  return text.append(")#").append(std::to_string(call.kind->version));
}

std::optional<std::uint64_t> memory_of(const Call& call) {
  const auto layout = layout_of(call);
  if (layout.state_bytes > 0) return std::nullopt;
  std::int64_t slots = std::max<std::int64_t>(1, layout.pair_slots);
  for (const auto& window : layout.windows) slots = std::max(slots, window.slots);
  return static_cast<std::uint64_t>(slots - 1);
}

const Kind* find_kind(std::string_view name) {
  const auto all = kinds();
  const auto found = std::ranges::find(all, name, [](const Kind* kind) { return kind->name; });
  return found == all.end() ? nullptr : *found;
}

}  // namespace factorwal::operators
