#pragma once
/// The last pass of a plan: where everything lies in an instrument's block, and the steps as they
/// run.

#include "graph/plan_builder.h"

namespace factorwal::graph {

class BlockLayout {
 public:
  explicit BlockLayout(PlanBuilder& draft) : draft_(draft), plan_(*draft.plan_) {}
  /// Fills in the plan. kInvalidArgument when a block would be larger than kBlockBytesMax.
  [[nodiscard]] Status finish();

 private:
  [[nodiscard]] Offset place(std::size_t bytes, std::size_t alignment);
  void place_values();
  void place_sums();
  void place_small_sums(operators::SeriesPlan& series);
  void place_lanes(operators::SeriesPlan& series, std::size_t begin, std::size_t end);
  void place_small_products(operators::PairPlan& pair);
  void place_states();
  void place_narrow_sums();
  void place_wide_sums();
  void place_derived();
  void place_rings();
  void add_ring_states();
  [[nodiscard]] std::vector<std::size_t> order_of_steps() const;
  [[nodiscard]] std::vector<bool> read_slots() const;
  void make_steps();
  void make_runs(const std::vector<std::size_t>& order);
  [[nodiscard]] std::optional<std::uint64_t> steady_after(
      const PlanBuilder::StepDraft& draft) const;
  void make_fresh_block();
  [[nodiscard]] operators::Step step_of(const PlanBuilder::StepDraft& draft, std::size_t index);
  void link_windows(const PlanBuilder::StepDraft& draft, operators::Step& step) const;
  [[nodiscard]] StepSources sources_of(const PlanBuilder::StepDraft& draft,
                                       std::size_t index) const;

  PlanBuilder& draft_;
  Plan& plan_;
  std::size_t end_ = sizeof(operators::BlockHeader);
  std::vector<Offset> step_states_;      // by step: own state, or the place of an object's pointer
  std::vector<Offset> step_derived_;     // by step; of an object: where its inputs are gathered
  std::vector<std::size_t> step_nodes_;  // by step: index of its StateNode, or kNoNode
};

}  // namespace factorwal::graph
