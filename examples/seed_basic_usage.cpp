// Basic usage: one instrument, operators by hand, every tick logged, a snapshot at the end.
#include <cstdio>
#include <memory>

#include "factorwal/operators.h"
#include "factorwal/wal_stream_factor_engine.h"
#include "tick_stream.h"

int main(int argc, char** argv) {
  using namespace factorwal;

  // 1. The log.
  auto wal = WalManager::open(argc > 1 ? argv[1] : "factor_wal").value();

  // 2. The persister.
  FactorWalConfig config;
  config.batch_size = 100;
  config.max_delay_ms = 10;
  config.enable_group_commit = true;
  auto persister = std::make_shared<FactorWalPersister>(wal, config);

  // 3. An engine with persistence.
  auto engine = WalStreamFactorEngine::make("SHFE.cu2501", persister, true).value();

  // 4. Its factors; the state of an earlier run, if there was one.
  engine.register_factor("ma5", std::make_unique<RollingMean>(5)).value();
  engine.register_factor("ma20", std::make_unique<RollingMean>(20)).value();
  engine.register_factor("rsi14", std::make_unique<RSI>(14)).value();
  engine.recover().value();

  // 5. Market data.
  for (const auto& tick : examples::tick_stream(1000)) {
    const auto factors = engine.process_tick({{}, tick.timestamp_ns, tick.fields});
    if (!factors) return 1;
  }
  std::printf("ma5 %.3f  ma20 %.3f  rsi14 %.3f\n", *engine.get_factor("ma5"),
              *engine.get_factor("ma20"), *engine.get_factor("rsi14"));

  // 6. A snapshot, and the certainty that it is on the disk.
  const auto ticket = engine.create_and_persist_snapshot(1).value();
  persister->wait_durable(ticket, std::chrono::seconds(10)).value();
}
