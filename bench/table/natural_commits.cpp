// How many updates, sent by handle as fast as they go, become durable, as a share of raw records;
// and how many bytes does each take?

#include <cmath>

#include "support/raw_store.h"
#include "support/updates.h"
#include "table/row.h"

namespace factorwal::bench {
namespace {

constexpr std::size_t kRawBytes = 24;

class NaturalCommits final : public Measurement {
 public:
  NaturalCommits(Table& table, const Scale& scale)
      : scale_(scale),
        ratio_(table.at_least("durable updates, natural batches, by handle", "x raw", 0.6)),
        updates_(make_updates(scale.updates)) {}

  void round() override {
    const auto raw = raw_rate();
    const auto rate = persister_rate();
    ratio_.add(rate / raw);
    rates_.push_back(rate);
    ratio_.note(std::to_string(std::llround(median(rates_))) + " updates a second");
  }

 private:
  double raw_rate() {
    const BenchDir dir(scale_.dir);
    RawStore raw(dir.path(), kRawBytes, updates_.size());
    const auto begun = now_ns();
    for (const auto& update : updates_) raw.send(&update);
    raw.finish();
    return rate_of(updates_.size(), now_ns() - begun);
  }
  double persister_rate() {
    const BenchDir dir(scale_.dir);
    const auto wal = must(WalManager::open(dir.path()));
    FactorWalPersister persister(wal);
    UpdateSender sender(persister);
    const auto begun = now_ns();
    for (const auto& update : updates_) sender.send(update);
    must(persister.flush(std::chrono::minutes(5)));
    const auto took = now_ns() - begun;
    must(persister.shutdown());
    must(wal->close());
    return rate_of(updates_.size(), took);
  }

  const Scale& scale_;
  Row& ratio_;
  std::vector<Update> updates_;
  std::vector<double> rates_;
};
static_assert(sizeof(Update) == kRawBytes);

}  // namespace

std::unique_ptr<Measurement> make_natural_commits(Table& table, const Scale& scale) {
  return std::make_unique<NaturalCommits>(table, scale);
}

}  // namespace factorwal::bench
