// Snapshots every so many ticks: recovery then replays only what came after the last one.
#include <cstdio>
#include <memory>

#include "factorwal/operators.h"
#include "factorwal/wal_stream_factor_engine.h"
#include "tick_stream.h"

int main(int argc, char** argv) {
  using namespace factorwal;
  auto wal = WalManager::open(argc > 1 ? argv[1] : "factor_wal").value();
  auto persister = std::make_shared<FactorWalPersister>(wal);
  auto engine = WalStreamFactorEngine::make("SHFE.cu2501", persister, true).value();
  engine.register_factor("ma20", std::make_unique<RollingMean>(20)).value();
  engine.register_factor({"dif", "dea", "hist"}, std::make_unique<MACD>(12, 26, 9)).value();

  std::uint64_t checkpoint_counter = 0;
  for (const auto& tick : examples::tick_stream(25'000)) {
    if (!engine.process_tick({{}, tick.timestamp_ns, tick.fields})) return 1;
    ++checkpoint_counter;
    if (checkpoint_counter % 10'000 == 0) {
      engine.create_and_persist_snapshot(checkpoint_counter / 10'000).value();
    }
  }
  persister->flush(std::chrono::seconds(10)).value();
  std::printf("%llu ticks, 2 snapshots, durable up to %llu\n",
              static_cast<unsigned long long>(checkpoint_counter),
              static_cast<unsigned long long>(persister->marks().durable));
}
