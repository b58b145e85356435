// How many updates a second does the persister make durable, by batch size, and how long after its
// send is an update durable when 20,000 a second arrive in bursts of 16?
//
// Sync policy: one fdatasync a commit, except in rows that say otherwise. "raw" is the floor: the
// same number of 24-byte records a commit, one pwrite and one fdatasync into a file that is already
// written, from one thread, without channel or checksum. "x raw" divides by it within a round.
// A persister's commit takes everything that waits, so at batch N the commits hold N or more
// ("records a commit"); raw holds exactly N, and for natural as many as the persister had.

#include <fcntl.h>
#include <unistd.h>

#include <cmath>
#include <thread>

#include "commit_times.h"
#include "factorwal/persister.h"
#include "support.h"

namespace {

using namespace factorwal;
using namespace factorwal::bench;

struct Mode {
  const char* name;
  FactorWalConfig config;
};

FactorWalConfig batch(std::size_t size) {
  FactorWalConfig config;
  config.adaptive = false;
  config.batch_size = size;
  config.max_delay_ms = 1000;
  return config;
}

struct Run {
  double rate = 0;  // updates a second
  double per_commit = 0;
  double bytes = 0;                   // of frames, an update
  double send_ns = 0;                 // mean
  std::vector<std::int64_t> latency;  // send to durable, ns
  std::uint64_t hash = 0;
};

struct Workload {
  std::uint64_t updates;
  std::uint64_t seed;
  std::uint64_t per_second = 0;  // 0: as fast as they go
};

std::uint64_t clock_ns() { return static_cast<std::uint64_t>(now_ns()); }

void send_all(FactorWalPersister& persister, const Workload& load, std::vector<std::int64_t>& sent,
              std::uint64_t sample_every) {
  std::vector<InstrumentHandle> instruments;
  std::vector<FactorHandle> factors;
  for (std::uint32_t i = 0; i < kInstruments; ++i) {
    instruments.push_back(must(persister.instrument(numbered("SHFE.i", i))));
  }
  for (std::uint32_t f = 0; f < kFactors; ++f) {
    factors.push_back(must(persister.factor(numbered("f", f))));
  }
  const auto begun = Clock::now();
  for (std::uint64_t i = 0; i < load.updates; ++i) {
    if (load.per_second != 0 && i % kFactors == 0) {
      std::this_thread::sleep_until(begun +
                                    std::chrono::nanoseconds(i * 1'000'000'000 / load.per_second));
    }
    const auto u = update_at(i, load.seed);
    if (i % sample_every == 0) sent.push_back(now_ns());
    if (!persister.send_update(instruments[u.instrument], factors[u.factor], u.value,
                               u.timestamp_ns)) {
      die("a send was refused");
    }
  }
}

std::uint64_t read_back(const std::string& directory, std::uint64_t updates) {
  auto stream = must(RecordStream::open(directory));
  LogRecord record;
  std::uint64_t count = 0;
  std::uint64_t hash = 0;
  while (stream.next(record).value()) {
    const auto instrument = std::stoul(std::string(record.instrument_id.substr(6)));
    const auto factor = std::stoul(std::string(record.factor_id.substr(1)));
    hash += hash_of({static_cast<std::uint32_t>(instrument), static_cast<std::uint32_t>(factor),
                     record.value, record.timestamp_ns});
    ++count;
  }
  if (count != updates) die("the log holds " + std::to_string(count) + " updates");
  return hash;
}

Run run_persister(const std::string& parent, const FactorWalConfig& config, const Workload& load) {
  const BenchDir dir(parent);
  Run run;
  const std::uint64_t sample_every = load.per_second != 0 ? 1 : 64;
  std::vector<std::int64_t> sent;
  sent.reserve(load.updates / sample_every + 1);
  CommitTimes times(clock_ns, config.enable_group_commit, load.updates / 4 + 64);
  auto wal = must(WalManager::open_on(times, dir.path()));
  std::int64_t all_sent = 0;
  const auto begun = now_ns();
  {
    FactorWalPersister persister(wal, config);
    send_all(persister, load, sent, sample_every);
    all_sent = now_ns();
    must(persister.shutdown());
  }
  const auto& commits = times.commits();
  run.rate = static_cast<double>(load.updates) * 1e9 /
             static_cast<double>(static_cast<std::int64_t>(commits.back().end) - begun);
  run.per_commit = static_cast<double>(load.updates) / static_cast<double>(commits.size());
  run.bytes = static_cast<double>(times.bytes()) / static_cast<double>(load.updates);
  run.send_ns = static_cast<double>(all_sent - begun) / static_cast<double>(load.updates);
  auto commit = commits.begin();
  for (std::size_t s = 0; s < sent.size(); ++s) {
    while (commit->upto < s * sample_every + 1) ++commit;
    run.latency.push_back(static_cast<std::int64_t>(commit->end) - sent[s]);
  }
  must(wal->close());
  run.hash = read_back(dir.path(), load.updates);
  return run;
}

/// Updates a second of raw at `per_commit` 24-byte records a commit.
double run_raw(const std::string& parent, std::uint64_t updates, std::uint64_t per_commit,
               bool sync) {
  const BenchDir dir(parent);
  const auto path = dir.path() + "/raw";
  const int fd = open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0644);
  if (fd < 0) die("open " + path);
  const std::vector<char> bytes(per_commit * 24, 'r');
  const auto write_all = [&](bool each) {
    for (std::uint64_t i = 0; i < updates; i += per_commit) {
      if (pwrite(fd, bytes.data(), bytes.size(), static_cast<off_t>(i * 24)) !=
              static_cast<ssize_t>(bytes.size()) ||
          (each && fdatasync(fd) != 0)) {
        die("write " + path);
      }
    }
  };
  write_all(false);
  if (fsync(fd) != 0) die("sync " + path);
  const auto begun = now_ns();
  write_all(sync);
  const auto took = now_ns() - begun;
  close(fd);
  return static_cast<double>(updates) * 1e9 / static_cast<double>(took);
}

std::uint64_t expected_hash(const Workload& load) {
  std::uint64_t hash = 0;
  for (std::uint64_t i = 0; i < load.updates; ++i) hash += hash_of(update_at(i, load.seed));
  return hash;
}

void print_latency(std::vector<std::int64_t>& latency) {
  const auto us = [](std::int64_t ns) { return static_cast<double>(ns) / 1000; };
  std::printf(" %9.0f %9.0f %9.0f", us(percentile(latency, 0.5)), us(percentile(latency, 0.99)),
              us(percentile(latency, 1)));
}

}  // namespace

int main(int argc, char** argv) {
  const Parameters parameters({{"updates", "1000000"},
                               {"paced_updates", "40000"},
                               {"paced_per_second", "20000"},
                               {"rounds", "3"},
                               {"seed", "1"},
                               {"dir", "bench-data"}},
                              argc, argv);
  const auto& dir = parameters.text("dir");
  const auto rounds = parameters.number("rounds");
  const Workload saturated{parameters.number("updates"), parameters.number("seed")};

  const std::vector<Mode> modes = {{"10", batch(10)},
                                   {"100", batch(100)},
                                   {"1000", batch(1000)},
                                   {"natural", FactorWalConfig::balanced()},
                                   {"high_throughput", FactorWalConfig::high_throughput()},
                                   {"low_latency (no sync)", FactorWalConfig::low_latency()}};
  std::printf("\nsaturated, one sender; latency is queueing here\n");
  std::printf("%-22s %12s %7s %14s %7s %9s %9s %9s %9s\n", "batch", "updates/s", "x raw",
              "records/commit", "B/upd", "send ns", "p50 us", "p99 us", "max us");
  const auto expected = expected_hash(saturated);
  for (const auto& mode : modes) {
    std::vector<double> rates;
    std::vector<double> ratios;
    Run run;
    for (std::uint64_t round = 0; round < rounds; ++round) {
      run = run_persister(dir, mode.config, saturated);
      if (run.hash != expected) die("what was read back differs from what was sent");
      const bool natural = mode.config.adaptive;
      const auto per_commit = natural ? static_cast<std::uint64_t>(std::max(run.per_commit, 1.0))
                                      : mode.config.batch_size;
      const auto raw_updates = std::min(saturated.updates, per_commit * 2000);
      rates.push_back(run.rate);
      ratios.push_back(run.rate /
                       run_raw(dir, raw_updates, per_commit, mode.config.enable_group_commit));
    }
    std::printf("%-22s %12.0f %7.3f %14.0f %7.1f %9.1f", mode.name, median(rates), median(ratios),
                run.per_commit, run.bytes, run.send_ns);
    print_latency(run.latency);
    std::printf("\n");
  }

  const Workload paced{parameters.number("paced_updates"), parameters.number("seed"),
                       parameters.number("paced_per_second")};
  std::printf("\npaced, %" PRIu64 " updates/s in bursts of %u: from send to durable\n",
              paced.per_second, kFactors);
  std::printf("%-22s %14s %9s %9s %9s\n", "mode", "records/commit", "p50 us", "p99 us", "max us");
  auto spin = FactorWalConfig::balanced();
  spin.persister_wait = FactorWalConfig::PersisterWait::kSpin;
  for (const auto& mode : {Mode{"natural", FactorWalConfig::balanced()},
                           Mode{"natural, spin", spin}, Mode{"100, at most 10 ms", [] {
                                                               auto config = batch(100);
                                                               config.max_delay_ms = 10;
                                                               return config;
                                                             }()}}) {
    auto run = run_persister(dir, mode.config, paced);
    if (run.hash != expected_hash(paced)) die("what was read back differs from what was sent");
    std::printf("%-22s %14.1f", mode.name, run.per_commit);
    print_latency(run.latency);
    std::printf("\n");
  }
  std::printf("\nhash of what was read back: %016" PRIx64 "\n", expected);
}
