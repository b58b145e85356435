#pragma once
/// One instrument's share of a factor set: the state of every operator, and the current values.

#include <cstddef>
#include <memory>
#include <span>
#include <vector>

#include "factorwal/result.h"
#include "graph/plan.h"

namespace factorwal::graph {

/// What a load found.
struct LoadReport {
  std::size_t loaded = 0;
  std::size_t cold = 0;    ///< nodes with state of which nothing was saved; they start fresh
  std::size_t unused = 0;  ///< saved states that no node asked for
};

class InstrumentGraph {
 public:
  using LoadReport = graph::LoadReport;

  explicit InstrumentGraph(std::shared_ptr<const Plan> plan);

  /// One tick. `fields` has the schema's order and length, `outputs` one element per factor.
  /// Does not allocate.
  void evaluate(std::span<const double> fields, std::span<double> outputs) noexcept;

  /// Appends, per node with state in the plan's order: 16 bytes StateIdentity, u32 little-endian
  /// length, state. The same ticks give the same bytes.
  void save(std::vector<std::byte>& out);

  /// Takes over states by identity, whatever the order and the factor set they were saved under;
  /// a node of which nothing was saved is left as it is. kCorruption when the bytes are not what
  /// `save` wrote; nodes may then hold a mixture: discard this graph.
  Result<LoadReport> load(std::span<const std::byte> bytes);

  [[nodiscard]] const Plan& plan() const noexcept { return *plan_; }

 private:
  std::shared_ptr<const Plan> plan_;
  std::vector<std::unique_ptr<IncrementalOperator>> operators_;
  std::vector<double> values_;
  std::vector<double> inputs_;  // of the operator being updated
};

}  // namespace factorwal::graph
