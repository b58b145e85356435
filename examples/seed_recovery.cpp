// Recovery of the last values from a log. Run it after seed_basic_usage on the same directory.
#include <cstdio>

#include "factorwal/consumer.h"

int main(int argc, char** argv) {
  using namespace factorwal;
  auto wal = WalManager::open(argc > 1 ? argv[1] : "factor_wal").value();

  // 1. The consumer.  2. Recovery.
  FactorWalConsumer consumer(wal);
  consumer.recover().value();

  // 3. The recovered factors.
  const auto* factors = consumer.get_instrument_factors("SHFE.cu2501");
  if (factors == nullptr) return 1;
  std::printf("Recovered MA5: %.3f\n", factors->at("ma5"));
  std::printf("Recovered RSI14: %.3f\n", factors->at("rsi14"));

  // 4. The last event time, for a source that is asked for what came later.
  std::printf("Recovery up to: %lld\n", static_cast<long long>(consumer.last_timestamp()));
}
