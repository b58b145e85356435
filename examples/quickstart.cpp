#include <cmath>
#include <cstdio>

#include "factorwal/engine.h"

int main(int argc, char** argv) {
  using namespace factorwal;
  const auto schema = TickSchema::make({"close", "volume"}).value();
  const auto factors = FactorSet::parse(
                           "factor ma5   = ts_mean(close, 5)\n"
                           "factor rsi14 = rsi(close, 14)\n",
                           schema)
                           .value();
  auto engine = Engine::open(argc > 1 ? argv[1] : "quickstart-data", factors).value();
  const auto cu = engine->instrument("SHFE.cu2501").value();
  for (int i = 0; i < 100; ++i) {
    const double fields[] = {73000 + 10.0 * (i % 7), 1.0 + i % 3};
    const auto tick = engine->process_tick({cu, 1'700'000'000'000'000'000 + i, fields});
    if (!tick) return 1;
    std::printf("ma5 %.1f  rsi14 %.2f\n", tick.values[0], tick.values[1]);
  }
  engine->close().value();  // run it again: it goes on where it stopped, also after kill -9
}
