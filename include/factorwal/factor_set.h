#pragma once
/// \file
/// A factor set: the named factors that an Engine keeps for every instrument, compiled from text.

#include <array>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "factorwal/export.h"
#include "factorwal/operator.h"
#include "factorwal/result.h"
#include "factorwal/tick.h"

namespace factorwal {

namespace graph {
class Plan;  // the compiled nodes; internal
}

/// 128 bits that name a node's state across runs: a hash of its canonical expression.
struct StateIdentity {
  std::array<std::uint8_t, 16> bytes{};
  friend bool operator==(const StateIdentity&, const StateIdentity&) = default;
  friend bool operator<(const StateIdentity& a, const StateIdentity& b) {
    return a.bytes < b.bytes;
  }
};

/// A function of one's own for factor files: `NAME(series..., numbers...)`.
struct CustomFunction {
  std::string name;
  /// Makes the operator from the call's numbers (constants, in order). An error's message is shown
  /// at the call. The operator's `default_inputs()` says how many series it takes and which fields
  /// are meant when a call gives none; its `identity()` must hold everything that tells its state
  /// from another's, the numbers included.
  std::function<Result<std::unique_ptr<IncrementalOperator>>(std::span<const double> numbers)> make;
  /// Names of its outputs; empty when there is one.
  std::vector<std::string> outputs;
  /// Goes into the log, e.g. the version, so that a program without the function can name it: one
  /// line, at most 4 KiB. Empty: nothing.
  std::string note{};
};

/// A custom function that a factor set uses, and its note.
struct FunctionNote {
  std::string name;
  std::string note;
  friend bool operator==(const FunctionNote&, const FunctionNote&) = default;
};

/// The functions that a log's text (`TickLayout::factor_text`) says it uses, with their notes.
[[nodiscard]] FACTORWAL_EXPORT std::vector<FunctionNote> function_notes(
    std::string_view logged_text);

struct FactorSetOptions {
  std::vector<CustomFunction> functions;
};

/// Immutable once made; cheap to copy (shares the compiled plan). Safe to read from any thread.
class FACTORWAL_EXPORT FactorSet {
 public:
  /// One line that did not compile: `FILE:LINE:COLUMN: message`, the source line, a caret.
  /// `origin` names the text in messages, e.g. the file's path.
  static Result<FactorSet> parse(std::string_view text, const TickSchema& schema,
                                 std::string_view origin = "<factors>");
  /// With functions of one's own. Their names must be plain words that no built-in function has.
  static Result<FactorSet> parse(std::string_view text, const TickSchema& schema,
                                 std::string_view origin, const FactorSetOptions& options);

  /// The catalogue's default set. Factors whose fields `schema` lacks are left out;
  /// `left_out` (if not null) receives one sentence for each.
  static Result<FactorSet> default_set(const TickSchema& schema,
                                       std::vector<std::string>* left_out = nullptr);

  /// The text of the catalogue's default set, to start a file of one's own from.
  static std::string_view default_text() noexcept;

  /// Factor names in order of definition; this is the order of values everywhere.
  [[nodiscard]] const std::vector<std::string>& names() const noexcept;
  [[nodiscard]] std::size_t size() const noexcept { return names().size(); }
  [[nodiscard]] std::optional<std::size_t> find(std::string_view name) const;
  [[nodiscard]] const TickSchema& schema() const noexcept;

  /// The custom functions that are called, in order of their first call.
  [[nodiscard]] const std::vector<FunctionNote>& functions() const noexcept;

  /// The canonical text: every default explicit, aliases resolved. Parsing it gives the same set
  /// (under the same schema and options).
  [[nodiscard]] std::string canonical_text() const;
  /// The graph, one node a line, tab-separated: number, canonical expression, what it reads, its
  /// state identity and size; then a line per factor with its node.
  [[nodiscard]] std::string describe_graph() const;

  /// The bytes that the operators keep of one instrument when all windows are full, with its
  /// values: about 8 a tick of the longest window over each series. An engine refuses more than
  /// `kStateBytesAtMost`, which is what a snapshot holds of an instrument.
  [[nodiscard]] std::size_t state_bytes() const;
  static constexpr std::size_t kStateBytesAtMost = std::size_t{64} << 20;

  /// Internal: the compiled plan.
  [[nodiscard]] const std::shared_ptr<const graph::Plan>& plan() const noexcept { return plan_; }

 private:
  explicit FactorSet(std::shared_ptr<const graph::Plan> plan) : plan_(std::move(plan)) {}
  std::shared_ptr<const graph::Plan> plan_;
};

/// One entry of the operator catalogue, for `factorwal operators` and for documentation.
struct OperatorInfo {
  std::string name;                  ///< canonical, e.g. "ts_mean"
  std::vector<std::string> aliases;  ///< e.g. "sma", "rolling_mean", "RollingMean"
  std::string signature;             ///< e.g. "ts_mean(x, d, minp=d)"
  std::vector<std::string>
      outputs;              ///< e.g. {"line", "signal", "hist"}; one entry "value" if single
  std::string first_value;  ///< e.g. "d"
  std::string definition;   ///< one line
  std::string source;       ///< book, paper, library
};

/// Every operator of the language, sorted by name.
[[nodiscard]] FACTORWAL_EXPORT std::vector<OperatorInfo> list_operators();

}  // namespace factorwal
