// An operator of one's own, whose state is kept by snapshots like that of the built-in ones.
#include <cmath>
#include <cstdio>
#include <limits>
#include <memory>

#include "factorwal/engine.h"
#include "factorwal/operators/missing.h"

namespace {

using namespace factorwal;

/// The largest fall from the highest value so far, as a fraction of it.
class MaxFall final : public IncrementalOperator {
 public:
  [[nodiscard]] std::string identity() const override { return "example.max_fall()#1"; }
  void update(std::span<const double> inputs, std::span<double> outputs) noexcept override {
    const double x = inputs[0];
    if (!is_present(x)) {  // the state stays, the output is missing
      outputs[0] = kMissing;
      return;
    }
    if (!(x <= high_)) high_ = x;
    worst_ = std::fmax(worst_, (high_ - x) / high_);
    outputs[0] = worst_;
  }
  void visit_state(StateVisitor& visitor) override {
    visitor.visit(high_);
    visitor.visit(worst_);
  }
  [[nodiscard]] std::unique_ptr<IncrementalOperator> clone_fresh() const override {
    return std::make_unique<MaxFall>();
  }

 private:
  double high_ = -std::numeric_limits<double>::infinity();
  double worst_ = 0;
};

}  // namespace

int main(int argc, char** argv) {
  const auto schema = TickSchema::make({"close"}).value();
  FactorSetOptions options;
  CustomFunction max_fall;
  max_fall.name = "max_fall";
  max_fall.make = [](std::span<const double>) -> Result<std::unique_ptr<IncrementalOperator>> {
    return std::unique_ptr<IncrementalOperator>(std::make_unique<MaxFall>());
  };
  options.functions.push_back(max_fall);
  const auto factors =
      FactorSet::parse("factor fall = max_fall(close)", schema, "own_operator", options).value();
  auto engine = Engine::open(argc > 1 ? argv[1] : "own_operator-data", factors).value();
  const auto instrument = engine->instrument("IF2101.CFFEX").value();
  for (const double close : {5200.0, 5300.0, 5141.0, 5250.0}) {
    const double fields[] = {close};
    if (!engine->process_tick({instrument, 1'609'723'740'000'000'000, fields})) return 1;
  }
  std::printf("largest fall %.4f\n", *engine->get_factor(instrument, "fall"));
  engine->close().value();
}
