// Does the sum of what several threads send, and what becomes durable of it, fall with their
// number?

#include <thread>

#include "table/row.h"
#include "table/updates.h"

namespace factorwal::bench {
namespace {

class Producers final : public Measurement {
 public:
  Producers(Table& table, const Scale& scale)
      : scale_(scale),
        two_(table.at_least("producers: durable updates of 2, beside 1", "x one", 0.95)),
        four_(table.at_least("producers: durable updates of 4, beside 1", "x one", 0.95)),
        updates_(make_updates(scale.updates)) {
    two_.note("less than a twentieth below 1 is noise");
    four_.note(std::to_string(std::thread::hardware_concurrency()) + " processors");
  }

  void round() override {
    const auto one = rate_with(1);
    two_.add(rate_with(2) / one);
    four_.add(rate_with(4) / one);
  }

 private:
  double rate_with(std::size_t threads) {
    const BenchDir dir(scale_.dir);
    const auto wal = must(WalManager::open(dir.path()));
    FactorWalPersister persister(wal);
    const auto begun = now_ns();
    std::vector<std::thread> senders;
    for (std::size_t t = 0; t < threads; ++t) {
      senders.emplace_back([&, t] {
        UpdateSender sender(persister);
        for (std::size_t i = t; i < updates_.size(); i += threads) sender.send(updates_[i]);
      });
    }
    for (auto& sender : senders) sender.join();
    must(persister.flush(std::chrono::minutes(5)));
    const auto took = now_ns() - begun;
    must(persister.shutdown());
    must(wal->close());
    return rate_of(updates_.size(), took);
  }

  const Scale& scale_;
  Row& two_;
  Row& four_;
  std::vector<Update> updates_;
};

}  // namespace

std::unique_ptr<Measurement> make_producers(Table& table, const Scale& scale) {
  return std::make_unique<Producers>(table, scale);
}

}  // namespace factorwal::bench
