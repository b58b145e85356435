#pragma once
/// \file
/// Factors of one instrument, built by hand from operators.

#include <cstddef>
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

/// Named operators over the fields of a tick. Owned and called by one thread; keeps nothing on
/// disk. `process_tick` does not allocate.
///
///     StreamFactorEngine engine(TickSchema::quotes());
///     engine.register_factor("ma5", std::make_unique<RollingMean>(5)).value();
///     engine.process_tick({{}, timestamp_ns, values});
///     double ma5 = *engine.get_factor("ma5");
class FACTORWAL_EXPORT StreamFactorEngine {
 public:
  explicit StreamFactorEngine(TickSchema schema);
  ~StreamFactorEngine();
  StreamFactorEngine(StreamFactorEngine&&) noexcept;
  StreamFactorEngine& operator=(StreamFactorEngine&&) noexcept;

  /// Adds a factor of an operator with one output. `inputs` names the fields it takes (any
  /// spelling); empty means `op->default_inputs()`. The operator starts without history, also
  /// when ticks have passed. Fails (kAlreadyExists) on a second factor of that id,
  /// (kNotFound) on a field that the schema lacks, (kInvalidArgument) on an id that is not 1 to 255
  /// bytes of UTF-8, a null operator or a wrong count of inputs or outputs; nothing is then added.
  Status register_factor(std::string_view factor_id, std::unique_ptr<IncrementalOperator> op,
                         std::span<const std::string> inputs = {});
  /// The same for several outputs, one id each in the operator's order; trailing ones may be left
  /// out, `_` skips one.
  Status register_factors(std::span<const std::string> factor_ids,
                          std::unique_ptr<IncrementalOperator> op,
                          std::span<const std::string> inputs = {});
  Status register_factor(std::initializer_list<std::string_view> factor_ids,
                         std::unique_ptr<IncrementalOperator> op,
                         std::span<const std::string> inputs = {});

  /// One tick; its instrument and time are not looked at. Returns every factor's value in order of
  /// registration, valid until the next call of a non-const member. Requires (checked):
  /// `tick.values` has the schema's length.
  std::span<const double> process_tick(const Tick& tick) noexcept;

  /// The value after the last tick; NaN while missing. Nothing only when there is no such factor or
  /// no tick has come yet.
  [[nodiscard]] std::optional<double> get_factor(std::string_view factor_id) const;
  /// Every factor with its value, in order of registration; empty before the first tick.
  [[nodiscard]] std::vector<std::pair<std::string, double>> get_all_factors() const;

  [[nodiscard]] const std::vector<std::string>& names() const noexcept { return names_; }
  [[nodiscard]] std::span<const double> values() const noexcept { return values_; }
  [[nodiscard]] const TickSchema& schema() const noexcept { return schema_; }
  [[nodiscard]] bool has_ticks() const noexcept { return has_ticks_; }

  /// What a load found.
  struct LoadReport {
    std::size_t loaded = 0;
    std::size_t cold = 0;    ///< states of which nothing was saved; they start fresh
    std::size_t unused = 0;  ///< saved states that no operator asked for
  };

  /// Appends the last values of every series that windows look back on, and the state of recursive
  /// and users' operators, keyed by identity, inputs and factor ids.
  void save_state(std::vector<std::byte>& out);
  /// Takes over what `save_state` wrote, by key, in place of what the operators hold. kCorruption
  /// when the bytes are not that; nothing is changed then. Last values are not part of the state.
  Result<LoadReport> load_state(std::span<const std::byte> bytes);
  /// As if no tick had come: the operators forget what they hold.
  void restart();
  /// Makes `get_factor` answer as after the tick that gave these values. Requires: one a factor.
  void restore_values(std::span<const double> values);

 private:
  struct Registered;
  struct Program;
  Status add(std::span<const std::string_view> factor_ids, std::unique_ptr<IncrementalOperator> op,
             std::span<const std::string> inputs, bool single);

  TickSchema schema_;
  std::vector<std::string> names_;
  std::vector<double> values_;
  std::unique_ptr<Program> program_;
  bool has_ticks_ = false;
};

}  // namespace factorwal
