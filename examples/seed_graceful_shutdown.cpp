// An orderly end: `shutdown` waits until everything is written and says whether it is; leaving the
// scope does the same without saying. When the channel is full, a send waits or is refused.
#include <cstdio>

#include "factorwal/consumer.h"
#include "factorwal/persister.h"

int main(int argc, char** argv) {
  using namespace factorwal;
  auto wal = WalManager::open(argc > 1 ? argv[1] : "factor_wal").value();
  {
    FactorWalPersister persister(wal);
    for (int i = 1; i <= 1000; ++i) persister.send_update("SHFE.cu2501", "ma5", i, i).value();
    persister.shutdown().value();
  }  // the destructor has nothing left to do
  {
    FactorWalConfig bounded;
    bounded.when_full = FactorWalConfig::WhenFull::kRefuse;
    FactorWalPersister persister(wal, bounded);
    for (int i = 1001; i <= 2000; ++i) {
      const auto sent = persister.send_update("SHFE.cu2501", "ma5", i, i);
      if (!sent) std::printf("refused: %s\n", sent.error().message.c_str());
    }
  }  // no shutdown: the destructor waits for everything that was accepted
  FactorWalConsumer consumer(wal);
  consumer.recover().value();
  std::printf("last ma5: %.0f\n", consumer.get_instrument_factors("SHFE.cu2501")->at("ma5"));
}
