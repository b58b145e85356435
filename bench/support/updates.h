#pragma once
/// The stream of updates, through a persister.

#include "factorwal/persister.h"
#include "support.h"

namespace factorwal::bench {

/// A persister with the handles of the stream's instruments and factors.
class UpdateSender {
 public:
  explicit UpdateSender(FactorWalPersister& persister) : persister_(persister) {
    for (std::uint32_t i = 0; i < kInstruments; ++i) {
      instruments_.push_back(must(persister.instrument(numbered("SHFE.i", i))));
    }
    for (std::uint32_t f = 0; f < kFactors; ++f) {
      factors_.push_back(must(persister.factor(numbered("f", f))));
    }
  }
  SendStatus try_send(const Update& update) {
    return persister_
        .send_update(instruments_[update.instrument], factors_[update.factor], update.value,
                     update.timestamp_ns)
        .status;
  }
  void send(const Update& update) {
    if (try_send(update) != SendStatus::kAccepted) die("a send was refused");
  }

 private:
  FactorWalPersister& persister_;
  std::vector<InstrumentHandle> instruments_;
  std::vector<FactorHandle> factors_;
};

[[nodiscard]] inline std::vector<Update> make_updates(std::uint64_t count) {
  std::vector<Update> updates(count);
  for (std::uint64_t i = 0; i < count; ++i) updates[i] = update_at(i, 1);
  return updates;
}

/// A second's worth, given how long so many took.
[[nodiscard]] inline double rate_of(std::uint64_t count, std::int64_t ns) {
  return static_cast<double>(count) * 1e9 / static_cast<double>(ns);
}

}  // namespace factorwal::bench
