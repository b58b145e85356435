// How many updates become durable with exactly so many a commit, as a share of bare 24-byte
// records? The log without its channel: one thread encodes and commits, as the raw one only
// commits.

#include "support/log_alone.h"
#include "support/raw_file.h"
#include "table/row.h"

namespace factorwal::bench {
namespace {

constexpr std::uint64_t kBatches[] = {10, 100, 1000};

class ExactCommits final : public Measurement {
 public:
  ExactCommits(Table& table, const Scale& scale)
      : scale_(scale), updates_(make_updates(std::max<std::uint64_t>(scale.updates, 1000))) {
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
      // In turns within the round: a disk does not stay the same for a second.
      std::int64_t raw_ns = 0;
      std::int64_t log_ns = 0;
      const auto begun = now_ns();
      do {
        const auto before = now_ns();
        for (int k = 0; k < kCommitsInTurn; ++k) raw.commit(batch);
        const auto between = now_ns();
        for (int k = 0; k < kCommitsInTurn; ++k) log.commit(next(batch), batch);
        log_ns += now_ns() - between;
        raw_ns += between - before;
      } while (static_cast<double>(now_ns() - begun) < scale_.seconds * 1e9);
      rows_[i]->add(static_cast<double>(raw_ns) / static_cast<double>(log_ns));
    }
  }

 private:
  static constexpr int kCommitsInTurn = 50;
  const Update* next(std::uint64_t count) {
    if (at_ + count > updates_.size()) at_ = 0;
    return &updates_[std::exchange(at_, at_ + count)];
  }

  const Scale& scale_;
  std::vector<Update> updates_;
  std::uint64_t at_ = 0;
  std::vector<Row*> rows_;
};

}  // namespace

std::unique_ptr<Measurement> make_exact_commits(Table& table, const Scale& scale) {
  return std::make_unique<ExactCommits>(table, scale);
}

}  // namespace factorwal::bench
