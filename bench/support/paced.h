#pragma once
/// Events that come at even distances, and how long each takes to be durable.

#include "commit_times.h"
#include "support/updates.h"

namespace factorwal::bench {

/// When each event was sent. An event is kFactors updates; `wait_until` waits for its time.
template <class WaitUntil, class Send>
std::vector<std::int64_t> send_events(std::uint64_t events, std::chrono::nanoseconds interval,
                                      WaitUntil&& wait_until, Send&& send) {
  std::vector<std::int64_t> sent(events);
  const auto begun = Clock::now();
  for (std::uint64_t event = 0; event < events; ++event) {
    wait_until(begun + event * interval);
    sent[event] = now_ns();
    for (std::uint64_t i = event * kFactors; i < (event + 1) * kFactors; ++i) {
      send(update_at(i, 1));
    }
  }
  return sent;
}

/// From the event until all its updates are durable. `commits` have `upto` and an end.
template <class Commits, class End>
std::vector<std::int64_t> latencies(const std::vector<std::int64_t>& sent, const Commits& commits,
                                    End&& end) {
  std::vector<std::int64_t> times;
  auto commit = commits.begin();
  for (std::size_t event = 0; event < sent.size(); ++event) {
    while (commit->upto < (event + 1) * kFactors) ++commit;
    times.push_back(end(*commit) - sent[event]);
  }
  return times;
}

/// For CommitTimes.
[[nodiscard]] inline std::uint64_t clock_ns() { return static_cast<std::uint64_t>(now_ns()); }

/// What became of events that a persister, as it is by default, has taken to a new log.
struct PacedRun {
  std::vector<std::int64_t> sent;
  std::vector<CommitTime> commits;

  [[nodiscard]] std::vector<std::int64_t> durable_after() const {
    return latencies(sent, commits,
                     [](const auto& commit) { return static_cast<std::int64_t>(commit.end); });
  }
};

template <class WaitUntil>
PacedRun run_paced(const std::string& parent, std::uint64_t events,
                   std::chrono::nanoseconds interval, WaitUntil&& wait_until) {
  const BenchDir dir(parent);
  CommitTimes times(clock_ns, true, events * 2);
  const auto wal = must(WalManager::open_on(times, dir.path()));
  PacedRun run;
  {
    FactorWalPersister persister(wal);
    UpdateSender sender(persister);
    run.sent = send_events(events, interval, wait_until,
                           [&](const Update& update) { sender.send(update); });
    must(persister.shutdown());
  }
  must(wal->close());
  run.commits = times.commits();
  return run;
}

}  // namespace factorwal::bench
