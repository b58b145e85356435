#pragma once
/// Grows a plan from the leaves. Asking twice for the same thing gives the same slot.

#include <map>
#include <memory>
#include <span>
#include <string>
#include <unordered_map>
#include <vector>

#include "graph/plan.h"

namespace factorwal::graph {

enum class Arithmetic : std::uint8_t {
  kAdd,
  kSubtract,
  kMultiply,
  kDivide,
  kNegate,
  kLess,
  kLessEqual,
  kGreater,
  kGreaterEqual,
  kEqual,
  kNotEqual,
  kAnd,
  kOr,
  kNot,
};
[[nodiscard]] constexpr bool is_unary(Arithmetic operation) noexcept {
  return operation == Arithmetic::kNegate || operation == Arithmetic::kNot;
}

class PlanBuilder {
 public:
  explicit PlanBuilder(TickSchema schema);

  /// State made from here on is shared only with what is made under the same scope.
  void set_scope(std::string scope) { scope_ = std::move(scope); }

  [[nodiscard]] Slot field(FieldHandle field);
  [[nodiscard]] Slot constant(double value);
  /// Of an unary operation only `a` counts.
  [[nodiscard]] Slot arithmetic(Arithmetic operation, Slot a, Slot b);
  /// The first output; the others follow. `parameters` (", d=5, minp=5") are for people; what
  /// counts is the call's identity. Requires: as many inputs as the kind has series.
  [[nodiscard]] Slot apply(operators::Call call, std::span<const Slot> inputs,
                           const std::string& parameters);
  /// The same of an object: of a built-in kind, or a user's own. `name` is for people.
  [[nodiscard]] Slot apply(std::unique_ptr<IncrementalOperator> op, std::span<const Slot> inputs,
                           const std::string& name, const std::string& parameters);

  void add_factor(std::string name, Slot slot);
  /// A custom function is called: once or more.
  void note_function(FunctionNote function);
  /// kInvalidArgument when the factors keep too much for each instrument.
  [[nodiscard]] Result<std::shared_ptr<const Plan>> build(std::string canonical_text) &&;

 private:
  struct Value {
    StateIdentity identity;
    std::string text;  // the expression, or #number where that would be long
    bool is_constant = false;
    double initial = 0;
  };
  struct SeriesDraft {
    Slot slot = 0;
    std::string identity_text;
    std::map<std::uint32_t, operators::Order> windows;  // by slots
    bool counts = false;   // some window counts its present values, or sums them
    bool on_grid = false;  // some window sums
  };
  struct PairDraft {
    std::size_t x = 0;
    std::size_t y = 0;
    std::vector<std::uint32_t> windows;  // slots
  };
  struct WindowDraft {
    std::size_t series = 0;
    std::uint32_t slots = 0;
  };
  struct StepDraft {
    enum class Form : std::uint8_t { kArithmetic, kKind, kObject, kSeries, kPair };
    Form form = Form::kArithmetic;
    Arithmetic operation = Arithmetic::kAdd;
    std::vector<Slot> inputs;
    Slot out = 0;
    std::uint32_t output_count = 0;
    operators::Call call;
    operators::Layout layout;
    std::vector<WindowDraft> windows;
    std::size_t index = 0;  // of a series, a pair, an object
    std::uint32_t pair_slots = 0;
    StateIdentity identity;
    std::string text;
  };

  Slot new_slot(const std::string& definition, std::string text, double initial);
  /// The slots of a new operator's outputs.
  Slot new_outputs(const std::string& definition, const std::string& text, std::uint32_t count);
  [[nodiscard]] std::string reference(Slot slot) const;
  [[nodiscard]] std::string scoped(std::string definition) const;
  [[nodiscard]] std::string definition_of(std::string identity, std::span<const Slot> inputs) const;
  [[nodiscard]] std::string call_text(const std::string& name, std::span<const Slot> inputs,
                                      const std::string& parameters) const;
  void describe(Slot slot, const std::string& text, std::span<const Slot> inputs,
                const std::string& note);
  [[nodiscard]] std::size_t series_of(Slot slot);
  [[nodiscard]] std::size_t pair_of(std::size_t x, std::size_t y);
  [[nodiscard]] std::string rings_text(const StepDraft& step) const;
  void use_window(std::size_t series, std::uint32_t slots, operators::Order order);

  friend class BlockLayout;
  std::unique_ptr<Plan> plan_;
  std::string scope_;
  std::vector<Value> values_;
  std::vector<StepDraft> steps_;
  std::vector<SeriesDraft> series_;
  std::vector<PairDraft> pairs_;
  std::unordered_map<std::string, Slot> by_definition_;
  std::unordered_map<std::string, std::size_t> series_by_definition_;
  std::map<std::pair<std::size_t, std::size_t>, std::size_t> pair_by_series_;
};

}  // namespace factorwal::graph
