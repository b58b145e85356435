#pragma once
/// Updates that several threads send at once, each through a ring of its own.

#include <thread>

#include "support/updates.h"

namespace factorwal::bench {

struct ProducersRun {
  double updates_per_second = 0;  ///< of all threads together, until all are durable
  double send_ns = 0;             ///< median of a hundred at once: few of those find a full ring
};

/// Each thread sends every `threads`-th update, as fast as it can.
[[nodiscard]] inline ProducersRun run_producers(const std::string& directory,
                                                const std::vector<Update>& updates,
                                                std::size_t threads) {
  constexpr std::size_t kSendsTimed = 100;
  const auto wal = must(WalManager::open(directory));
  FactorWalPersister persister(wal);
  std::vector<std::vector<std::int64_t>> times(threads);
  const auto begun = now_ns();
  std::vector<std::thread> senders;
  for (std::size_t t = 0; t < threads; ++t) {
    senders.emplace_back([&, t] {
      UpdateSender sender(persister);
      auto before = now_ns();
      for (std::size_t i = t, count = 1; i < updates.size(); i += threads, ++count) {
        sender.send(updates[i]);
        if (count % kSendsTimed != 0) continue;
        const auto now = now_ns();
        times[t].push_back(now - std::exchange(before, now));
      }
    });
  }
  for (auto& sender : senders) sender.join();
  must(persister.flush(std::chrono::minutes(5)));
  const auto took = now_ns() - begun;
  must(persister.shutdown());
  must(wal->close());
  std::vector<std::int64_t> all;
  for (const auto& of_thread : times) all.insert(all.end(), of_thread.begin(), of_thread.end());
  return {rate_of(updates.size(), took),
          static_cast<double>(percentile(all, 0.5)) / static_cast<double>(kSendsTimed)};
}

}  // namespace factorwal::bench
