// The configurations of the guide, and what they came to on this machine.
#include <cstdio>
#include <string>

#include "factorwal/persister.h"

namespace {

using namespace factorwal;

bool send_with(const std::string& directory, const char* name, const FactorWalConfig& config) {
  FactorWalPersister persister(WalManager::open(directory + "/" + name).value(), config);
  for (int i = 0; i < 2000; ++i) {
    persister.send_update("SHFE.cu2501", "ma5", 73000.0 + i, i).value();
  }
  persister.shutdown().value();  // waits until everything is written
  const auto stats = persister.stats();
  std::printf("%-16s batch_size %4zu  max_delay_ms %2llu  %4llu commits  %4llu syncs\n", name,
              config.batch_size, static_cast<unsigned long long>(config.max_delay_ms),
              static_cast<unsigned long long>(stats.commits),
              static_cast<unsigned long long>(stats.syncs));
  return persister.marks().durable >= 2000;
}

}  // namespace

int main(int argc, char** argv) {
  const std::string directory = argc > 1 ? argv[1] : ".";
  // Large batches, for throughput.
  bool ok = send_with(directory, "high_throughput", FactorWalConfig::high_throughput());
  // Written at once, synced once a second: not power-safe in between.
  ok = send_with(directory, "low_latency", FactorWalConfig::low_latency()) && ok;
  // The default.
  ok = send_with(directory, "balanced", FactorWalConfig::balanced()) && ok;

  // By the rate of updates: more than 1000 ticks a second ...
  FactorWalConfig fast_market;
  fast_market.batch_size = 500;
  ok = send_with(directory, "fast_market", fast_market) && ok;
  // ... or fewer than 100.
  FactorWalConfig slow_market;
  slow_market.batch_size = 50;
  ok = send_with(directory, "slow_market", slow_market) && ok;
  // When commits take too long.
  FactorWalConfig short_delay;
  short_delay.batch_size = 50;
  short_delay.max_delay_ms = 5;
  ok = send_with(directory, "short_delay", short_delay) && ok;
  return ok ? 0 : 1;
}
