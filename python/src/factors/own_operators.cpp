#include "factors/own_operators.h"

#include <algorithm>
#include <array>
#include <bit>
#include <charconv>
#include <span>
#include <utility>

#include "factorwal/operators/missing.h"

namespace factorwal::python {
namespace {

using Registered = std::vector<std::shared_ptr<OwnOperator>>;

Registered& registered() {
  static auto* all = new Registered;  // outlives every engine
  return *all;
}

std::string bits_text(std::span<const double> values) {
  std::string text;
  for (const double value : values) {
    std::array<char, 17> hex{};
    const auto end =
        std::to_chars(hex.data(), hex.data() + hex.size(), std::bit_cast<std::uint64_t>(value), 16)
            .ptr;
    text.append(text.empty() ? "" : ",").append(hex.data(), end);
  }
  return text;
}

/// Calls a compiled function. Its state is what the function makes of it, bit for bit.
class CfuncOperator final : public IncrementalOperator {
 public:
  CfuncOperator(std::shared_ptr<OwnOperator> own, std::vector<double> parameters)
      : own_(std::move(own)),
        parameters_(std::move(parameters)),
        state_(own_->initial),
        scratch_(own_->inputs.size() + parameters_.size()) {}

  // The shape is part of it: a state of another length is never loaded, though nobody raised the
  // version.
  [[nodiscard]] std::string identity() const override {
    return "python " + own_->name + "(" + bits_text(parameters_) + ")#" +
           std::to_string(own_->version) + " " + std::to_string(own_->inputs.size()) + ":" +
           std::to_string(output_count()) + " from " + bits_text(own_->initial);
  }
  [[nodiscard]] std::vector<std::string> default_inputs() const override { return own_->inputs; }
  [[nodiscard]] std::size_t output_count() const override {
    return std::max<std::size_t>(1, own_->outputs.size());
  }
  void update(std::span<const double> inputs, std::span<double> outputs) noexcept override {
    // What the function writes to them is gone with the call.
    double* const parameters = std::ranges::copy(inputs, scratch_.data()).out;
    std::ranges::copy(parameters_, parameters);
    std::ranges::fill(outputs, kMissing);
    if (!own_->returns_status) {
      std::bit_cast<PlainTickFunction>(own_->address)(scratch_.data(), parameters, state_.data(),
                                                      outputs.data());
      return;
    }
    const auto status = std::bit_cast<TickFunction>(own_->address)(scratch_.data(), parameters,
                                                                   state_.data(), outputs.data());
    if (status == 0) return;
    std::ranges::fill(outputs, kMissing);
    own_->raised.fetch_add(1, std::memory_order_relaxed);
  }
  // At least one number, so that another version's state, which is none of this one, is missed
  // where the operator keeps nothing: its values are computed from the ticks then.
  void visit_state(StateVisitor& visitor) override {
    visitor.visit(presence_);
    if (!state_.empty()) visitor.visit(std::span(state_));
  }
  [[nodiscard]] std::optional<std::uint64_t> memory() const noexcept override {
    return state_.empty() ? std::optional<std::uint64_t>(0) : own_->memory;
  }
  [[nodiscard]] std::unique_ptr<IncrementalOperator> clone_fresh() const override {
    return std::make_unique<CfuncOperator>(own_, parameters_);
  }

 private:
  std::shared_ptr<OwnOperator> own_;
  std::vector<double> parameters_;
  std::vector<double> state_;
  std::vector<double> scratch_;
  bool presence_ = true;
};

class StandIn final : public IncrementalOperator {
 public:
  explicit StandIn(AbsentOperator absent) : absent_(std::move(absent)) {}
  [[nodiscard]] std::string identity() const override {
    return "absent " + absent_.name + " " + absent_.note;
  }
  [[nodiscard]] std::vector<std::string> default_inputs() const override { return absent_.inputs; }
  [[nodiscard]] std::size_t output_count() const override {
    return std::max<std::size_t>(1, absent_.outputs.size());
  }
  void update(std::span<const double> /*inputs*/, std::span<double> outputs) noexcept override {
    std::ranges::fill(outputs, kMissing);
  }
  void visit_state(StateVisitor& visitor) override { visitor.visit(presence_); }
  [[nodiscard]] std::optional<std::uint64_t> memory() const noexcept override { return 0; }
  [[nodiscard]] std::unique_ptr<IncrementalOperator> clone_fresh() const override {
    return std::make_unique<StandIn>(absent_);
  }

 private:
  AbsentOperator absent_;
  bool presence_ = true;
};

Error wrong_parameters(const OwnOperator& own, std::size_t given) {
  std::string message("takes ");
  message += own.parameters.empty() ? "no numbers"
                                    : std::to_string(own.parameters.size()) +
                                          (own.parameters.size() == 1 ? " number (" : " numbers (");
  for (std::size_t i = 0; i < own.parameters.size(); ++i) {
    message.append(i == 0 ? "" : ", ").append(own.parameters[i]);
  }
  if (!own.parameters.empty()) message += ")";
  return {Errc::kInvalidArgument, message + ", not " + std::to_string(given), 0};
}

CustomFunction function_of(const std::shared_ptr<OwnOperator>& own) {
  CustomFunction function;
  function.name = own->name;
  function.make =
      [own](std::span<const double> numbers) -> Result<std::unique_ptr<IncrementalOperator>> {
    if (numbers.size() != own->parameters.size()) return wrong_parameters(*own, numbers.size());
    return std::unique_ptr<IncrementalOperator>(
        std::make_unique<CfuncOperator>(own, std::vector<double>(numbers.begin(), numbers.end())));
  };
  function.outputs = own->outputs;
  function.note = own->note;
  return function;
}

}  // namespace

Status register_operator(std::shared_ptr<OwnOperator> made) {
  const FactorSetOptions alone{{function_of(made)}};
  if (auto sound = FactorSet::parse("", TickSchema::quotes(), "", alone); !sound) {
    return sound.error();
  }
  auto& all = registered();
  std::erase_if(all, [&](const auto& known) { return known->name == made->name; });
  all.push_back(std::move(made));
  return {};
}

FactorSetOptions own_functions() {
  FactorSetOptions options;
  for (const auto& own : registered()) options.functions.push_back(function_of(own));
  return options;
}

std::uint64_t raised_by(const std::string& name) {
  for (const auto& own : registered()) {
    if (own->name == name) return own->raised.load(std::memory_order_relaxed);
  }
  return 0;
}

CustomFunction stand_in(const AbsentOperator& absent) {
  CustomFunction function;
  function.name = absent.name;
  function.make =
      [absent](std::span<const double>) -> Result<std::unique_ptr<IncrementalOperator>> {
    return std::unique_ptr<IncrementalOperator>(std::make_unique<StandIn>(absent));
  };
  function.outputs = absent.outputs;
  function.note = absent.note;
  return function;
}

}  // namespace factorwal::python
