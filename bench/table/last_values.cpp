// How long does it take to get the last values of all updates of a log back? Page cache warm, every
// checksum verified.

#include "factorwal/consumer.h"
#include "support/updates.h"
#include "table/row.h"

namespace factorwal::bench {
namespace {

class LastValues final : public Measurement {
 public:
  LastValues(Table& table, const Scale& scale)
      : time_(table.at_most(
            "recovery of " + std::to_string(scale.updates) + " updates to last values", "ms", 5)),
        dir_(scale.dir),
        updates_(make_updates(scale.updates)) {
    const auto wal = must(WalManager::open(dir_.path()));
    FactorWalPersister persister(wal);
    UpdateSender sender(persister);
    for (const auto& update : updates_) sender.send(update);
    must(persister.shutdown());
    must(wal->close());
  }

  void round() override {
    const auto begun = now_ns();
    FactorWalConsumer consumer(dir_.path());
    must(consumer.recover());
    time_.add(static_cast<double>(now_ns() - begun) / 1e6);
    if (consumer.last_sequence() != updates_.size()) die("the log has other updates");
  }

 private:
  Row& time_;
  BenchDir dir_;
  std::vector<Update> updates_;
};

}  // namespace

std::unique_ptr<Measurement> make_last_values(Table& table, const Scale& scale) {
  return std::make_unique<LastValues>(table, scale);
}

}  // namespace factorwal::bench
