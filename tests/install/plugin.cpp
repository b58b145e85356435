// What a plugin of a trading program is: a shared object with the engine inside, and a C face.

#include "factorwal/engine.h"

extern "C" __attribute__((visibility("default"))) int feed_one_tick(const char* directory) {
  using namespace factorwal;
  const auto factors =
      FactorSet::parse("factor m = ts_mean(close, 2)", TickSchema::make({"close"}).value());
  if (!factors) return 1;
  auto engine = Engine::open(directory, *factors);
  if (!engine) return 2;
  const double fields[] = {1};
  if (!(*engine)->process_tick({(*engine)->instrument("A").value(), 1, fields})) return 3;
  return (*engine)->close() ? 0 : 4;
}
