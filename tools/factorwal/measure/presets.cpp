#include "measure/presets.h"

#include <fmt/core.h>

#include <array>
#include <memory>
#include <thread>

#include "factorwal/persister.h"
#include "measure/interruption.h"
#include "measure/scratch.h"

namespace factorwal::measure {
namespace {

constexpr std::size_t kPresetRounds = 5;
constexpr std::size_t kPresetInstruments = 64;
constexpr std::size_t kPresetFactors = 16;
constexpr int kEventsBetweenLooks = 64;
constexpr TimestampNs kFirstTime = 1'735'689'600'000'000'000;

/// Updates as a strategy sends them: an event of one instrument moves all its factors.
class Updates {
 public:
  static Result<Updates> make(FactorWalPersister& persister) {
    Updates updates;
    updates.persister_ = &persister;
    for (std::size_t i = 0; i < kPresetInstruments; ++i) {
      const auto instrument = persister.instrument(fmt::format("BENCH.i{}", i));
      if (!instrument) return instrument.error();
      updates.instruments_[i] = *instrument;
    }
    for (std::size_t i = 0; i < kPresetFactors; ++i) {
      const auto factor = persister.factor(fmt::format("f{}", i));
      if (!factor) return factor.error();
      updates.factors_[i] = *factor;
    }
    return updates;
  }

  /// The ticket of the last update of the event.
  Result<Ticket> send_event() {
    const auto instrument = instruments_[events_ % kPresetInstruments];
    const auto time = kFirstTime + static_cast<TimestampNs>(events_ * 1000);
    Ticket last;
    for (const auto factor : factors_) {
      value_ += 0.25;
      const auto sent = persister_->send_update(instrument, factor, value_, time);
      if (!sent) {
        return Error{Errc::kIo, fmt::format("a send was refused: {}", to_string(sent.status)), 0};
      }
      last = sent.ticket;
    }
    ++events_;
    return last;
  }
  [[nodiscard]] std::uint64_t sent() const noexcept { return events_ * kPresetFactors; }

 private:
  FactorWalPersister* persister_ = nullptr;
  std::array<InstrumentHandle, kPresetInstruments> instruments_;
  std::array<FactorHandle, kPresetFactors> factors_;
  std::uint64_t events_ = 0;
  double value_ = 1000;
};

/// One preset with its log.
class PresetRun {
 public:
  PresetRun(std::string name, FactorWalConfig config, std::string directory)
      : name_(std::move(name)), config_(config), directory_(std::move(directory)) {}
  [[nodiscard]] const std::string& name() const noexcept { return name_; }

  Status open() {
    auto wal = WalManager::open(directory_);
    if (!wal) return wal.error();
    wal_ = std::move(*wal);
    persister_ = std::make_unique<FactorWalPersister>(wal_, config_);
    auto updates = Updates::make(*persister_);
    if (!updates) return updates.error();
    updates_ = *updates;
    return {};
  }

  Status send_at_full_speed(double seconds, std::uint64_t bytes, const std::atomic<bool>& stop) {
    const auto before = persister_->stats();
    const auto sent_before = updates_.sent();
    const auto begun = Clock::now();
    do {
      if (auto done = expect_not_interrupted(stop); !done) return done;
      for (int i = 0; i < kEventsBetweenLooks; ++i) {
        if (const auto sent = updates_.send_event(); !sent) return sent.error();
      }
    } while (seconds_since(begun) < seconds &&
             persister_->stats().bytes_written - before.bytes_written < bytes);
    auto done = wait_for_storage(stop, [&](auto timeout) { return persister_->flush(timeout); });
    if (!done) return done;
    const auto sent = static_cast<double>(updates_.sent() - sent_before);
    rates_.push_back(sent / seconds_since(begun));
    const auto after = persister_->stats();
    sent_ += sent;
    bytes_ += static_cast<double>(after.bytes_written - before.bytes_written);
    commits_ += static_cast<double>(after.commits - before.commits);
    return {};
  }

  Status send_one_by_one(double seconds, const std::atomic<bool>& stop) {
    const auto begun = Clock::now();
    do {
      if (auto done = expect_not_interrupted(stop); !done) return done;
      const auto before = Clock::now();
      const auto sent = updates_.send_event();
      if (!sent) return sent.error();
      auto done = wait_for_storage(
          stop, [&](auto timeout) { return persister_->wait_durable(*sent, timeout); });
      if (!done) return done;
      durable_us_.push_back(microseconds_since(before));
      std::this_thread::sleep_for(std::chrono::milliseconds(1));  // the disk is idle again
    } while (seconds_since(begun) < seconds);
    return {};
  }

  Status close() {
    if (auto done = persister_->shutdown(); !done) return done;
    auto done = wal_->close();
    persister_.reset();
    wal_.reset();
    remove_folder(directory_);
    return done;
  }

  [[nodiscard]] PresetFigures figures() const {
    PresetFigures figures;
    figures.name = name_;
    figures.batch_size = config_.batch_size;
    figures.max_delay_ms = config_.max_delay_ms;
    figures.power_safe = config_.enable_group_commit;
    figures.updates_per_second = spread_of(rates_).p50;
    figures.round_rates = rates_;
    figures.bytes_per_update = bytes_ / sent_;
    figures.updates_per_commit = sent_ / std::max(1.0, commits_);
    figures.durable_us = spread_of(durable_us_);
    return figures;
  }

 private:
  std::string name_;
  FactorWalConfig config_;
  std::string directory_;
  std::shared_ptr<WalManager> wal_;
  std::unique_ptr<FactorWalPersister> persister_;
  Updates updates_;
  double sent_ = 0;  // at full speed, as what follows
  double bytes_ = 0;
  double commits_ = 0;
  std::vector<double> rates_;
  std::vector<double> durable_us_;
};

}  // namespace

Result<std::vector<PresetFigures>> measure_presets(
    const std::string& directory, const PresetBudget& budget, const std::atomic<bool>& stop,
    const std::function<void(std::string_view)>& tell) {
  std::array runs = {
      PresetRun("balanced", FactorWalConfig::balanced(), directory + "/balanced"),
      PresetRun("high_throughput", FactorWalConfig::high_throughput(), directory + "/high"),
      PresetRun("low_latency", FactorWalConfig::low_latency(), directory + "/low")};
  for (auto& run : runs) {
    if (auto done = run.open(); !done) return done.error();
  }
  const auto slice = budget.seconds / static_cast<double>(kPresetRounds * runs.size());
  for (std::size_t round = 0; round < kPresetRounds; ++round) {
    for (auto& run : runs) {
      tell(run.name());
      auto done = run.send_at_full_speed(slice / 2, budget.bytes / kPresetRounds, stop);
      if (done) done = run.send_one_by_one(slice / 2, stop);
      if (!done) return done.error();
    }
  }
  std::vector<PresetFigures> figures;
  for (auto& run : runs) {
    if (auto done = run.close(); !done) return done.error();
    figures.push_back(run.figures());
  }
  return figures;
}

}  // namespace factorwal::measure
