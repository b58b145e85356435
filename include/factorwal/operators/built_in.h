#pragma once
/// \file
/// The base of the built-in operators' classes. Each is a face of one kind: parameters are checked
/// by the kind, and its ticks run through the same program as those of a factor file.

#include <initializer_list>
#include <memory>
#include <optional>
#include <string_view>

#include "factorwal/export.h"
#include "factorwal/operator.h"

namespace factorwal {

/// An operator of a built-in kind, for StreamFactorEngine, WalStreamFactorEngine and programs that
/// want one number at a time. One object serves one series; called by one thread at a time.
class FACTORWAL_EXPORT BuiltInOperator : public IncrementalOperator {
 public:
  ~BuiltInOperator() override;
  [[nodiscard]] std::string identity() const final;
  [[nodiscard]] std::vector<std::string> default_inputs() const final;
  [[nodiscard]] std::size_t output_count() const final;
  void update(std::span<const double> inputs, std::span<double> outputs) noexcept final;
  void visit_state(StateVisitor& visitor) final;
  [[nodiscard]] std::optional<std::uint64_t> memory() const noexcept final;
  [[nodiscard]] bool state_is_sound() const final;
  [[nodiscard]] std::unique_ptr<IncrementalOperator> clone_fresh() const final;

  /// Internal: the kind and its parameters.
  struct Program;
  [[nodiscard]] const Program& program() const noexcept { return *program_; }

 protected:
  /// `numbers`: the kind's parameters in order. Aborts, naming the reason, on what `check` refuses.
  BuiltInOperator(std::string_view kind, std::initializer_list<double> numbers);
  /// kInvalidArgument with the reason.
  static Status check(std::string_view kind, std::initializer_list<double> numbers);

 private:
  explicit BuiltInOperator(std::unique_ptr<Program> program);
  class Clone;
  std::unique_ptr<Program> program_;
};

namespace detail {
/// A parameter of whole numbers as the kinds take it; every window fits.
[[nodiscard]] constexpr double as_number(std::int64_t whole) noexcept {
  return static_cast<double>(whole);
}
}  // namespace detail

}  // namespace factorwal
