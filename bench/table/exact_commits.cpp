// How many updates become durable with exactly so many a commit, as a share of bare 24-byte
// records? The log without its channel: one thread encodes and commits, as the raw one only
// commits.

#include "support/commits_in_turn.h"
#include "table/row.h"

namespace factorwal::bench {
namespace {

constexpr std::uint64_t kBatches[] = {10, 100, 1000};

class ExactCommits final : public Measurement {
 public:
  ExactCommits(Table& table, const Scale& scale)
      : scale_(scale), updates_(std::max<std::uint64_t>(scale.updates, 1000)) {
    for (const auto batch : kBatches) {
      rows_.push_back(&table.at_least(
          "durable updates, exactly " + std::to_string(batch) + " a commit", "x raw", 0.95));
    }
  }

  void round() override {
    const BenchDir dir(scale_.dir);
    RawFile raw(dir.path(), kBatches[std::size(kBatches) - 1]);
    LogAlone log(must(WalManager::open(dir.path() + "/log")));
    for (std::size_t i = 0; i < rows_.size(); ++i) {
      const auto batch = kBatches[i];
      const auto taken = commit_in_turn(raw, log, updates_, batch, kCommitsInTurn, scale_.seconds);
      rows_[i]->add(taken.raw_ns / taken.log_ns);
    }
  }

 private:
  static constexpr int kCommitsInTurn = 50;

  const Scale& scale_;
  UpdateCycle updates_;
  std::vector<Row*> rows_;
};

}  // namespace

std::unique_ptr<Measurement> make_exact_commits(Table& table, const Scale& scale) {
  return std::make_unique<ExactCommits>(table, scale);
}

}  // namespace factorwal::bench
