// The three kinds of message: one value, a vector, a snapshot of all factors.
#include <cstdio>

#include "factorwal/consumer.h"
#include "factorwal/persister.h"

int main(int argc, char** argv) {
  using namespace factorwal;
  auto wal = WalManager::open(argc > 1 ? argv[1] : "factor_wal").value();
  {
    FactorWalPersister persister(wal);
    persister.send(FactorWalMessage::Update{"SHFE.cu2501", "ma5", 73012.0, 1}).value();
    persister.send(FactorWalMessage::VectorUpdate{"SHFE.cu2501", "curve", {1.0, 2.0, 3.0}, 2})
        .value();
    persister
        .send(FactorWalMessage::Snapshot{"SHFE.cu2501", {{"ma5", 73013.0}, {"rsi14", 55.5}}, 1})
        .value();
    persister.send_update("SHFE.cu2501", "ma5", 73014.0, 3).value();  // after the snapshot: it wins
  }
  FactorWalConsumer consumer(wal);
  consumer.recover().value();
  const auto& factors = *consumer.get_instrument_factors("SHFE.cu2501");
  std::printf("ma5 %.1f  rsi14 %.1f\n", factors.at("ma5"), factors.at("rsi14"));
  return factors.at("ma5") == 73014.0 ? 0 : 1;
}
