#pragma once
/// \file
/// One instrument as it was at any sequence of a log: its values, its operators' states, and how a
/// value came about.

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "factorwal/export.h"
#include "factorwal/factor_set.h"
#include "factorwal/finding.h"
#include "factorwal/record.h"
#include "factorwal/types.h"

namespace factorwal {

namespace history {
struct AsOf;  // internal
}

struct AsOfRequest {
  std::string instrument;
  Sequence sequence = 0;  ///< inclusive
  /// Another factor set over the same ticks; otherwise the log's own, as of then.
  std::optional<std::string> factor_text{};
  std::string factor_origin{};  ///< its name in messages, e.g. a file's
  std::size_t tick_count = 0;   ///< how many of the last ticks to give back
  FactorSetOptions options{};   ///< functions of one's own that the factors call
};

struct InputTick {
  Sequence sequence = 0;
  TickNumber tick_number;
  TimestampNs timestamp_ns = kNoTimestamp;
  std::vector<double> fields;  ///< in the order of the factor set's schema
};

/// What an operator keeps for an instrument.
struct OperatorState {
  std::string expression;  ///< canonical; of a window: "last 19 of close"
  StateIdentity identity;
  StateIdentity
      hash;  ///< of its bytes, which depend on the ticks alone: equal states, equal hashes
  std::size_t bytes = 0;
  double value = 0;    ///< its (first) output at the last tick
  bool exact = false;  ///< every tick that it depends on was read
};

/// A step on the way to a factor's value.
struct ExplainedNode {
  std::uint32_t number = 0;  ///< as `FactorSet::describe_graph` numbers it
  std::string expression;    ///< canonical; #N stands for node N where it is long
  double value = 0;
  bool exact = false;
  std::vector<std::size_t> inputs;  ///< places in `Explanation::nodes`
};

/// How a factor's value came about.
struct Explanation {
  std::vector<ExplainedNode> nodes;  ///< the factor's own first; each once
  std::vector<std::size_t> fields;   ///< of the schema, that it reads; ascending
  /// How many of the last ticks it can depend on; nothing: on all of them.
  std::optional<std::uint64_t> memory;
};

/// Made by `Reader::as_of`. Used by one thread at a time.
class FACTORWAL_EXPORT InstrumentAsOf {
 public:
  /// Internal.
  explicit InstrumentAsOf(std::unique_ptr<history::AsOf> found);
  InstrumentAsOf(InstrumentAsOf&&) noexcept;
  InstrumentAsOf& operator=(InstrumentAsOf&&) noexcept;
  ~InstrumentAsOf();

  /// Of its last tick up to the sequence asked for.
  [[nodiscard]] Sequence sequence() const noexcept;
  [[nodiscard]] TickNumber tick_number() const noexcept;
  [[nodiscard]] TimestampNs timestamp_ns() const noexcept;

  [[nodiscard]] const FactorSet& factors() const noexcept;
  /// A factor's value at that tick: computed again from the ticks, or, where the only state that is
  /// left is that of the tick itself (`ticks_replayed` is 0), as the log has it. NaN: missing.
  [[nodiscard]] double value(std::size_t factor) const;
  /// Every tick that it depends on was read.
  [[nodiscard]] bool exact(std::size_t factor) const;
  /// Not all factors are exact, or records are lost of which some may be later ticks of it.
  [[nodiscard]] bool doubtful() const;
  /// The latter.
  [[nodiscard]] bool may_lack_ticks() const noexcept;

  /// Ticks that were pushed through the graph behind the saved state.
  [[nodiscard]] std::uint64_t ticks_replayed() const noexcept;
  /// The last ones, oldest first, as many as were asked for.
  [[nodiscard]] std::span<const InputTick> ticks() const noexcept;
  /// What is damaged of what was read.
  [[nodiscard]] const std::vector<Finding>& findings() const noexcept;

  /// Of every operator that keeps something.
  [[nodiscard]] std::vector<OperatorState> operator_states();
  /// Requires: `factor` < factors().size(). Values are missing while `ticks_replayed` is 0.
  [[nodiscard]] Explanation explain(std::size_t factor) const;

 private:
  std::unique_ptr<history::AsOf> found_;
};

}  // namespace factorwal
